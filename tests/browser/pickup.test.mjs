// The whole way, on a real server only: sent in the console, picked up by the recipient on the pages that the mail leads to, watched
// live in the console; the recipient's pages are accessible in English and Persian.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { on_mock, shot, start } from './fixture.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const patience_ms = 20_000;
let world;
before(async () => (world = on_mock ? undefined : await start()));
after(() => world?.stop());

// The newest mail to an address in the demo's sink, once it is there.
async function mail_to(page, address) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const { items } = await world.api(page, '/v1/sink/mails?limit=50');
    const found = items.find((one) => one.to === address);
    if (found) return world.api(page, `/v1/sink/mails/${found.id}`);
    if (Date.now() > end) throw new Error(`no mail to ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function faults_of(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).slice(0, 3)}`));
  await shot(page, name);
  return found.map((text) => `${name}: ${text}`);
}

for (const [locale, width] of [['en', 1280], ['fa', 360]])
  test(`a delivery goes its whole way from console to content: ${locale}, ${width} px`, { skip: on_mock, timeout: 120_000 }, async () => {
    const mark = `${locale}.${Date.now()}`;
    const [email, second] = [`${mark}@example.org`, `${mark}@home.example`];
    const sender = await world.open();
    await sender.go('/deliveries/new');
    await sender.page.locator('#recipients').fill(email);
    await sender.page.locator('#recipients').press('Enter');
    await sender.page.locator('#second-0').fill(second);
    await sender.page.locator('#language-0').selectOption(locale);
    await sender.page.locator('#subject').fill(`Whole way ${mark}`);
    await sender.page.locator('#text').fill('Only after acceptance.');
    await sender.page.locator('form.compose button.primary').click();
    await sender.page.waitForURL(/\/deliveries\/dlv_/);

    const invitation = JSON.stringify(await mail_to(sender.page, email));
    assert.ok(!invitation.includes('Only after acceptance'), 'the mail shows nothing of the content');
    const link = new URL(/https?:\/\/[^\s"\\<]+\/p\/[\w-]+/.exec(invitation)[0]);
    const { page, faults, close } = await world.open({ locale, width, signed: false });
    const wrong = [];
    await page.goto(world.url + link.pathname);
    wrong.push(...(await faults_of(page, `pickup-landing-${locale}`)));
    await page.locator('button[type=submit]').first().click();
    await page.locator('#code').waitFor();
    wrong.push(...(await faults_of(page, `pickup-code-${locale}`)));
    const code = /(?<![\w#])\d{6}(?![\w])/.exec((await mail_to(sender.page, second)).subject)[0];
    await page.locator('#code').fill(code);
    await page.keyboard.press('Enter');
    const accept = page.locator('form[action$="/acceptance"] button[type=submit]');
    await accept.waitFor();
    wrong.push(...(await faults_of(page, `pickup-decide-${locale}`)));
    await accept.click();
    await page.waitForLoadState();
    wrong.push(...(await faults_of(page, `pickup-open-${locale}`)));
    await page.goto(`${world.url}${link.pathname}/content`);
    await page.getByText('Only after acceptance.').waitFor();
    wrong.push(...(await faults_of(page, `pickup-content-${locale}`)));

    // The sender's page was open all the time and was not reloaded.
    for (const piece of ['A.1', 'C.1', 'C.3', 'D.1']) await sender.page.locator('.evidence-seal').getByText(piece).waitFor();
    await sender.page.waitForFunction(() => [...document.querySelectorAll('.mark')].every((mark) => mark.classList.contains('tone-assured')));
    assert.deepEqual([...wrong, ...faults, ...sender.faults], []);
    await close();
    await sender.close();
  });
