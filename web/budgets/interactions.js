// Interaction to next paint, with a long shelf on a slow processor.

import { pageFunctions } from "lighthouse/core/lib/page-functions.js";
import { config, median, newPage, report, withBrowser } from "./browser.js";

const slowdown = 4;
/** Lighthouse's phone screen. */
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

/** Scrolls until this many pets are loaded. */
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

/** Records the durations of interactions, from first event to paint, by the Event Timing API. */
function observeInteractions(page) {
  return page.evaluate(() => {
    window.durations = [];
    new PerformanceObserver((list) => {
      for (const { interactionId, duration } of list.getEntries()) {
        if (interactionId) window.durations.push(duration);
      }
    }).observe({ type: "event", durationThreshold: 16 });
  });
}

/** Taps each target once the page is idle, and returns the longest wait for a paint. */
async function longestWait(page, targets, after = async () => {}) {
  const durations = [];
  for (const target of targets) {
    await target.evaluate((element) =>
      element.scrollIntoView({ block: "center", behavior: "instant" }),
    );
    await untilIdle(page);
    await page.evaluate(() => {
      window.durations = [];
    });
    await target.tap();
    await untilIdle(page);
    // Interactions below the threshold leave no entry.
    durations.push(await page.evaluate(() => Math.max(16, ...window.durations)));
    await after(page);
  }
  return Math.max(...durations);
}

/** Waits until there are no more requests and no long tasks. */
async function untilIdle(page) {
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
  await untilIdle(page);
}

await withBrowser(async (browser) => {
  for (let round = 0; round < config.rounds; round++) {
    const page = await newPage(browser, slips, config.session);
    await page.setViewport(viewport);
    await page.goto(config.page);
    await loadShelf(page, config.pets);
    benchmarkIndex = await page.evaluate(pageFunctions.computeBenchmarkIndex);
    await observeInteractions(page);
    // Cards far off-screen are no longer rendered, so their buttons are gone.
    await untilIdle(page);
    await page.emulateCPUThrottling(slowdown);

    measured.cart.push(await longestWait(page, await buttons(page, "to cart", 3)));
    measured.buy.push(await longestWait(page, await buttons(page, "Buy", 2), closeConfirmation));
    await page.evaluate(() => scrollTo(0, 0));
    measured.filter.push(await longestWait(page, await chips(page)));
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
