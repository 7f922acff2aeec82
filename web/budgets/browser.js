// Chromium for the budgets: trusts the installation's certificate and records a page's problems.

import { launch } from "puppeteer-core";

/** From the Python side: where the server and Chromium are, and who's signed in. */
export const config = JSON.parse(process.argv[2] ?? "{}");

export async function withBrowser(work) {
  const browser = await launch({
    executablePath: config.chromium,
    args: [
      // Only this installation's key; every other certificate is still checked.
      `--ignore-certificate-errors-spki-list=${config.publicKey}`,
      // Chromium's sandbox doesn't work as root, the usual user in a container.
      ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
    ],
  });
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

/** A page with an empty cache, signed in if there is a session. Adds its problems to `slips`. */
export async function newPage(browser, slips, session = null) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on("console", (message) => {
    // Chromium logs this when a network interface, such as a container's, comes or goes.
    if (message.text().includes("ERR_NETWORK_CHANGED")) return;
    slips.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => slips.push(`uncaught: ${error}`));
  page.on("request", (request) => {
    const url = request.url();
    const own = [`${config.address}/`, "data:", "blob:", "about:", "chrome"];
    if (!own.some((prefix) => url.startsWith(prefix))) slips.push(`another host: ${url}`);
  });
  if (session) {
    await page.evaluateOnNewDocument(
      // Lighthouse starts at about:blank, which has no storage.
      (key, value) => location.protocol === "https:" && sessionStorage.setItem(key, value),
      `menagerie.session.${config.store}`,
      JSON.stringify(session),
    );
  }
  return page;
}

/** Prints the one line that the Python side reads. */
export const report = (findings) => process.stdout.write(`${JSON.stringify(findings)}\n`);

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** The median of each list. */
export const medians = (lists) =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, median(values)]));
