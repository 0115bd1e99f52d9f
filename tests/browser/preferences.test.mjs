// The customer's page of preferences, on a real server only: unsubscribing by one button, saving by a form, agreeing to a
// letter that asks; without any script of its own; accessible wide and narrow, light and dark, in English and Persian.
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

async function faults_of(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).slice(0, 3)}`));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) found.push(`scrolls sideways by ${wide} px`);
  await shot(page, name);
  return found.map((text) => `${name}: ${text}`);
}

async function link_in_mail(page, address) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const { items } = await world.api(page, '/v1/sink/mails?limit=50');
    const found = items.find((one) => one.to === address);
    const mail = found && JSON.stringify(await world.api(page, `/v1/sink/mails/${found.id}`));
    const link = /https?:\/\/[^\s"\\<]+\/u\/[\w-]+/.exec(mail ?? '');
    if (link) return new URL(link[0]).pathname;
    if (Date.now() > end) throw new Error(`no link in a mail to ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

for (const [locale, width, scheme] of [['en', 1280, 'light'], ['fa', 360, 'dark'], ['en', 360, 'dark'], ['fa', 1280, 'light']])
  test(`a customer unsubscribes and sets preferences: ${locale}, ${width} px, ${scheme}`, { skip: on_mock, timeout: 120_000 }, async () => {
    const email = `wishes.${locale}.${width}.${Date.now()}@example.org`;
    const sender = await world.open();
    await sender.go('/');
    const name = `${locale}-${width}-${scheme}`;
    const customer = await world.api(sender.page, '/v1/customers', { method: 'POST', body: JSON.stringify({ name: 'Ada Lovelace', locale, addresses: [{ kind: 'email', value: email }] }) });
    const { sample } = await world.api(sender.page, '/v1/kinds/order_confirmation');
    const send = () => world.api(sender.page, '/v1/notices', { method: 'POST', body: JSON.stringify({ kind: 'order_confirmation', recipients: [{ email }], data: sample }) });
    assert.equal((await send()).notices[0].state, 'submitted');
    const at = await link_in_mail(sender.page, email);

    const { page, faults, close } = await world.open({ locale, width, scheme, signed: false });
    const wrong = [];
    await page.goto(world.url + at);
    assert.equal(await page.locator('html').getAttribute('dir'), locale === 'fa' ? 'rtl' : 'ltr');
    const words = await page.locator('body').innerText();
    assert.ok(!words.includes(email) && !words.includes('Lovelace'), 'nothing personal but the masked address');
    assert.equal(await page.locator('script').count(), 0);
    wrong.push(...(await faults_of(page, `wishes-stop-${name}`)));
    await page.locator('form button.primary').first().click();
    await page.waitForLoadState();
    wrong.push(...(await faults_of(page, `wishes-stopped-${name}`)));
    assert.equal((await send()).notices[0].decision, 'not_wanted');

    await page.locator('#c-orders').check();
    await page.locator('#c-offers').check();
    await page.locator('#zone').selectOption('Asia/Tokyo');
    await page.locator('#from-1').fill('22:00');
    await page.locator('#until-1').fill('07:00');
    await page.locator('section button[type=submit]').click();
    await page.locator('.done').waitFor();
    wrong.push(...(await faults_of(page, `wishes-saved-${name}`)));
    const kept = await world.api(sender.page, `/v1/customers/${customer.id}/preferences`);
    assert.deepEqual([kept.time_zone, kept.quiet_hours], ['Asia/Tokyo', [{ days: [], from: '22:00', until: '07:00' }]]);
    assert.ok(kept.choices.find((one) => one.category === 'orders').wanted && kept.choices.find((one) => one.category === 'offers').wanted);
    const [consent] = (await world.api(sender.page, `/v1/customers/${customer.id}/consents`)).items;
    const shown = await page.locator('#d-offers').innerText();
    assert.ok(shown.includes(consent.wording), `the consent has the words beside the box: ${consent.wording}`);

    // The same window twice would leave no time: what was typed is kept, and said.
    await page.locator('#until-2').fill('07:00');
    await page.locator('#from-2').fill('07:00');
    await page.locator('section button[type=submit]').click();
    await page.locator('.problem').waitFor();
    assert.equal(await page.locator('#from-2').inputValue(), '07:00');
    wrong.push(...(await faults_of(page, `wishes-problem-${name}`)));

    const asked = await world.api(sender.page, `/v1/customers/${customer.id}/consents`, { method: 'POST', body: JSON.stringify({ category: 'news', method: 'double_opt_in', wording: { text: 'Yes, send me news.', version: '1', locale } }) });
    assert.equal(asked.state, 'pending');
    const letter = async () => (await link_in_mail(sender.page, email)) !== at && (await link_in_mail(sender.page, email));
    let question = await letter();
    for (const end = Date.now() + patience_ms; !question && Date.now() < end; question = await letter()) await new Promise((resolve) => setTimeout(resolve, 200));
    await page.goto(world.url + question);
    wrong.push(...(await faults_of(page, `wishes-confirm-${name}`)));
    await page.locator('form button.primary').click();
    await page.waitForLoadState();
    wrong.push(...(await faults_of(page, `wishes-confirmed-${name}`)));
    assert.equal((await world.api(sender.page, `/v1/consents/${asked.id}`)).state, 'given');

    await page.goto(`${world.url}${at.slice(0, -2)}AA?lang=${locale}`);
    wrong.push(...(await faults_of(page, `wishes-missing-${name}`)));
    assert.deepEqual([...wrong, ...faults, ...sender.faults], []);
    await close();
    await sender.close();
  });
