// Files whose rows become notices, schedules, digests, the limit of promotional notices and categories, on a real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { marker, on_mock, on_page, shot, start, toast } from './fixture.mjs';

let world;
before(async () => (world = await start()));
after(() => world?.stop());

const real = { skip: on_mock };  // the mock server has none of these routes
const with_page = (work, options) => on_page(world, work, options);

test('a file becomes notices: mapped, tried without sending, sent, and each row is accounted for', real, () =>
  with_page(async ({ page, go }) => {
    const name = `Prices ${marker()}`;
    const lines = ['E-mail,First name,Subject,Words', ...Array.from({ length: 30 }, (_, index) => `row${index}.${marker()}@example.org,Person ${index},New prices,From January on`), 'not an address,Nobody,New prices,From January on'];
    await go('/notices/bulk/new');
    await page.locator('button.primary').click();
    await page.locator('#bulk-kind[aria-invalid]').waitFor();
    await page.locator('#bulk-kind').selectOption('announcement');
    await page.locator('#bulk-file').setInputFiles({ name: 'prices.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
    await page.locator('#bulk-name').fill(name);
    await page.locator('button.primary').click();
    await page.waitForURL(/\/notices\/bulk\/blk_/);
    await page.getByLabel('Where column E-mail goes').selectOption('email');
    await page.getByLabel('Where column First name goes').selectOption('name');
    await page.getByLabel('Where column Subject goes').selectOption('data.subject');
    await page.getByLabel('Where column Words goes').selectOption('data.text');
    await page.getByRole('button', { name: 'Save the mapping' }).click();
    await toast(page, 'The mapping is saved.');
    await page.locator('.letter-subject').filter({ hasText: 'New prices' }).waitFor();
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.locator('.head .tag').filter({ hasText: 'Checked' }).waitFor();
    await page.getByText('One row is wrong').waitFor();
    await shot(page, 'bulk-checked');
    await page.getByRole('button', { name: 'Send 31 rows' }).click();
    await page.locator('.head .tag').filter({ hasText: 'Done' }).waitFor({ timeout: 60_000 });
    const counted = await page.locator('.counts').first().textContent();
    assert.match(counted, /Sent on\s*30/);
    assert.match(counted, /Wrong\s*1/);
    await page.locator('section[aria-labelledby="rows-title"] .chip').filter({ hasText: 'Wrong' }).click();
    await page.locator('section[aria-labelledby="rows-title"] tbody tr').first().getByText('31').waitFor();
    assert.equal(await page.locator('section[aria-labelledby="rows-title"] tbody tr').count(), 1);
    await shot(page, 'bulk-done');
    const made = await world.api(page, `/v1/bulk/${page.url().split('/').pop().split('?')[0]}`);
    assert.equal(made.counts.submitted, 30);
  }));

test('a notice goes again and again: the next times are shown before, the schedule is paused and deleted', real, () =>
  with_page(async ({ page, go }) => {
    await go('/notices/new?kind=announcement');
    await page.locator('#recipients').fill('ada@example.org');
    await page.locator('#recipients').press('Enter');
    await page.locator('#data-subject').fill('Every month');
    await page.locator('#data-text').fill('The usual words.');
    await page.locator('#when').selectOption('again');
    await page.locator('#every').selectOption('month');
    await page.locator('#month-day').selectOption('-1');
    await page.locator('#begins').fill('2030-01-01T09:00');
    await page.locator('#again-zone').fill('Europe/Rome');
    await page.getByText('2030-01-31T09:00:00+01:00').waitFor();
    await shot(page, 'recurrence');
    await page.locator('button.primary').click();
    await page.waitForURL(/\/notices\/schedules\/sch_/);
    await page.getByText('FREQ=MONTHLY;BYMONTHDAY=-1').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.head .tag').filter({ hasText: 'Paused' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete the schedule' }).click();
    await page.waitForURL(/\/notices\/schedules$/);
  }));

test('a digest is made, changed, turned off and ended; the limit of promotional notices is set and lifted', real, () =>
  with_page(async ({ page, go }) => {
    await go('/notices/digests');
    await page.getByRole('button', { name: 'New digest' }).first().click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('#digest-name').fill('Files of the week');
    await dialog.locator('button.primary').click();
    await dialog.locator('#digest-what[aria-invalid]').waitFor();
    await dialog.locator('#digest-what').selectOption('kind:announcement');
    await dialog.locator('#digest-every').selectOption('week');
    await dialog.locator('#digest-weekday').selectOption('friday');
    await dialog.locator('#digest-at').fill('17:30');
    await dialog.locator('#digest-zone').fill('Mars/Base');
    await dialog.locator('button.primary').click();
    await dialog.locator('#digest-zone[aria-invalid]').waitFor();
    await dialog.locator('#digest-zone').fill('Asia/Bangkok');
    await shot(page, 'digest-new');
    await dialog.locator('button.primary').click();
    await toast(page, 'The digest is saved.');
    const line = page.locator('main li').filter({ hasText: 'Files of the week' });
    await line.filter({ hasText: 'Friday' }).filter({ hasText: '17:30' }).filter({ hasText: 'Asia/Bangkok' }).waitFor();
    await line.getByRole('button', { name: 'Edit' }).click();
    await dialog.locator('#digest-every').selectOption('hour');
    await dialog.locator('#digest-zone').fill('');
    await dialog.locator('button.primary').click();
    await line.filter({ hasText: 'Every hour' }).filter({ hasText: 'the customer’s time' }).waitFor();
    await line.getByRole('button', { name: 'Stop collecting' }).click();
    await line.locator('.tag').filter({ hasText: 'Off' }).waitFor();
    await page.getByRole('button', { name: 'New digest' }).first().click();
    await dialog.locator('#digest-name').fill('Twice');
    await dialog.locator('#digest-what').selectOption('kind:announcement');
    await dialog.locator('button.primary').click();
    await dialog.getByText('There is a digest of these notices already.').waitFor();
    await page.keyboard.press('Escape');
    await line.getByRole('button', { name: 'End', exact: true }).click();
    await line.getByRole('button', { name: /what it holds goes out now/ }).click();
    await line.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Change the limit' }).click();
    if (!(await dialog.locator('#throttle-on').isChecked())) await dialog.locator('#throttle-on').check();
    await dialog.locator('#throttle-most').fill('many');
    await dialog.locator('button.primary').click();
    await dialog.locator('#throttle-most[aria-invalid]').waitFor();
    await dialog.locator('#throttle-most').fill('2000');
    await dialog.locator('button.primary').click();
    await dialog.locator('#throttle-most[aria-invalid]').waitFor();
    await dialog.locator('#throttle-most').fill('4');
    await dialog.locator('#throttle-days').fill('30');
    await dialog.locator('button.primary').click();
    await page.getByText('At most 4 to one customer in 30 days').waitFor();
    await page.getByRole('button', { name: 'Change the limit' }).click();
    await dialog.locator('#throttle-on').uncheck();
    await dialog.locator('button.primary').click();
    await page.getByText('There is no limit').waitFor();
  }));

test('a category is made, named in other languages and hidden from customers', real, () =>
  with_page(async ({ page, go }) => {
    const name = `tips_${marker()}`;
    await go('/notices/categories');
    await page.getByRole('button', { name: 'New category' }).first().click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('#category-name').fill('Not a name');
    await dialog.locator('#category-name-en').fill('Tips');
    await dialog.locator('button.primary').click();
    await dialog.locator('#category-name[aria-invalid]').waitFor();
    await dialog.locator('#category-name').fill(name);
    await dialog.locator('input[name="category-class"][value="promotional"]').check();
    await dialog.locator('#category-description-en').fill('How to save water');
    await shot(page, 'category-new');
    await dialog.locator('button.primary').click();
    await toast(page, 'The category is saved.');
    const line = page.locator('main li').filter({ hasText: name });
    await line.filter({ hasText: 'How to save water' }).filter({ hasText: 'needs consent' }).waitFor();
    await line.getByRole('button', { name: 'Edit' }).click();
    await dialog.locator('#category-name-it').fill('Consigli');
    await dialog.locator('button.primary').click();
    await line.getByRole('button', { name: 'Hide from customers' }).click();
    await line.locator('.tag').filter({ hasText: 'Hidden' }).waitFor();
    const { items } = await world.api(page, '/v1/categories');
    const made = items.find((one) => one.name === name);
    assert.deepEqual([made.names.it, made.retired], ['Consigli', true]);
  }));

test('notices are filtered by their state and the job that they come from; a wrong row says why in Persian', real, () =>
  with_page(async ({ page, go }) => {
    const mark = marker();
    await go('/notices');
    const body = `email,subject,text\n${mark}@example.org,S,T\nnobody,S,T\n`;
    const job = await world.api(page, `/v1/bulk?kind=announcement&name=${mark}`, { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body });
    await world.api(page, `/v1/bulk/${job.id}/mapping`, { method: 'PUT', body: JSON.stringify(job.suggested) });
    await world.api(page, `/v1/bulk/${job.id}/start`, { method: 'POST' });
    await go(`/notices/bulk/${job.id}`);
    await page.locator('.head .tag').filter({ hasText: 'Done' }).waitFor({ timeout: 60_000 });
    await page.getByText('must be an e-mail address like name@example.org', { exact: true }).waitFor();
    await go('/notices');
    await page.getByLabel('From a bulk job').selectOption({ label: mark });
    await page.locator('[data-row]').filter({ hasText: mark }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 1);
    await page.getByLabel('State', { exact: true }).selectOption('suppressed');
    await page.locator('.blank h2').waitFor();
    await page.getByLabel('State', { exact: true }).selectOption('submitted');
    await page.locator('[data-row]').filter({ hasText: mark }).waitFor();
    const persian = await world.open({ locale: 'fa' });
    await persian.go(`/notices/bulk/${job.id}`);
    await persian.page.getByText('باید نشانی رایانامه‌ای مانند name@example.org باشد').waitFor();
    await persian.close();
  }));

test('a job that stopped by itself is mended in the console and goes on', real, () =>
  with_page(async ({ page, go }) => {
    await go('/notices');
    const kind = `news_${marker()}`;
    const post = (target, body, method = 'POST') => world.api(page, target, { method, body: JSON.stringify(body) });
    const text = { type: 'string' };
    const schema = (more = {}) => ({ type: 'object', required: ['what', ...Object.keys(more)], properties: { what: text, ...more } });
    await post('/v1/kinds', { name: kind, names: { en: 'News' }, class: 'transactional', category: 'service', delivery: 'plain', schema: schema() });
    const { version } = await post('/v1/templates', { kind, locale: 'en', subject: '{{what}}', text: '{{what}}' });
    await post(`/v1/templates/${version.id}/publication`);
    const job = await world.api(page, `/v1/bulk?kind=${kind}&name=Mended`, { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: 'email,what\nada@example.org,News\nbob@example.org,News\n' });
    await post(`/v1/bulk/${job.id}/mapping`, job.suggested, 'PUT');
    await post(`/v1/kinds/${kind}`, { schema: schema({ city: text }) }, 'PATCH');
    await post(`/v1/bulk/${job.id}/start`);
    await go(`/notices/bulk/${job.id}`);
    await page.locator('.head .tag').filter({ hasText: 'Stopped' }).waitFor();
    await page.getByText('The mapping does not fit the kind of notice any more.').waitFor();
    await page.getByText('a column must give city, which the kind requires').waitFor();
    await page.locator('#data-city').fill('Bolzano');
    await page.getByRole('button', { name: 'Save the mapping' }).click();
    await toast(page, 'The mapping is saved.');
    await page.locator('.head .tag').filter({ hasText: 'Paused' }).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('.head .tag').filter({ hasText: 'Done' }).waitFor({ timeout: 60_000 });
    assert.equal((await world.api(page, `/v1/bulk/${job.id}`)).counts.submitted, 2);
  }));
