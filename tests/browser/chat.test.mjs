// The chat on a page of a site, on a real server: written before and after a change of page, answered, offline and back, seen by nobody else; accessible
// in English and Persian, light and dark, wide and at 320 px, under a policy that allows neither inline script nor inline style.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { on_mock, shot, start } from './fixture.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let world;
before(async () => (world = on_mock ? undefined : await start()));
after(() => world?.stop());

const real = { skip: on_mock, timeout: 120_000 };
const marker = () => Math.random().toString(36).slice(2, 8);

async function shop(options = {}) {
  const opened = await world.open({ ...options, signed: false });
  await opened.page.goto(`${world.url}/demo/shop?lang=${options.locale ?? 'en'}`);
  await opened.page.locator('.bubble').waitFor();
  return opened;
}
async function axe_faults(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })).violations.map((one) => `${one.id}: ${JSON.stringify(one.nodes.map((node) => node.target).slice(0, 3))}`));
  await shot(page, name);
  return found.map((text) => `${name}: ${text}`);
}
async function begin(page, text) {
  await page.locator('.bubble').click();
  await page.locator('.body:not([hidden]) > .main').click();
  await page.locator('textarea').fill(text);
  await page.keyboard.press('Enter');
  await page.locator('.msg.mine:not([data-state])', { hasText: text }).waitFor();
}
async function conversation_with(agent, text) {
  const { items } = await world.api(agent.page, '/v1/conversations?state=open&limit=50');
  const found = items.find((one) => one.preview.includes(text));
  assert.ok(found, `no conversation says ${text}`);
  assert.equal(found.channel, 'chat');
  return found.id;
}

test('a visitor writes, an agent answers, pages change, and the network goes and comes back', real, async () => {
  const { page, faults, close } = await shop();
  const agent = await world.open();
  await agent.go('/inbox');
  const text = `Where is my parcel ${marker()}?`;
  assert.equal(await page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith('rapport-chat'))), false, 'nothing is kept before anything is written');
  await begin(page, text);
  const id = await conversation_with(agent, text);

  await agent.go(`/inbox/${id}`);
  await agent.page.locator('.msg', { hasText: text }).waitFor();
  await page.locator('textarea').pressSequentially('I am wri');
  await agent.page.locator('.visitor-typing', { hasText: 'writing' }).waitFor();
  await page.locator('textarea').fill('');
  await world.api(agent.page, `/v1/conversations/${id}/messages`, { method: 'POST', body: JSON.stringify({ kind: 'reply', text: 'It arrives tomorrow.', attachments: [] }) });
  await page.locator('.msg:not(.mine)', { hasText: 'It arrives tomorrow.' }).waitFor();

  // Another page of the shop: open, with everything on it.
  await page.locator('main a').click();
  await page.waitForURL(/page=2/);
  await page.locator('.msg:not(.mine)', { hasText: 'It arrives tomorrow.' }).waitFor();

  // Without a network what is written waits, and is sent once.
  await page.context().setOffline(true);
  await page.locator('textarea').fill('Thank you, offline.');
  await page.keyboard.press('Enter');
  await page.locator('.msg.mine[data-state=waiting]').waitFor();
  await page.context().setOffline(false);
  await page.locator('.msg.mine:not([data-state])', { hasText: 'Thank you, offline.' }).waitFor({ timeout: 60_000 });
  await agent.page.locator('.msg', { hasText: 'Thank you, offline.' }).waitFor();
  const { items } = await world.api(agent.page, `/v1/conversations/${id}/messages?limit=100`);
  assert.equal(items.filter((one) => one.text === 'Thank you, offline.').length, 1);

  // Closed: the answer is counted on the bubble; Escape gives the focus back to it.
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.querySelector('rapport-chat').shadowRoot.activeElement?.className), 'bubble');
  await world.api(agent.page, `/v1/conversations/${id}/messages`, { method: 'POST', body: JSON.stringify({ kind: 'reply', text: 'You are welcome.', attachments: [] }) });
  await page.locator('.badge', { hasText: '1' }).waitFor();
  await shot(agent.page, 'chat-console');

  // Somebody else's browser knows nothing of it.
  const other = await shop();
  await other.page.locator('.bubble').click();
  assert.equal(await other.page.locator('.talk').count(), 0);
  await other.close();
  assert.deepEqual(faults.filter((one) => !/ERR_INTERNET_DISCONNECTED|WebSocket/.test(one)), []);
  await agent.close();
  await close();
});

test('messages written before the first was acknowledged are one conversation, in their order', real, async () => {
  const { page, close } = await shop();
  let asked = 0;
  await page.route('**/messages', async (route) => {
    if (asked++ === 0) await new Promise((done) => setTimeout(done, 1_500));
    await route.continue();
  });
  await page.locator('.bubble').click();
  await page.locator('.body:not([hidden]) > .main').click();
  const words = ['First', 'second', 'third'].map((one) => `${one} ${marker()}`);
  for (const text of words) {
    await page.locator('textarea').fill(text);
    await page.keyboard.press('Enter');
  }
  assert.equal(asked, 1, 'what follows waits for the first');
  await page.locator('.msg.mine:not([data-state])', { hasText: words[2] }).waitFor();
  const agent = await world.open();
  await agent.go('/inbox');
  const { items } = await world.api(agent.page, '/v1/conversations?state=open&limit=50');
  const found = items.filter((one) => words.some((text) => one.preview.includes(text)));
  assert.equal(found.length, 1);
  const messages = await world.api(agent.page, `/v1/conversations/${found[0].id}/messages?limit=100`);
  assert.deepEqual(messages.items.map((one) => one.text.trim()).reverse(), words);
  await agent.close();
  await close();
});

test('what a proxy lets through no WebSocket for comes by long polls', real, async () => {
  const { page, close } = await world.open({ signed: false });
  await page.addInitScript(() => { window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({}), 5); } close() {} }; });
  await page.goto(`${world.url}/demo/shop`);
  const agent = await world.open();
  await agent.go('/inbox');
  const text = `Through a proxy ${marker()}`;
  await begin(page, text);
  const id = await conversation_with(agent, text);
  const polling = page.waitForRequest(/\/news\?after=/, { timeout: 30_000 });
  await polling;
  await world.api(agent.page, `/v1/conversations/${id}/messages`, { method: 'POST', body: JSON.stringify({ kind: 'reply', text: 'By a poll.', attachments: [] }) });
  await page.locator('.msg:not(.mine)', { hasText: 'By a poll.' }).waitFor();
  await agent.close();
  await close();
});

for (const [locale, scheme, width] of [['en', 'light', 1280], ['en', 'dark', 320], ['fa', 'light', 320], ['fa', 'dark', 1280]])
  test(`the chat is accessible and fits: ${locale}, ${scheme}, ${width} px`, real, async () => {
    const { page, faults, close } = await shop({ locale, scheme, width });
    const name = `chat-${locale}-${scheme}-${width}`;
    const wrong = [];
    await page.locator('.bubble').click();
    await page.locator('.hello').waitFor();
    wrong.push(...(await axe_faults(page, `${name}-home`)));
    await page.locator('.body:not([hidden]) > .main').click();
    await page.locator('textarea').fill(locale === 'fa' ? 'سلام، بستهٔ من کجاست؟' : 'Hello, where is my parcel?');
    await page.keyboard.press('Enter');
    await page.locator('.msg.mine:not([data-state])').waitFor();
    wrong.push(...(await axe_faults(page, `${name}-talk`)));
    assert.equal(await page.evaluate(() => document.querySelector('rapport-chat').shadowRoot.querySelector('.root').dir), locale === 'fa' ? 'rtl' : 'ltr');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the screen');
    assert.deepEqual([...wrong, ...faults], []);
    await close();
  });
