// Three Lighthouse runs with mobile throttling: the medians of what the budgets limit, as JSON.

import lighthouse from "lighthouse";
import { ProcessedTrace } from "lighthouse/core/computed/processed-trace.js";
import { config, median, medians, newPage, report, withBrowser } from "./browser.js";
import { machine, noteMachine } from "./machine.js";

const runs = 3;
// The live shelf's stream never ends, so Lighthouse would wait its full 45 seconds for it.
const maxWaitForLoad = 8_000;
const slips = [];
const results = [];

/** Processor time of the page's main thread from the navigation on, in ms. */
async function processorTime({ Trace: trace }) {
  const { mainThreadEvents, timeOriginEvt } = await ProcessedTrace.request(trace, {
    computedCache: new Map(),
  });
  return mainThreadEvents
    .filter(({ name, ts }) => name === "RunTask" && ts >= timeOriginEvt.ts)
    .reduce((sum, { tdur }) => sum + (tdur ?? 0) / 1000, 0);
}

/** One run, retried because Chromium sometimes records a trace that Lighthouse can't read. */
async function runOnce(browser, attempts = 3) {
  const page = await newPage(browser, slips, config.session);
  const flags = { logLevel: "error", maxWaitForLoad };
  const { lhr, artifacts } = await lighthouse(config.page, flags, undefined, page);
  await page.browserContext().close();
  if (!lhr.runtimeError) return { ...lhr, processorTime: await processorTime(artifacts) };
  if (attempts === 1) throw new Error(lhr.runtimeError.message);
  return runOnce(browser, attempts - 1);
}

await withBrowser(async (browser) => {
  for (let run = 0; run < runs; run++) {
    await noteMachine(browser);
    results.push(await runOnce(browser));
    await noteMachine(browser);
  }
});

const medianOf = (read) => median(results.map(read));
const score = (category) =>
  medianOf(({ categories }) => Math.round(categories[category].score * 100));
const timing = (audit) => medianOf(({ audits }) => audits[audit].numericValue);
const [last] = results.slice(-1);

report({
  performance: score("performance"),
  accessibility: score("accessibility"),
  bestPractices: score("best-practices"),
  seo: score("seo"),
  lcp: timing("largest-contentful-paint"),
  cls: timing("cumulative-layout-shift"),
  tbt: timing("total-blocking-time"),
  cost: medianOf((result) => result.processorTime),
  ...medians(machine),
  findings: Object.values(last.categories).flatMap(({ id, auditRefs }) =>
    auditRefs
      .filter((ref) => ref.weight > 0 && (last.audits[ref.id].score ?? 1) < 1)
      .map((ref) => `${id}: ${last.audits[ref.id].title}`),
  ),
  slips: [...new Set(slips)],
});
