// The agent's desk over the real server: canned replies by a slash, macros with undo, several conversations at once, fields, views,
// mentions, rules. The pages are looked at in two languages, both schemes and two widths.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { on_mock, shot, start } from './fixture.mjs';

let world;
before(async () => {
  world = await start();
  if (on_mock) return;
  // Conversations of this file's own: begun by mail, and open.
  const opened = await world.open();
  await opened.go('/settings/labels');
  const box = await world.api(opened.page, '/v1/mailboxes', { method: 'POST', body: JSON.stringify({ address: `desk-${Date.now()}@example.org`, name: 'Desk', aliases: [], locale: 'en' }) });
  for (const name of ['Ada', 'Ben', 'Cleo']) {
    const begun = await world.api(opened.page, '/v1/conversations', { method: 'POST', body: JSON.stringify({ mailbox: box.id, to: [`${name.toLowerCase()}-${Date.now()}@example.org`], cc: [], name, subject: `About ${name}`, text: 'Hello.', attachments: [] }) });
    await world.api(opened.page, `/v1/conversations/${begun.id}`, { method: 'PATCH', body: JSON.stringify({ state: 'open' }) });
  }
  await opened.close();
});
after(() => world?.stop());

const real = { skip: on_mock };
const marker = () => Math.random().toString(36).slice(2, 8);
const post = (page, path, body) => world.api(page, path, { method: 'POST', body: JSON.stringify(body) });

async function with_page(work, options = {}) {
  const opened = await world.open(options);
  try {
    await opened.go('/settings/labels');
    await work(opened);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}
const open_ones = async (page) => (await world.api(page, '/v1/conversations?state=open&limit=50')).items;

test('a slash and a shortcut put a canned reply into the answer, and say what was missing', real, () =>
  with_page(async ({ page, go }) => {
    const shortcut = `g${marker()}`;
    const made = await post(page, '/v1/canned-replies', { name: 'Greeting', shortcut, audience: 'own', versions: { en: 'Dear {{customer.name|customer}},\nyour number is {{customer.external_id|not known}}.' } });
    assert.ok(made.id, JSON.stringify(made));
    const one = (await open_ones(page))[0];
    await go(`/inbox/${one.id}`);
    await page.waitForSelector('.msg');
    await page.keyboard.press('r');
    await page.waitForSelector('#composer-text');
    await page.keyboard.type(`Hello /${shortcut.slice(0, 4)}`);
    await page.locator('.canned-popup .words-preview .pre').waitFor();
    await shot(page, 'desk-canned-popup');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /your number is not known/.test(document.querySelector('#composer-text')?.innerText ?? document.querySelector('#composer-text')?.value ?? ''));
    const text = await page.locator('#composer-text').innerText();
    assert.doesNotMatch(text, /[{}/]/);
    await page.locator('.composer .note.warning').filter({ hasText: 'customer.external_id' }).waitFor();
    // What is typed raw is asked about once.
    await page.keyboard.type(' {{raw.one}}');
    await page.locator('.composer-foot .primary').click();
    await page.locator('.composer .note.breach').filter({ hasText: '{{raw.one}}' }).waitFor();
    await page.locator('.composer-foot').getByRole('button', { name: 'Throw the draft away' }).click();
  }));

test('a macro shows what it changes, and one undo takes all of it back', real, () =>
  with_page(async ({ page, go }) => {
    const name = `Macro ${marker()}`;
    await post(page, '/v1/macros', { name, audience: 'own', actions: [{ does: 'assign', assignee: 'me' }, { does: 'set_priority', priority: 'urgent' }, { does: 'note', text: 'For {{customer.name|somebody}}' }] });
    const one = (await open_ones(page)).findLast((open) => open.priority !== 'urgent');  // the demo has urgent ones
    await go(`/inbox/${one.id}`);
    await page.waitForSelector('.msg');
    await page.waitForTimeout(500);
    await page.keyboard.press('q');
    await page.keyboard.type(name);
    await page.locator('dialog .words-preview').filter({ hasText: 'Urgent' }).waitFor();
    await shot(page, 'desk-macro');
    await page.keyboard.press('Enter');
    await page.locator('.toast').filter({ hasText: name }).waitFor();
    const changed = await world.api(page, `/v1/conversations/${one.id}`);
    assert.equal(changed.priority, 'urgent');
    assert.equal(changed.messages, one.messages + 1);
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.locator('.toast').filter({ hasText: 'undone' }).waitFor();
    const back = await world.api(page, `/v1/conversations/${one.id}`);
    assert.deepEqual([back.priority, back.assignee, back.messages], [one.priority, one.assignee, one.messages]);
  }));

test('several conversations are chosen, changed with their outcomes, and undone', real, () =>
  with_page(async ({ page, go }) => {
    await go('/inbox');
    await page.waitForSelector('.cnv-row');
    const all = await open_ones(page);
    assert.ok(all.length >= 2);
    await page.locator('.cnv-row').first().focus();
    await page.keyboard.press('x');
    await page.locator('.cnv-row').nth(1).click({ modifiers: ['Shift'] });
    await page.locator('.bulk-bar').filter({ hasText: '2' }).waitFor();
    await shot(page, 'desk-bulk');
    await page.locator('.bulk-bar').getByRole('button', { name: 'Priority' }).click();
    await page.keyboard.type('Urgent');
    await page.keyboard.press('Enter');
    await page.locator('.toast').filter({ hasText: '2' }).waitFor();
    const priority_of = async (id) => (await world.api(page, `/v1/conversations/${id}`)).priority;
    assert.deepEqual([await priority_of(all[0].id), await priority_of(all[1].id)], ['urgent', 'urgent']);
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.locator('.toast').filter({ hasText: 'Undone' }).waitFor();
    assert.deepEqual([await priority_of(all[0].id), await priority_of(all[1].id)], [all[0].priority, all[1].priority]);
  }));

test('fields stand beside the thread, and a saved view finds by them', real, () =>
  with_page(async ({ page, go }) => {
    const key = `reason_${marker()}`;
    const field = await post(page, '/v1/conversation-fields', { key, name: `Reason ${key}`, kind: 'choice', choices: ['late', 'broken'], teams: [] });
    assert.ok(field.id, JSON.stringify(field));
    const one = (await open_ones(page))[0];
    await go(`/inbox/${one.id}`);
    await page.waitForSelector('.msg');
    await page.keyboard.press('i');
    await page.locator('#fields-title').waitFor();
    await page.locator('.side-part', { has: page.locator('#fields-title') }).getByRole('button').click();
    await page.locator(`#value-${key}`).selectOption('late');
    await page.locator('dialog .primary').click();
    await page.locator('.side-part dd').filter({ hasText: 'late' }).first().waitFor();
    const view = await post(page, '/v1/views', { name: `Late ${key}`, audience: 'own', filter: { state: 'open', priorities: [], field: { field: key, value: 'late' } } });
    assert.ok(view.id, JSON.stringify(view));
    await go(`/inbox?saved=${view.id}`);
    await page.waitForSelector('.cnv-row');
    assert.equal(await page.locator('.inbox-list .cnv-row').count(), 1);
    await shot(page, 'desk-view');
  }));

test('rules are tried out over the past and then act by themselves', real, () =>
  with_page(async ({ page }) => {
    const tried = await post(page, '/v1/rules/dry-run', { rule: { name: 'Try', active: true, stop: false, when: ['conversation.opened'], actions: [{ does: 'set_priority', priority: 'low' }] } });
    assert.ok(tried.waited_for > 0, JSON.stringify(tried));
    const rule = await post(page, '/v1/rules', { name: 'Low when noted', active: true, stop: false, when: ['message.noted'], contains: { text: 'lowly' }, actions: [{ does: 'set_priority', priority: 'low' }] });
    const one = (await open_ones(page))[0];
    await post(page, `/v1/conversations/${one.id}/messages`, { kind: 'note', text: 'a lowly thing', attachments: [], key: marker() });
    // Asked again until it is so: a browser's waitForFunction takes the promise of an asynchronous answer for a yes.
    const done = async () => (await world.api(page, `/v1/rules/${rule.id}/runs`)).items[0]?.done;
    for (let asked = 0; asked < 100 && !(await done()); ++asked) await page.waitForTimeout(100);
    assert.equal(await done(), true);
    assert.equal((await world.api(page, `/v1/conversations/${one.id}`)).priority, 'low');
    await world.api(page, `/v1/rules/${rule.id}`, { method: 'DELETE' });
  }));

for (const [locale, scheme, width] of [['en', 'light', 1280], ['fa', 'dark', 360]])
  test(`the desk's pages in ${locale}, ${scheme}, ${width}`, real, () =>
    with_page(async ({ page, go }) => {
      for (const name of ['canned-replies', 'macros', 'rules', 'views', 'fields', 'attributes']) {
        await go(`/settings/${name}`);
        await page.locator('main h1').waitFor();
        await page.waitForTimeout(400);
        await shot(page, `desk-${name}-${locale}`);
        const add = page.locator('main .button.primary').first();
        if (await add.count()) {
          await add.click();
          await page.locator('dialog[open]').waitFor();
          await shot(page, `desk-${name}-edit-${locale}`);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), `${name} is too wide`);
          await page.keyboard.press('Escape');
        }
      }
      await go('/inbox?view=mentions');
      await page.locator('.inbox-list h1').waitFor();
      await shot(page, `desk-mentions-${locale}`);
    }, { locale, scheme, width }));
