// The verification page: from a file and without a network, in every language; and served, with the public entry of a delivery that
// leads to it. What it says of packages in detail is compared with `rapport verify` by web/verify/golden.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { open_browser } from './browser.mjs';
import { on_mock, output, shot, start } from './fixture.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '../..');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const page_file = pathToFileURL(path.join(root, 'web/dist/verify/index.html')).href;
const golden = (name) => path.join(root, 'tests/golden/packages', name);
const patience = { timeout: 20_000 };

let browser;
let world;
before(async () => {
  world = on_mock ? undefined : await start();
  browser = await open_browser();
});
after(async () => {
  await browser.close();
  await world?.stop();
});

// From a file, with the network cut; whatever the page asks for is written down.
async function open_file({ locale = 'en', scheme = 'light', width = 1280, script } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, locale, colorScheme: scheme, reducedMotion: 'reduce' });
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  const faults = [];
  const asked = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(page_file);
  await context.setOffline(true);
  return { page, faults, asked, close: () => context.close() };
}

async function verdict(page, file) {
  await page.locator('#package').setInputFiles(file);
  await page.locator('.verdict').waitFor(patience);
  return (await page.locator('.verdict').getAttribute('class')).includes('good');
}

const failed = (page) => page.locator('[data-check][data-ok=false]').evaluateAll((all) => all.map((one) => one.dataset.check));

async function wrong_on(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).slice(0, 3)}`));
  if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) found.push('wider than the screen');
  await shot(page, name);
  return found.map((text) => `${name}: ${text}`);
}

for (const [locale, scheme, width] of [['en', 'light', 1280], ['en', 'dark', 360], ['fa', 'light', 360], ['fa', 'dark', 1280], ['it', 'light', 360], ['th', 'light', 360], ['ja', 'light', 360], ['ko', 'light', 360]])
  test(`from a file, without a network: ${locale}, ${scheme}, ${width} px`, { skip: !on_mock }, async () => {
    const { page, faults, asked, close } = await open_file({ locale, scheme, width });
    assert.equal(await page.evaluate(() => document.documentElement.dir), locale === 'fa' ? 'rtl' : 'ltr');
    const wrong = await wrong_on(page, `verify-empty-${locale}-${scheme}-${width}`);
    assert.ok(await verdict(page, golden('good.asice')));
    wrong.push(...(await wrong_on(page, `verify-good-${locale}-${scheme}-${width}`)));
    await page.locator('.verbs button').first().click();
    assert.ok(!(await verdict(page, golden('left-out.asice'))));
    assert.deepEqual(await failed(page), ['sequence']);
    wrong.push(...(await wrong_on(page, `verify-bad-${locale}-${scheme}-${width}`)));
    assert.deepEqual(wrong, []);
    assert.deepEqual(faults, []);
    assert.deepEqual(asked.filter((url) => url !== page_file && !url.startsWith('data:')), []);
    await close();
  });

test('the page may ask for nothing, not even when a script of its own wants to', { skip: !on_mock }, async () => {
  const { page, close } = await open_file();
  const reached = await page.evaluate(() => Promise.all([fetch('http://127.0.0.1:9/').then(() => 'reached', () => 'refused'), new Promise((done) => {
    document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));
    fetch('http://127.0.0.1:9/again').catch(() => undefined);
  })]));
  assert.deepEqual(reached, ['refused', 'connect-src']);
  await close();
});

test('without WebCrypto it says the same', { skip: !on_mock }, async () => {
  const { page, close } = await open_file({ script: 'Object.defineProperty(Crypto.prototype, "subtle", { get: () => undefined })' });
  assert.equal(await page.evaluate(() => crypto.subtle), undefined);
  assert.ok(await verdict(page, golden('good.asice')));
  await close();
});

test('a file is dropped, languages are changed, and one may give what one trusts', { skip: !on_mock }, async () => {
  const { page, close } = await open_file();
  await page.locator('details.against summary').click();
  await page.locator('input[name=roots]').setInputFiles(golden('roots.pem'));
  await page.locator('input[name=log_key]').setInputFiles(golden('log-key.txt'));
  await page.locator('input[name=checkpoint]').setInputFiles(golden('rewritten.note'));
  const bytes = [...readFileSync(golden('good.asice'))];
  const dropped = await page.evaluateHandle((all) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(all)], 'dropped.asice'));
    return transfer;
  }, bytes);
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: dropped });
  await page.locator('.verdict.bad').waitFor(patience);
  assert.deepEqual(await failed(page), ['consistency']);
  await page.locator('header select').selectOption('fa');
  assert.equal(await page.locator('html').getAttribute('lang'), 'fa');
  assert.match(await page.locator('.verdict h2').textContent(), /نامعتبر/);
  await page.emulateMedia({ media: 'print' });
  await page.pdf({ path: path.join(output, 'verify-report.pdf') });
  await close();
});

test('hostile files are refused with the reason, and quickly', { skip: !on_mock }, async () => {
  const { page, faults, close } = await open_file();
  const good = readFileSync(golden('good.asice'));
  const traversal = Buffer.from(good.toString('latin1').replaceAll('index.html', '../ex.html'), 'latin1');
  for (const [name, buffer, reason] of [
    ['empty.asice', Buffer.alloc(0), /does not begin with an entry/],
    ['traversal.asice', traversal, /name that is not allowed/],
    ['cut.asice', good.subarray(0, 40_000), /fit|directory/],
    ['zeros.asice', Buffer.alloc(3_000_000), /does not begin/],
    ['page.html', Buffer.from('<script>alert(1)</script>'), /does not begin/],
  ]) {
    const begun = Date.now();
    assert.ok(!(await verdict(page, { name, mimeType: 'application/zip', buffer })), name);
    assert.match(await page.locator('.checks .detail').first().textContent(), reason, name);
    assert.ok(Date.now() - begun < 8000, name);
    await page.locator('.verbs button').first().click();
  }
  assert.deepEqual(faults, []);
  await close();
});

test('served: the public entry shows nothing personal and leads to the page, where the package is valid', { skip: on_mock, timeout: 120_000 }, async () => {
  const sender = await world.open();
  await sender.go('/');
  const mark = `entry${Date.now()}`;
  const made = await world.api(sender.page, '/v1/deliveries', { method: 'POST', body: JSON.stringify({ kind: 'registered', recipients: [{ email: `${mark}@example.org`, name: 'Zarathustra', second_email: `${mark}@home.example`, locale: 'fa' }], subject: 'Most private', text: 'Nobody else reads this.' }) });
  const { id } = made.deliveries[0];
  const { url } = await world.api(sender.page, `/v1/deliveries/${id}/verification`);
  const entry = world.url + new URL(url).pathname;
  const end = Date.now() + 20_000;
  for (;;) {
    const reply = await sender.page.request.get(`${world.url}/v1/deliveries/${id}/package`);
    if (reply.status() === 200) break;
    assert.ok(Date.now() < end, `no package: ${reply.status()}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const wrong = [];
  for (const locale of ['en', 'fa']) {
    const visitor = await world.open({ locale, width: 360, signed: false });
    await visitor.page.goto(`${entry}?lang=${locale}`);
    assert.equal(await visitor.page.locator('html').getAttribute('dir'), locale === 'fa' ? 'rtl' : 'ltr');
    const text = await visitor.page.content();
    for (const secret of [mark, 'Zarathustra', 'private', 'Nobody']) assert.ok(!text.includes(secret), secret);
    wrong.push(...(await wrong_on(visitor.page, `entry-${locale}-360`)));
    await visitor.page.locator('a.button').click();
    await visitor.page.waitForURL(/\/verify\/\?lang=/);
    assert.equal(await visitor.page.locator('html').getAttribute('lang'), locale);
    const buffer = await (await sender.page.request.get(`${world.url}/v1/deliveries/${id}/package`)).body();
    assert.ok(await verdict(visitor.page, { name: 'it.asice', mimeType: 'application/zip', buffer }));
    wrong.push(...(await wrong_on(visitor.page, `verify-served-${locale}-360`)));
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  }
  const reply = await sender.page.request.get(`${world.url}/verify/`);
  assert.match(reply.headers()['content-security-policy'], /^default-src 'none'; script-src 'sha256-.*frame-ancestors 'none'$/);
  assert.equal((await sender.page.request.get(`${world.url}/v/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`)).status(), 404);
  const pdf = await sender.page.request.get(`${world.url}/v1/deliveries/${id}/certificate?locale=ja`);
  assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-');
  assert.deepEqual(wrong, []);
  await sender.close();
});
