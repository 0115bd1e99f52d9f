// Who else looks at a conversation and writes there, answers that cross, and what is unread: over the mock server, which plays the colleague.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { on_mock, start } from './fixture.mjs';
import { inbox, marker } from './inbox_fixture.mjs';

let world;
before(async () => (world = await start()));
after(() => world?.stop());

const mock = { skip: !on_mock };
const { with_page, receive, opened, messages } = inbox(() => world);

// What this screen said last: it comes after what it shows.
async function said(holds) {
  for (let i = 0; i < 200 && !holds(world.mock.world.looked ?? {}); i += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  assert.ok(holds(world.mock.world.looked ?? {}), JSON.stringify(world.mock.world.looked));
}
const colleague = (page, body) => world.api(page, '/mock/colleague', { method: 'POST', body: JSON.stringify(body) });

test('who else looks and writes is shown without a reload, and a screen says what it does itself', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await said((looked) => looked.conversation === id && looked.doing === 'viewing');
    await page.locator('.thread-head .lookers').waitFor({ state: 'detached' });
    await colleague(page, { conversation: id, doing: 'viewing' });
    await page.locator('.thread-head').getByRole('img', { name: /is looking at this/ }).waitFor();
    await page.locator(`.cnv-row[data-id="${id}"] .lookers`).waitFor();
    assert.ok(await page.locator('.thread-head .lookers .initials').evaluate((one) => getComputedStyle(one).color !== getComputedStyle(one).backgroundColor), 'their initials can be read');
    await page.keyboard.press('r');
    await page.keyboard.type('Hello');
    await page.waitForFunction(() => document.querySelector('#composer-text')?.innerText.includes('Hello'));
    await said((looked) => looked.doing === 'replying');
    await colleague(page, { conversation: id, doing: 'replying' });
    await page.locator('.composer').getByText(/is writing a reply/).waitFor();
    await colleague(page, { conversation: id, doing: 'gone' });
    await page.locator('.composer').getByText(/is writing a reply/).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await go('/inbox');
    await page.waitForSelector('.cnv-row');
    await said((looked) => looked.conversation === undefined);
  }));

test('an answer that crosses another one is asked about before it is sent', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await page.keyboard.press('r');
    await page.keyboard.type('My answer.');
    await colleague(page, { conversation: id, text: 'I have answered this.' });
    const note = page.locator('#crossed');
    await note.filter({ hasText: 'has answered since you began' }).waitFor();
    await page.keyboard.press('Control+Enter');
    await page.waitForFunction(() => document.activeElement?.id === 'crossed');
    assert.equal((await messages(page, id)).filter((one) => one.text.includes('My answer')).length, 0);
    await page.reload();
    await note.waitFor();  // the draft remembers when it was begun
    await note.getByRole('button', { name: 'Send anyway' }).click();
    await page.locator('.composer').waitFor({ state: 'detached' });
    assert.equal((await messages(page, id)).filter((one) => one.text.includes('My answer')).length, 1);
  }));

test('what is unread is marked until it is opened, can be unread again, and is a list of its own', mock, () =>
  with_page(async ({ page, go }) => {
    await go('/inbox');
    await page.waitForSelector('.cnv-row');
    const subject = `Unread ${marker()}`;
    const { conversation } = await receive(page, { subject, text: 'Hello' });
    const row = page.locator(`.cnv-row[data-id="${conversation}"]`);
    await row.and(page.locator('[data-unread="true"]')).waitFor();
    await row.click();
    await page.waitForSelector('.msg');
    await row.and(page.locator('[data-unread="false"]')).waitFor();
    await page.keyboard.press('d');
    await row.and(page.locator('[data-unread="true"]')).waitFor();
    await page.waitForURL((url) => !url.pathname.includes('cnv_'));
    await page.getByRole('button', { name: 'Only unread' }).click();
    await row.waitFor();
    assert.equal(await page.locator('.cnv-row[data-unread="false"]').count(), 0);
    await page.reload();
    await row.waitFor();
    await row.click();
    await page.waitForSelector('.msg');
    await row.waitFor({ state: 'detached' });
  }));
