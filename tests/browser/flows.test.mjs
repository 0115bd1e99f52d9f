// What people do: sign in, send, watch it arrive, prove, erase; with the keyboard; and what stays when things go wrong.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { on_mock, shot, start } from './fixture.mjs';

let world;
before(async () => (world = await start()));
after(() => world?.stop());

const marker = () => `Notice ${Math.random().toString(36).slice(2, 8)}`;
const shown = (page, text) => page.getByText(text, { exact: false }).first().waitFor();

// On a real server: of an agent made for it.
async function one_time_token() {
  if (on_mock) return 'good';
  const { page, go, close } = await world.open();
  await go('/settings/account');
  const email = `agent.${Date.now()}@example.org`;
  const made = await world.api(page, '/v1/agents', { method: 'POST', body: JSON.stringify({ name: 'New Agent', email, role: 'agent', locale: 'en' }) });
  const link = await world.api(page, `/v1/agents/${made.id}/link`, { method: 'POST' });
  await close();
  return link.url.split('token=')[1];
}

async function with_page(options, work) {
  const opened = await world.open(options);
  try {
    await work(opened);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}

async function write(page, go, subject, { typed = 'new.person@example.org', second = 'new.person@home.example' } = {}) {
  await go('/deliveries/new');
  const box = page.locator('#recipients');
  await box.fill(typed);
  await box.press('Enter');
  await page.locator('#second-0').fill(second);
  await page.locator('#subject').fill(subject);
  await page.locator('#text').fill('Please read the enclosed document.');
}

test('signing in leads back to where one wanted to go', { skip: !on_mock }, () =>
  with_page({ signed: false }, async ({ page, go }) => {
    await go('/customers?q=a');
    await page.waitForURL(/sign-in\?next=/);
    await page.locator('#email').fill('mira@example.org');
    await page.locator('#password').fill('wrong');
    await page.keyboard.press('Enter');
    await page.locator('.note.breach').waitFor();
    await page.locator('#password').fill('correct horse battery');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/customers\?q=a/);
  }));

test('a second factor is asked for where one is set', { skip: !on_mock }, () =>
  with_page({ signed: false }, async ({ page, go }) => {
    await go('/sign-in');
    await page.locator('#email').fill('jonas@example.org');
    await page.locator('#password').fill('correct horse battery');
    await page.keyboard.press('Enter');
    await page.locator('#totp').fill('123 456');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/deliveries$/);
  }));

test('a one-time link signs in, is taken out of the address, and a password can be chosen', () =>
  with_page({ signed: false }, async ({ page, go }) => {
    await go(`/sign-in#token=${await one_time_token()}`);
    await page.waitForURL(/\/deliveries$|\/set-password$/);
    assert.ok(!page.url().includes('token'));
    await go('/set-password');
    await page.locator('#password').fill('short');
    await page.keyboard.press('Enter');
    await page.locator('#password[aria-invalid]').waitFor();
    await page.locator('#password').fill('four words are best');
    await page.locator('#again').fill('four words are best');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/deliveries$/);
  }));

test('a delivery is written, previewed, sent, and seen with its evidence', () =>
  with_page({}, async ({ page, go }) => {
    const subject = marker();
    await write(page, go, subject);
    await page.locator('.preview').getByText(subject).waitFor();
    await page.locator('#files').setInputFiles({ name: 'terms.txt', mimeType: 'text/plain', buffer: Buffer.from('Terms') });
    await page.locator('.file').getByText('terms.txt').first().waitFor();
    await shot(page, 'written');
    await page.locator('form.compose button.primary').click();
    await page.waitForURL(/\/deliveries\/dlv_/);
    await shown(page, subject);
    await page.locator('.evidence-seal').getByText('A.1').waitFor();
    assert.ok(await page.locator('#package').isVisible());
  }));

test('a new delivery shows in an open list without a reload', () =>
  with_page({}, async ({ page, go }) => {
    await go('/deliveries');
    await page.waitForSelector('[data-row]');
    const other = await world.open();
    const subject = marker();
    await write(other.page, other.go, subject);
    await other.page.locator('form.compose button.primary').click();
    await other.page.waitForURL(/\/deliveries\/dlv_/);
    await other.close();
    await page.locator('[data-row]').getByText(subject).waitFor();
  }));

test('the deadline, the drafts and the files survive a reload', () =>
  with_page({}, async ({ page, go }) => {
    const subject = marker();
    await write(page, go, subject);
    await page.reload();
    await page.waitForSelector('#subject');
    assert.equal(await page.locator('#subject').inputValue(), subject);
    assert.equal(await page.locator('#second-0').inputValue(), 'new.person@home.example');
  }));

test('what is missing is said at its field, and the first one has the focus', () =>
  with_page({}, async ({ page, go }) => {
    await go('/deliveries/new');
    await page.locator('form.compose button.primary').click();
    await page.locator('#recipients[aria-invalid]').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'recipients');
    const described = await page.locator('#subject').getAttribute('aria-describedby');
    assert.ok((await page.locator(`#${described.split(' ')[0]}`).textContent()).trim().length > 0);
    await shot(page, 'missing');
  }));

test('what the server finds wrong is said at its field', { skip: !on_mock }, () =>
  with_page({}, async ({ page, go }) => {
    await write(page, go, 'wrong', { typed: 'a@nowhere.example' });
    await page.locator('form.compose button.primary').click();
    await page.locator('#subject[aria-invalid]').waitFor();
    await page.locator('.recipients .tone-breach').waitFor();
    await shot(page, 'refused');
  }));

test('a double click sends once', { skip: !on_mock }, () =>
  with_page({}, async ({ page, go }) => {
    const subject = marker();
    await write(page, go, subject);
    await page.locator('form.compose button.primary').dblclick();
    await page.waitForURL(/\/deliveries\/dlv_/);
    assert.equal(world.mock.world.deliveries.filter((one) => one.subject === subject).length, 1);
  }));

test('a reply that was lost and a second try send once', { skip: !on_mock }, () =>
  with_page({}, async ({ page, go }) => {
    const subject = marker();
    await write(page, go, subject);
    let lost = true;
    await page.route('**/v1/deliveries', async (route) => {
      if (route.request().method() !== 'POST' || !lost) return route.continue();
      lost = false;
      await route.fetch();
      return route.abort();
    });
    await page.locator('form.compose button.primary').click();
    await page.locator('.note.breach').waitFor();
    await page.reload();
    await page.waitForSelector('#subject');
    await page.locator('form.compose button.primary').click();
    await page.waitForURL(/\/deliveries\/dlv_/);
    assert.equal(world.mock.world.deliveries.filter((one) => one.subject === subject).length, 1);
  }));

test('evidence appears on an open page when the recipient acts', { skip: !on_mock }, () =>
  with_page({}, async ({ page, go }) => {
    const delivery = world.mock.world.deliveries.find((one) => one.state === 'notified');
    await go(`/deliveries/${delivery.id}`);
    await page.locator('.evidence-seal').nth(1).waitFor();
    await world.api(page, '/mock/advance', { method: 'POST', body: JSON.stringify({ id: delivery.id, state: 'refused' }) });
    await page.locator('.evidence-bad').getByText('C.4').waitFor();
  }));

test('a lost connection is said, what was typed stays, and the list catches up', { skip: !on_mock }, () =>
  with_page({}, async ({ page, go }) => {
    await go('/deliveries');
    await page.waitForSelector('[data-row]');
    let cut = true;
    await page.route('**/v1/events', (route) => (cut ? route.abort() : route.continue()));
    world.mock.cut();
    await page.locator('.banner').waitFor();
    await shot(page, 'lost');
    const delivery = world.mock.world.deliveries.find((one) => one.state === 'notified' && one.recipient.name === 'Amelia Hart') ?? world.mock.world.deliveries[0];
    await world.api(page, '/mock/advance', { method: 'POST', body: JSON.stringify({ id: delivery.id, state: 'handed_over' }) });
    cut = false;
    await page.locator('.banner').waitFor({ state: 'detached' });
    await page.locator(`a[href$="${delivery.id}"] .tag.assured`).waitFor();
  }));

test('the place in a long list survives a reload', { skip: !on_mock }, () =>
  with_page({}, async ({ page, go }) => {
    await go('/deliveries');
    await page.waitForSelector('[data-row]');
    await page.locator('.virtual').evaluate((element) => element.scrollTo(0, 2400));
    await page.waitForFunction(() => document.querySelector('.virtual ul').getBoundingClientRect().height > 64 * 60);
    await page.locator('.virtual').evaluate((element) => element.scrollTo(0, 4000));
    const before_reload = await page.locator('.virtual').evaluate((element) => element.scrollTop);
    await page.waitForTimeout(50);
    await page.reload();
    await page.waitForSelector('[data-row]');
    assert.equal(await page.locator('.virtual').evaluate((element) => element.scrollTop), before_reload);
    assert.ok((await page.locator('[data-row]').count()) < 40, 'only rows near the view are elements');
  }));

test('a list is walked, opened and left by keys, and the palette goes everywhere', () =>
  with_page({}, async ({ page, go }) => {
    await go('/deliveries');
    await page.waitForSelector('[data-row]');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/deliveries\/dlv_/);
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.waitForURL(/\/customers$/);
    const focused = (id) => page.waitForFunction((wanted) => document.activeElement.id === wanted, id);
    await page.locator('#search').waitFor();
    await focused('page'); // a page that is entered takes the focus; only then do keys mean this page
    await page.keyboard.press('/');
    await focused('search');
    await page.keyboard.press('Control+k');
    await page.locator('dialog input').fill('audit');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/settings\/audit$/);
    await focused('page');
  }));

test('erasing asks for the end of the identifier', () =>
  with_page({}, async ({ page, go }) => {
    await go('/deliveries?state=refused');
    await page.locator('[data-row]').first().click();
    await page.waitForURL(/\/deliveries\/dlv_/);
    await page.locator('.head .danger').click();
    await page.locator('#erase-word').fill('nope');
    await page.keyboard.press('Enter');
    await page.locator('#erase-word[aria-invalid]').waitFor();
    await page.locator('#erase-word').fill(page.url().slice(-4));
    await page.keyboard.press('Enter');
    await page.locator('.head .danger').waitFor({ state: 'detached' });
    assert.equal(await page.locator('#content-title').count(), 0);
  }));

test('an unknown letter is sent again only after a warning', { skip: !on_mock }, () =>
  with_page({}, async ({ page, go }) => {
    await go('/mail/outbox?state=unknown');
    const rows = page.locator('.letter-row');
    await rows.first().waitFor();
    const count = await rows.count();
    await rows.first().locator('button').first().click();
    await page.locator('dialog[open] .note.warning').waitFor();
    await page.locator('dialog[open] .primary').click();
    await page.waitForFunction((n) => document.querySelectorAll('.letter-row').length === n - 1, count);
  }));

test('a customer is made, changed, and a refused change rolls back', () =>
  with_page({}, async ({ page, go }) => {
    const name = marker().replace('Notice', 'Person');
    await go('/customers');
    await page.waitForSelector('[data-row]');
    await page.keyboard.press('n');
    await page.locator('#new-name').fill(name);
    await page.locator('#new-email').fill(`${name.slice(-6)}@example.org`);
    await page.locator('dialog button.primary').click();
    await page.waitForURL(/\/customers\/cus_/);
    await shown(page, name);
    if (!on_mock) return;
    await page.locator('.card header button').first().click();
    await page.locator('#edit-name').fill('wrong');
    await page.locator('.card button.primary').click();
    await page.locator('.toast').filter({ hasText: 'attention' }).waitFor();
    assert.ok((await page.locator('h1').textContent()).includes(name));
  }));

test('an API key is shown once', () =>
  with_page({}, async ({ page, go }) => {
    await go('/settings/api-keys');
    await page.locator('.head button.primary').click();
    await page.locator('#key-name').fill('Browser test');
    await page.locator('dialog button.primary').click();
    await page.locator('.command code').getByText(/^rk_/).waitFor();
    await page.reload();
    await page.waitForSelector('.lines');
    assert.equal(await page.getByText(/rk_/).count(), 0);
  }));

test('the authenticator is set up by picture or text, and gives recovery codes', { skip: !on_mock }, () =>
  with_page({}, async ({ page, go }) => {
    await go('/settings/account');
    await page.locator('#totp-title').waitFor();
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.locator('svg.qr path').waitFor();
    await shot(page, 'authenticator');
    await page.locator('#totp-code').fill('123456');
    await page.keyboard.press('Enter');
    await page.getByText('k3m5-9x2p').waitFor();
  }));

test('language and colours are changed at once and remembered', () =>
  with_page({}, async ({ page, go }) => {
    await go('/settings/account');
    await page.locator('#language').selectOption('fa');
    await page.waitForFunction(() => document.documentElement.dir === 'rtl');
    await page.locator('#scheme').selectOption('dark');
    await page.reload();
    await page.waitForSelector('#scheme');
    assert.deepEqual(await page.evaluate(() => [document.documentElement.dir, document.documentElement.dataset.scheme, document.documentElement.lang]), ['rtl', 'dark', 'fa']);
  }));
