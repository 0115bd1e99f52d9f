// Customers say how they were helped, on a real server: in the chat with one click, and by a letter whose page only its button answers; accessible in English and
// Persian, light and dark, wide and narrow.
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
const send = (page, method, target, body) => world.api(page, target, { method, body: JSON.stringify(body) });
const usual = { on: true, delay_s: 0, scale: 'stars', locales: [], question: {}, again_after_days: 0, changeable_days: 14 };

async function until(find, what) {
  for (let i = 0; i < 150; i += 1) {
    const found = await find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`not there in time: ${what}`);
}
async function look(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations.map((one) => `${one.id}: ${JSON.stringify(one.nodes.map((node) => node.target).slice(0, 3))}`));
  await shot(page, name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return [...found, ...(wide > 0 ? [`${wide} px wider than the screen`] : [])].map((text) => `${name}: ${text}`);
}
const conversation_saying = (page, text) => until(async () => (await world.api(page, '/v1/conversations?state=open&limit=50')).items.find((one) => one.preview.includes(text)), text);
const resolve = (page, id, text) => send(page, 'POST', `/v1/conversations/${id}/messages`, { kind: 'reply', text, attachments: [], then: 'resolved' });
const last_rating = async (page, id) => (await world.api(page, `/v1/conversations/${id}/ratings`)).items[0];

for (const [locale, scheme, width] of [['en', 'light', 1280], ['fa', 'dark', 320]])
  test(`a visitor rates in the chat, and what is being written there stays: ${locale}, ${scheme}, ${width} px`, real, async () => {
    const agent = await world.open();
    await agent.go('/inbox');
    const { items } = await world.api(agent.page, '/v1/chat-sites');
    await send(agent.page, 'PUT', `/v1/rating-settings/${items[0].id}`, { ...usual, delay_s: 3600 });
    const { page, faults, close } = await world.open({ locale, scheme, width, signed: false });
    await page.goto(`${world.url}/demo/shop?lang=${locale}`);
    await page.locator('.bubble').click();
    await page.locator('.body:not([hidden]) > .main').click();
    const text = `Was it sent ${marker()}?`;
    await page.locator('#text').fill(text);
    await page.keyboard.press('Enter');
    await page.locator('.msg.mine:not([data-state])', { hasText: text }).waitFor();
    const { id } = await conversation_saying(agent.page, text);
    assert.equal(await page.locator('.rating').count(), 0);
    await resolve(agent.page, id, 'Yesterday.');
    await page.locator('.rating').waitFor();
    const wrong = await look(page, `rating-chat-${locale}`);
    await page.locator('.rating .score').nth(3).focus();
    await page.keyboard.press('Enter');
    await page.locator('.rating .score[aria-pressed=true]').waitFor();
    assert.equal(await page.evaluate(() => document.querySelector('rapport-chat').shadowRoot.activeElement?.getAttribute('aria-pressed')), 'true', 'the focus stays on what was chosen');
    assert.equal((await last_rating(agent.page, id)).score, 4);
    await page.locator('.rating textarea').fill('It came');
    await send(agent.page, 'POST', `/v1/conversations/${id}/typing`, {});
    await page.waitForFunction(() => document.querySelector('rapport-chat').shadowRoot.textContent.includes(' …'));
    await page.keyboard.type(' late.');
    assert.equal(await page.locator('.rating textarea').inputValue(), 'It came late.');
    wrong.push(...(await look(page, `rating-chat-given-${locale}`)));
    await page.locator('.rating .link').click();
    await until(async () => (await last_rating(agent.page, id)).comment === 'It came late.', 'the comment');
    assert.deepEqual([...wrong, ...faults], []);
    await agent.go(`/inbox/${id}?state=resolved`);
    await agent.page.locator('.last-rating', { hasText: 'It came late.' }).waitFor();
    await shot(agent.page, `rating-conversation-${locale}`);
    await agent.close();
    await close();
  });

// Somebody writes by a form and leaves an address.
async function write_by_form(agent, visitor, text, email) {
  const { items } = await world.api(agent.page, '/v1/mailboxes');
  const slug = `rated-${marker()}`;
  const field = (key, kind, label, use) => ({ key, kind, label, use, required: true, help: {}, placeholder: {}, choices: [], file_types: [] });
  const definition = {
    locales: ['en', 'fa'], title: { en: 'Ask us', fa: 'بپرسید' }, intro: {}, button: {}, thanks: {}, mailbox: items[0].id, rules: [], origins: [], guard: { least_seconds: 0 },
    fields: [field('email', 'email', { en: 'E-mail', fa: 'ایمیل' }, 'sender_email'), field('text', 'long_text', { en: 'What is it?', fa: 'چیست؟' }, 'message')],
  };
  const form = await send(agent.page, 'POST', '/v1/forms', { name: slug, slug, mailbox: items[0].id, definition });
  await send(agent.page, 'POST', `/v1/forms/${form.id}/publication`, { version: form.version });
  await visitor.page.goto(`${world.url}/f/${slug}?lang=${visitor.locale}`);
  await visitor.page.locator('#i-email').fill(email);
  await visitor.page.locator('#i-text').fill(text);
  await visitor.page.locator('form button[type=submit]').last().click();
  return conversation_saying(agent.page, text);
}
async function letter_link(page, email) {
  const seen = new Set();
  return until(async () => {
    for (const one of (await world.api(page, '/v1/sink/mails?limit=50')).items) {
      if (one.to !== email || seen.has(one.id)) continue;
      seen.add(one.id);
      const found = /https?:\/\/[^\s"\\<]+\/rating\/[\w-]+\?score=4[^\s"\\<]*/.exec(JSON.stringify(await world.api(page, `/v1/sink/mails/${one.id}`)));
      if (found) return new URL(found[0].replaceAll('&amp;', '&'));
    }
  }, `a letter to ${email}`);
}

for (const [locale, scheme, width] of [['en', 'light', 1280], ['en', 'dark', 360], ['fa', 'light', 360], ['fa', 'dark', 1280]])
  test(`a letter asks, looking answers nothing, and the button does: ${locale}, ${scheme}, ${width} px`, real, async () => {
    const agent = await world.open();
    await agent.go('/inbox');
    const visitor = await world.open({ locale, scheme, width, signed: false });
    const { page, faults } = visitor;
    const mark = marker();
    const email = `${mark}@example.org`;
    const { id } = await write_by_form(agent, { page, locale }, `Something is wrong ${mark}.`, email);
    await send(agent.page, 'PUT', '/v1/rating-settings/organisation', usual);
    await resolve(agent.page, id, 'Mended.');
    const link = await letter_link(agent.page, email);
    // Nobody else of this world is asked.
    await send(agent.page, 'PUT', '/v1/rating-settings/organisation', { ...usual, on: false });
    const name = `rating-page-${locale}-${scheme}-${width}`;
    await page.goto(world.url + link.pathname + link.search);
    const wrong = await look(page, `${name}-ask`);
    assert.equal(await page.locator('input[name=score]:checked').getAttribute('value'), '4');
    assert.equal((await last_rating(agent.page, id)).state, 'asked', 'looking answers nothing');
    await page.locator('input[name=score][value="5"]').check();
    await page.locator('#comment').fill(locale === 'fa' ? 'خیلی سریع بود.' : 'Very quick.');
    await page.locator('form button.primary').click();
    await page.waitForLoadState();
    wrong.push(...(await look(page, `${name}-thanks`)));
    const given = await last_rating(agent.page, id);
    assert.deepEqual([given.state, given.score, given.via], ['rated', 5, 'mail']);
    await page.locator('form.stop button').click();
    await page.waitForLoadState();
    wrong.push(...(await look(page, `${name}-stopped`)));
    await page.goto(`${world.url}/rating/${'a'.repeat(39)}?lang=${locale}`);
    wrong.push(...(await look(page, `${name}-missing`)));
    assert.deepEqual([...wrong, ...faults.filter((one) => !/404/.test(one))], []);
    await agent.close();
    await visitor.close();
  });
