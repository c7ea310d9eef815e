// Scores the pages that are told on stdin, one line of JSON each; a line of JSON answers each.

import { createInterface } from "node:readline";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=ja"];
const PART = "accessibility";

const chrome = await launch({ chromePath: process.argv[2], chromeFlags: FLAGS, logLevel: "silent" });
for await (const line of createInterface({ input: process.stdin })) {
  const { url, cookie } = JSON.parse(line);
  const extraHeaders = cookie ? { Cookie: cookie } : undefined;
  const asked = { port: chrome.port, onlyCategories: [PART], extraHeaders, logLevel: "silent" };
  const { lhr } = await lighthouse(url, asked, desktopConfig);
  const part = lhr.categories[PART];
  const faults = part.auditRefs
    .filter(({ weight }) => weight > 0)
    .map(({ id }) => lhr.audits[id])
    .filter(({ score }) => score !== null && score < 1)
    .map(({ id, details }) => `${id}: ${details?.items?.[0]?.node?.snippet ?? ""}`);
  const wrong = lhr.runtimeError?.message;
  const score = part.score === null ? null : Math.round(part.score * 100);
  console.log(JSON.stringify({ score, shown: lhr.finalDisplayedUrl, faults, wrong }));
}
await chrome.kill();
