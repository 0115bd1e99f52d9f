// One person with several records: merged, taken apart, split, erased; a conversation is erased; numbers are read in every script. On a
// real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { on_mock, shot, start } from './fixture.mjs';

let world;
before(async () => (world = await start()));
after(() => world?.stop());

const real = { skip: on_mock };  // the mock server has none of these routes
const marker = () => Math.random().toString(36).slice(2, 8);

async function with_page(work, options = {}) {
  const opened = await world.open(options);
  try {
    await opened.go('/customers');
    await opened.page.waitForSelector('[data-row]');
    await work(opened);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}
const toast = (page, text) => page.locator('.toast').filter({ hasText: text }).waitFor();
const make = (page, name, emails, more = {}) => world.api(page, '/v1/customers', { method: 'POST', body: JSON.stringify({ name, locale: 'en', addresses: emails.map((value) => ({ kind: 'email', value, verified: true })), ...more }) });
const records = (page) => page.locator('section[aria-labelledby="records-title"]');
const addresses = (page) => page.locator('section[aria-labelledby="addresses-title"]');

test('two customers are merged by a search, shown as one, and taken apart from the timeline', real, () =>
  with_page(async ({ page, go }) => {
    const mark = marker();
    const one = await make(page, `Ada ${mark}`, [`ada-${mark}@work.example`]);
    const other = await make(page, `King ${mark}`, [`king-${mark}@home.example`], { external_id: `K-${mark}` });
    await go(`/customers/${one.id}`);
    await page.getByRole('button', { name: 'Merge with another customer' }).click();
    await page.locator('dialog button.primary').click();
    await page.locator('#merge-other[aria-invalid]').waitFor();
    await page.locator('#merge-other').fill(`king ${mark}`);
    await page.locator('[role=option]').filter({ hasText: `king-${mark}@home.example` }).click();
    await shot(page, 'merge');
    await page.locator('dialog button.primary').click();
    await toast(page, 'The customers are merged.');
    await addresses(page).getByText(`king-${mark}@home.example`).waitFor();
    await addresses(page).getByText('Of a merged record').waitFor();
    await records(page).getByText(`King ${mark}`).waitFor();
    await page.getByText('Another customer was merged into this one').waitFor();
    await shot(page, 'merged');
    // The old identifier leads here, and the list shows one.
    await go(`/customers/${other.id}`);
    await page.waitForURL(new RegExp(`/customers/${one.id}$`));
    for (const words of [mark, `king-${mark}`]) {
      await go(`/customers?q=${words}`);
      await page.locator('[data-row]').filter({ hasText: `Ada ${mark}` }).waitFor();
      assert.equal(await page.locator('[data-row]').count(), 1);
    }
    await go(`/customers/${one.id}`);
    await page.locator('.timeline li').filter({ hasText: 'Merged into another customer' }).getByRole('button', { name: 'Undo' }).click();
    await toast(page, 'The record answers for itself again.');
    await records(page).waitFor({ state: 'detached' });
    await addresses(page).getByText(`king-${mark}@home.example`).waitFor({ state: 'detached' });
  }));

test('whoever shares an address is suggested, and answers for both where that is chosen', real, () =>
  with_page(async ({ page, go }) => {
    const mark = marker();
    const one = await make(page, `Maria ${mark}`, [`casa-${mark}@example.org`]);
    const other = await make(page, `M. ${mark}`, [`casa-${mark}@example.org`, `m-${mark}@example.org`]);
    await go(`/customers/${one.id}`);
    const similar = page.locator('section[aria-labelledby="similar-title"]');
    await similar.getByText('The same address, verified by both').waitFor();
    await similar.getByRole('button', { name: 'Merge…' }).click();
    await page.locator('dialog .choice').filter({ hasText: `M. ${mark}` }).click();
    await page.locator('dialog button.primary').click();
    await page.waitForURL(new RegExp(`/customers/${other.id}$`));
    await records(page).getByText(`Maria ${mark}`).waitFor();
    await records(page).getByRole('button', { name: `Undo the merge of Maria ${mark}` }).click();
    await toast(page, 'The record answers for itself again.');
  }));

test('a customer is split, and what goes and stays is said', real, () =>
  with_page(async ({ page, go }) => {
    const mark = marker();
    const one = await make(page, `Both ${mark}`, [`a-${mark}@example.org`, `b-${mark}@example.org`]);
    await go(`/customers/${one.id}`);
    await page.getByRole('button', { name: 'Split off…' }).click();
    await page.locator('dialog button.primary').click();
    await page.getByText('Choose an address.').waitFor();
    for (const box of await page.locator('dialog input[type=checkbox]').all()) await box.check();
    await page.locator('dialog button.primary').click();
    await page.getByText('Leave an address behind.').waitFor();
    await page.locator('dialog').getByLabel(`a-${mark}@example.org`).uncheck();
    await page.locator('#split-name').fill(`Second ${mark}`);
    await shot(page, 'split');
    await page.locator('dialog button.primary').click();
    await toast(page, 'Split.');
    await page.getByRole('heading', { name: `Second ${mark}` }).waitFor();
    await addresses(page).getByText(`b-${mark}@example.org`).waitFor();
    await go(`/customers/${one.id}`);
    await addresses(page).getByText(`a-${mark}@example.org`).waitFor();
    assert.equal(await addresses(page).getByText(`b-${mark}@example.org`).count(), 0);
  }));

async function erase(page, id) {
  await page.locator('dialog button.danger').click();
  await page.locator('#erase-reason[aria-invalid]').waitFor();
  await page.locator('#erase-reason').fill('Asked for');
  await page.locator('#erase-word').fill('nope');
  await page.locator('dialog button.danger').click();
  await page.locator('#erase-word[aria-invalid]').waitFor();
  await page.locator('#erase-word').fill(id.slice(-4));
  await page.locator('dialog button.danger').click();
}

test('a person is erased after a reason and the end of the identifier; the page says so afterwards', real, () =>
  with_page(async ({ page, go }) => {
    const mark = marker();
    const one = await make(page, `Gone ${mark}`, [`gone-${mark}@example.org`]);
    await go(`/customers/${one.id}`);
    await page.getByRole('button', { name: 'Erase…' }).click();
    await page.getByText('Nobody can undo this, not even us.').waitFor();
    await shot(page, 'erase-person');
    await erase(page, one.id);
    await toast(page, 'The person is erased');
    await page.getByRole('heading', { name: 'Erased' }).waitFor();
    await page.getByText('What is left is a number.').waitFor();
    assert.equal(await page.getByText(`gone-${mark}@example.org`).count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Erase…' }).count(), 0);
    await shot(page, 'erased-person');
  }));

test('a conversation is erased from its menu', real, () =>
  with_page(async ({ page, go }) => {
    const mark = marker();
    const { items: [mailbox] } = await world.api(page, '/v1/mailboxes');
    const made = await world.api(page, '/v1/conversations', { method: 'POST', body: JSON.stringify({ mailbox: mailbox.id, to: [`cnv-${mark}@example.org`], subject: `Subject ${mark}`, text: 'Words' }) });
    await go(`/inbox/${made.id}`);
    await page.getByText(`Subject ${mark}`).first().waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.locator('.choice-line').filter({ hasText: 'Erase…' }).click();
    await page.getByText('Erase this conversation for good').waitFor();
    await erase(page, made.id);
    await toast(page, 'The conversation is erased.');
    await page.locator('.thread-head').getByText('(content erased)').waitFor();
    await page.locator('.thread-head').getByText('These words have been erased.').waitFor();
  }));

test('a draft that is not there is no error', real, () =>
  with_page(async ({ page, go }) => {
    const refused = [];
    page.on('response', (response) => response.status() >= 400 && refused.push(response.url()));
    const { items: [one] } = await world.api(page, '/v1/conversations?state=open');
    await go(`/inbox/${one.id}`);
    const drafts = page.waitForResponse((response) => response.url().endsWith('/drafts'));
    await page.reload();
    assert.equal((await drafts).status(), 200);
    assert.deepEqual(refused.filter((url) => url.includes('draft')), []);
  }));

test('numbers are read in the digits of every script, and what is none is not sent', real, () =>
  with_page(async ({ page, go }) => {
    await go('/settings/ratings');
    await page.locator('main button').filter({ hasText: /ویرایش/ }).first().click();
    const sent = [];
    page.on('request', (request) => request.method() === 'PUT' && request.url().includes('/rating-settings/') && sent.push(JSON.parse(request.postData())));
    await page.locator('#rating-again').fill('چند روز');
    await page.locator('#rating-again[aria-invalid]').waitFor();
    await page.locator('dialog button.primary').click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'rating-again');
    assert.deepEqual(sent, []);
    await shot(page, 'no-number-fa');
    await page.locator('#rating-again').fill('۲۱');
    await page.locator('#rating-changeable').fill('٧');
    await page.locator('#rating-delay').fill('๑๕');
    await page.locator('dialog button.primary').click();
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    assert.deepEqual([sent[0].again_after_days, sent[0].changeable_days, sent[0].delay_s], [21, 7, 900]);
  }, { locale: 'fa' }));
