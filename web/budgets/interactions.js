// Interaction to next paint with a long shelf on a slow processor, and the processor time that interactions take.

import { config, medians, newPage, report, withBrowser } from "./browser.js";
import { machine, noteMachine, processorTimeOf, slowdown } from "./machine.js";

/** Lighthouse's phone screen. */
const viewport = {
  width: 412,
  height: 823,
  deviceScaleFactor: 1.75,
  isMobile: true,
  hasTouch: true,
};

const slips = [];
const waits = { filter: [], cart: [], buy: [] };
const costs = { filter: [], cart: [], buy: [] };

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

/** Taps each target once the page is idle. Returns the longest wait for a paint, and the mean processor time, in ms. */
async function tapAll(page, targets, after = async () => {}) {
  const durations = [];
  let cost = 0;
  for (const target of targets) {
    await target.evaluate((element) =>
      element.scrollIntoView({ block: "center", behavior: "instant" }),
    );
    await untilIdle(page);
    await page.evaluate(() => {
      window.durations = [];
    });
    cost += await processorTimeOf(page, async () => {
      await target.tap();
      await untilIdle(page);
    });
    // Interactions below the threshold leave no entry.
    durations.push(await page.evaluate(() => Math.max(16, ...window.durations)));
    await after(page);
  }
  return { wait: Math.max(...durations), cost: cost / targets.length };
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

const taps = {
  cart: async (page) => tapAll(page, await buttons(page, "to cart", 3)),
  buy: async (page) => tapAll(page, await buttons(page, "Buy", 2), closeConfirmation),
  filter: async (page) => {
    await page.evaluate(() => scrollTo(0, 0));
    return tapAll(page, await chips(page));
  },
};

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

async function openShelf(browser) {
  const page = await newPage(browser, slips, config.session);
  await page.setViewport(viewport);
  await page.goto(config.page);
  await loadShelf(page, config.pets);
  await observeInteractions(page);
  // Cards far off-screen are no longer rendered, so their buttons are gone.
  await untilIdle(page);
  return page;
}

await withBrowser(async (browser) => {
  for (let round = 0; round < config.rounds; round++) {
    await noteMachine(browser);
    const page = await openShelf(browser);
    for (const [name, tap] of Object.entries(taps)) costs[name].push((await tap(page)).cost);
    await page.browserContext().close();
    const slowPage = await openShelf(browser);
    await slowPage.emulateCPUThrottling(slowdown);
    for (const [name, tap] of Object.entries(taps)) waits[name].push((await tap(slowPage)).wait);
    await slowPage.browserContext().close();
    await noteMachine(browser);
  }
});

report({
  waits: medians(waits),
  costs: medians(costs),
  ...medians(machine),
  slips: [...new Set(slips)],
});
