// Measures this machine: how fast it renders, and whether its timings can be trusted.

import { pageFunctions } from "lighthouse/core/lib/page-functions.js";

/** The budgets' times are for a phone: a desktop processor slowed down by this factor. */
export const slowdown = 4;

/** Processor time of the page's main thread so far, in ms. */
async function processorTime(client) {
  const { metrics } = await client.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "ThreadTime").value * 1000;
}

/** How much processor time of the main thread some work takes, in ms. */
export async function processorTimeOf(page, work) {
  const client = await page.createCDPSession();
  await client.send("Performance.enable");
  const before = await processorTime(client);
  await work();
  const after = await processorTime(client);
  await client.detach();
  return after - before;
}

/** Renders a document that never changes, and returns how long that took, in ms. */
const drawReference = (page) =>
  page.evaluate(() => {
    const card = "<div><h2>Name</h2><p>Some words about <b>it</b></p><button>Press</button></div>";
    const begun = performance.now();
    for (let round = 0; round < 10; round++) {
      document.body.innerHTML = card.repeat(300);
      document.body.getBoundingClientRect();
    }
    return performance.now() - begun;
  });

/**
 * Measures the machine with a reference, the same work each time, in its own page.
 *
 * `reference`: processor time of the reference, in ms, to compare a page's own work with.
 * `pace`: how long it takes when slowed down, compared with what it should take. More than 1 if the
 * processor is busy or the slowdown is inexact: times then mean little.
 * `benchmarkIndex`: Lighthouse's own measure of how fast it computes.
 */
async function measureMachine(browser) {
  const page = await browser.newPage();
  await drawReference(page);
  const reference = await processorTimeOf(page, () => drawReference(page));
  await page.emulateCPUThrottling(slowdown);
  const slowed = await drawReference(page);
  await page.emulateCPUThrottling(1);
  const benchmarkIndex = await page.evaluate(pageFunctions.computeBenchmarkIndex);
  await page.close();
  return { reference, pace: slowed / (slowdown * reference), benchmarkIndex };
}

/** What was measured so far. */
export const machine = { reference: [], pace: [], benchmarkIndex: [] };

/** Records a measurement of the machine: before and after each round, as it may become busy meanwhile. */
export async function noteMachine(browser) {
  for (const [name, value] of Object.entries(await measureMachine(browser))) {
    machine[name].push(value);
  }
}
