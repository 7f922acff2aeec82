// Chromium as the budgets need it: it knows the installation's certificate, and whatever a page does wrong is noted.

import { launch } from "puppeteer-core";

/** What the Python side hands over: where the server and Chromium are, and who is signed in. */
export const given = JSON.parse(process.argv[2] ?? "{}");

export async function withBrowser(work) {
  const browser = await launch({
    executablePath: given.chromium,
    args: [
      // The one key of this installation; every other certificate is still checked.
      `--ignore-certificate-errors-spki-list=${given.publicKey}`,
      // Chromium's sandbox can't be set up by root, as which containers and their like run all this.
      ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
    ],
  });
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

/** A page of a visitor who has never been here; signed in if there is a session. Notes its slips in `slips`. */
export async function newPage(browser, slips, session = null) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on("console", (message) => {
    // Chromium's own word when an interface of the machine comes or goes, as those of containers do.
    if (message.text().includes("ERR_NETWORK_CHANGED")) return;
    slips.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => slips.push(`uncaught: ${error}`));
  page.on("request", (request) => {
    const url = request.url();
    const own = [`${given.address}/`, "data:", "blob:", "about:", "chrome"];
    if (!own.some((beginning) => url.startsWith(beginning))) slips.push(`another host: ${url}`);
  });
  if (session) {
    await page.evaluateOnNewDocument(
      // Lighthouse begins at about:blank, which has no storage.
      (key, value) => location.protocol === "https:" && sessionStorage.setItem(key, value),
      `menagerie.session.${given.store}`,
      JSON.stringify(session),
    );
  }
  return page;
}

/** The one line that the Python side reads. */
export const report = (findings) => process.stdout.write(`${JSON.stringify(findings)}\n`);

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
