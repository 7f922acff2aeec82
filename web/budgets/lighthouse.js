// Lighthouse with its mobile throttling, three times over one page: medians of what the budgets limit, as JSON.

import lighthouse from "lighthouse";
import { given, median, newPage, report, withBrowser } from "./browser.js";

const runs = 3;
// The live shelf's stream is never over, so that Lighthouse would wait its whole 45 seconds for it.
const maxWaitForLoad = 8_000;
const slips = [];
const results = [];

/** One look at the page. Now and then Chromium records a trace that Lighthouse can't read: that says nothing of the page. */
async function look(browser, attempts = 3) {
  const page = await newPage(browser, slips, given.session);
  const flags = { logLevel: "error", maxWaitForLoad };
  const { lhr } = await lighthouse(given.page, flags, undefined, page);
  await page.browserContext().close();
  if (!lhr.runtimeError) return lhr;
  if (attempts === 1) throw new Error(lhr.runtimeError.message);
  return look(browser, attempts - 1);
}

await withBrowser(async (browser) => {
  for (let run = 0; run < runs; run++) results.push(await look(browser));
});

const of = (read) => median(results.map(read));
const score = (category) => of(({ categories }) => Math.round(categories[category].score * 100));
const timing = (audit) => of(({ audits }) => audits[audit].numericValue);
const [last] = results.slice(-1);

report({
  performance: score("performance"),
  accessibility: score("accessibility"),
  bestPractices: score("best-practices"),
  seo: score("seo"),
  lcp: timing("largest-contentful-paint"),
  cls: timing("cumulative-layout-shift"),
  tbt: timing("total-blocking-time"),
  benchmarkIndex: of(({ environment }) => environment.benchmarkIndex),
  findings: Object.values(last.categories).flatMap(({ id, auditRefs }) =>
    auditRefs
      .filter((ref) => ref.weight > 0 && (last.audits[ref.id].score ?? 1) < 1)
      .map((ref) => `${id}: ${last.audits[ref.id].title}`),
  ),
  slips: [...new Set(slips)],
});
