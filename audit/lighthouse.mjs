// Reads {"runs": 5, "pages": [{"name", "url", "cookie"}]} from standard input, and writes one line of JSON for each
// page when it is done: its scores of every run, and the audits that cost something in any of them.
import { readFileSync } from "node:fs";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const { runs, pages } = JSON.parse(readFileSync(0, "utf8"));

function faultsOf({ audits, categories }) {
  return CATEGORIES.flatMap((category) =>
    categories[category].auditRefs
      .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 0.9)
      .map(({ id }) => `${id}${audits[id].displayValue ? ` (${audits[id].displayValue})` : ""}`),
  );
}

for (const { name, url, cookie } of pages) {
  const scores = [];
  const faults = new Set();
  for (let run = 0; run < runs; run += 1) {
    const chrome = await launch({ chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"], logLevel: "silent" });
    try {
      const extraHeaders = cookie ? { Cookie: cookie } : {};
      const options = { port: chrome.port, onlyCategories: CATEGORIES, extraHeaders, logLevel: "silent" };
      const { lhr } = await lighthouse(url, options);
      if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
      if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(url).pathname) throw new Error(`led to ${lhr.finalDisplayedUrl}`);
      scores.push(CATEGORIES.map((category) => Math.round(lhr.categories[category].score * 100)));
      faultsOf(lhr).forEach((fault) => faults.add(fault));
    } finally {
      await chrome.kill();
    }
  }
  process.stdout.write(`${JSON.stringify({ name, scores, faults: [...faults] })}\n`);
}
