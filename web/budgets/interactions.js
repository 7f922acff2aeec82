// How long the page takes to answer a customer (interaction to next paint) with a long shelf, on a slow processor.

import { pageFunctions } from "lighthouse/core/lib/page-functions.js";
import { given, median, newPage, report, withBrowser } from "./browser.js";

const slowdown = 4;
/** A phone's screen, as Lighthouse has it. */
const viewport = {
  width: 412,
  height: 823,
  deviceScaleFactor: 1.75,
  isMobile: true,
  hasTouch: true,
};

const slips = [];
const measured = { filter: [], cart: [], buy: [] };
let benchmarkIndex = 0;

/** Scrolls until so many pets are there. */
async function loadShelf(page, count) {
  await page.waitForSelector("article");
  await page.waitForFunction(
    (wanted) => {
      scrollTo(0, document.body.scrollHeight);
      const [shown] = document.body.innerText.match(/(?<=Showing )[\d,]+/) ?? ["0"];
      return Number(shown.replace(",", "")) >= wanted;
    },
    { polling: 50, timeout: 120_000 },
    count,
  );
}

/** Notes how long an interaction takes as the browser itself times it (Event Timing): from the first event to the paint. */
function observe(page) {
  return page.evaluate(() => {
    window.durations = [];
    new PerformanceObserver((list) => {
      for (const { interactionId, duration } of list.getEntries()) {
        if (interactionId) window.durations.push(duration);
      }
    }).observe({ type: "event", durationThreshold: 16 });
  });
}

/** Presses one after the other, each when the page has come to rest, and returns the longest wait for a paint. */
async function worst(page, targets, after = async () => {}) {
  const durations = [];
  for (const target of targets) {
    await target.evaluate((element) =>
      element.scrollIntoView({ block: "center", behavior: "instant" }),
    );
    await rest(page);
    await page.evaluate(() => {
      window.durations = [];
    });
    await target.tap();
    await rest(page);
    // What is shorter than the threshold leaves no entry.
    durations.push(await page.evaluate(() => Math.max(16, ...window.durations)));
    await after(page);
  }
  return Math.max(...durations);
}

/** Until nothing is asked of the server and no task is long any more. */
async function rest(page) {
  await page.evaluate(
    () =>
      new Promise((done) => {
        let timer;
        const wait = () => {
          clearTimeout(timer);
          timer = setTimeout(done, 400);
        };
        new PerformanceObserver(wait).observe({ entryTypes: ["longtask", "resource"] });
        wait();
      }),
  );
}

const buttons = async (page, name, count) =>
  (await page.$$(`::-p-xpath(//article//button[contains(., "${name}")])`)).slice(2, 2 + count);

const chips = async (page) => {
  const [all, cats, dogs] = await page.$$("fieldset button");
  return [cats, dogs, all, cats, all];
};

async function closeConfirmation(page) {
  const close = await page.waitForSelector('::-p-xpath(//button[contains(., "Keep looking")])');
  await close.click();
  await rest(page);
}

await withBrowser(async (browser) => {
  for (let round = 0; round < given.rounds; round++) {
    const page = await newPage(browser, slips, given.session);
    await page.setViewport(viewport);
    await page.goto(given.page);
    await loadShelf(page, given.pets);
    benchmarkIndex = await page.evaluate(pageFunctions.computeBenchmarkIndex);
    await observe(page);
    // What has been left behind is not drawn any more, and its buttons are gone.
    await rest(page);
    await page.emulateCPUThrottling(slowdown);

    measured.cart.push(await worst(page, await buttons(page, "to cart", 3)));
    measured.buy.push(await worst(page, await buttons(page, "Buy", 2), closeConfirmation));
    await page.evaluate(() => scrollTo(0, 0));
    measured.filter.push(await worst(page, await chips(page)));
    await page.browserContext().close();
  }
});

report({
  rounds: measured,
  filter: median(measured.filter),
  cart: median(measured.cart),
  buy: median(measured.buy),
  benchmarkIndex,
  slips: [...new Set(slips)],
});
