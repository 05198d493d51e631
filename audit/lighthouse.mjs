// Reads {"runs": 5, "pages": [{"name", "url", "cookie"}]} from standard input, and writes one line of JSON for each
// page when it is done: its scores of every run, and the audits that cost something in any of them.
import { readFileSync } from "node:fs";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const TRIES = 3;
const { runs, pages } = JSON.parse(readFileSync(0, "utf8"));

function faultsOf({ audits, categories }) {
  return CATEGORIES.flatMap((category) =>
    categories[category].auditRefs
      .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 0.9)
      .map(({ id }) => `${id}${audits[id].displayValue ? ` (${audits[id].displayValue})` : ""}`),
  );
}

async function run(url, cookie) {
  const chrome = await launch({ chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"], logLevel: "silent" });
  try {
    const extraHeaders = cookie ? { Cookie: cookie } : {};
    const options = { port: chrome.port, onlyCategories: CATEGORIES, extraHeaders, logLevel: "silent" };
    return (await lighthouse(url, options)).lhr;
  } finally {
    await chrome.kill();
  }
}

// Now and then Chromium misses the beginning of its own recording: such a run says nothing, and is made again.
async function runThatSaysSomething(url, cookie) {
  for (let tries = 1; ; tries += 1) {
    const result = await run(url, cookie);
    if (!result.runtimeError) return result;
    if (tries === TRIES) throw new Error(result.runtimeError.message);
  }
}

for (const { name, url, cookie } of pages) {
  const scores = [];
  const faults = new Set();
  for (let number = 0; number < runs; number += 1) {
    const lhr = await runThatSaysSomething(url, cookie);
    if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(url).pathname) throw new Error(`led to ${lhr.finalDisplayedUrl}`);
    scores.push(CATEGORIES.map((category) => Math.round(lhr.categories[category].score * 100)));
    faultsOf(lhr).forEach((fault) => faults.add(fault));
  }
  process.stdout.write(`${JSON.stringify({ name, scores, faults: [...faults] })}\n`);
}
