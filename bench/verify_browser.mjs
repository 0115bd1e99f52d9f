// Verification in the browser: a package with twenty records, each with its time stamp, from the moment the file is read to the
// verdict, in headless Chromium, beside `rapport verify` on the same file in the same run. node bench/verify_browser.mjs [rounds]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { open_browser } from '../tests/browser/browser.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const page_url = pathToFileURL(path.join(root, 'web/dist/verify/index.html')).href;
const file = path.join(root, 'tests/golden/packages/twenty.asice');
const program = process.env.RAPPORT ?? path.join(root, 'build/release/bin/rapport');
const rounds = Number(process.argv[2] ?? 21);
const goal_ms = 300;

const median = (all) => [...all].sort((a, b) => a - b)[all.length >> 1];
const line = (name, all) => console.log(`${name.padEnd(34)} ${all[0].toFixed(0).padStart(8)} ${median(all).toFixed(0).padStart(8)} ${Math.max(...all).toFixed(0).padStart(8)}`);

// Each round a fresh page: nothing compiled, no key imported, no certificate remembered.
async function in_browser(browser, script) {
  const all = [];
  for (let i = 0; i < rounds; i += 1) {
    const context = await browser.newContext({ locale: 'en' });
    if (script) await context.addInitScript(script);
    const page = await context.newPage();
    await page.goto(page_url);
    await page.locator('#package').setInputFiles(file);
    await page.locator('.verdict').waitFor();
    if (!(await page.locator('.verdict.good').count())) throw new Error('the package is not valid');
    all.push(Number(/(\d+) ms/.exec((await page.locator('.verdict .small').textContent()).replaceAll(',', ''))[1]));
    await context.close();
  }
  return all;
}

function by_program() {
  const all = [];
  for (let i = 0; i < rounds; i += 1) {
    const begun = performance.now();
    const { status } = spawnSync(program, ['verify', file, '--json']);
    if (status !== 0) throw new Error('rapport verify does not find the package valid');
    all.push(performance.now() - begun);
  }
  return all;
}

const browser = await open_browser();
console.log(`${''.padEnd(34)} ${'first'.padStart(8)} ${'median'.padStart(8)} ${'worst'.padStart(8)}  ms, ${rounds} rounds`);
const here = await in_browser(browser);
line('browser, from the file read', here);
line('browser, without WebCrypto', await in_browser(browser, 'Object.defineProperty(Crypto.prototype, "subtle", { get: () => undefined })'));
line('rapport verify, whole process', by_program());
await browser.close();
console.log(`goal: ${goal_ms} ms: ${median(here) <= goal_ms ? 'met' : 'missed'}`);
