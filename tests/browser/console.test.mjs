// What senders and operators do on a real server: notices and their templates, letters that failed, suppressions, webhooks, certificates.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
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
    await work(opened);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}
const letter_of = (page) => page.frames().find((frame) => frame.url().endsWith('/letter/'));
const toast = (page, text) => page.locator('.toast').filter({ hasText: text }).waitFor();

test('a notice is written from its kind’s form, seen as it will be read, and sent', real, () =>
  with_page(async ({ page, go }) => {
    const order = `A-${marker()}`;
    await go('/notices/new');
    await page.locator('#kind').selectOption('order_confirmation');
    await page.locator('#recipients').fill('ada@example.org');
    await page.locator('#recipients').press('Enter');
    await page.getByRole('button', { name: 'Fill in the example' }).click();
    await page.locator('#data-order').fill(order);
    await page.locator('#data-total').fill('1,234.50');
    await page.locator('#data-total[aria-invalid]').waitFor();
    await page.locator('#data-total').fill('84,20');
    await page.locator('.letter-subject').filter({ hasText: order }).waitFor();
    await page.locator('.letter-frame').waitFor();
    await letter_of(page).waitForFunction((wanted) => document.body?.textContent.includes(wanted) && document.body.textContent.includes('€84.20'), order);
    await page.locator('.preview-language').selectOption('fa');
    await letter_of(page).waitForFunction(() => document.documentElement.dir === 'rtl');
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await page.locator('.mail-body').filter({ hasText: order }).waitFor();
    await shot(page, 'notice-written');
    await page.locator('button.primary').click();
    await page.waitForURL(/\/notices\/ntc_/);
    await page.locator('h1').filter({ hasText: order }).waitFor();
    await page.locator('#letters-title').waitFor();
  }));

test('what the data lack is said at their fields, and nothing is sent', real, () =>
  with_page(async ({ page, go }) => {
    await go('/notices/new?kind=payment');
    await page.locator('#recipients').fill('ada@example.org');
    await page.locator('#recipients').press('Enter');
    await page.locator('button.primary').click();
    await page.locator('#data-invoice[aria-invalid]').waitFor();
    await page.locator('#data-amount[aria-invalid]').waitFor();
    await page.locator('#data-status[aria-invalid]').waitFor();
    assert.match(page.url(), /\/notices\/new/);
  }));

test('a draft survives a reload, and a lost reply sends once', real, () =>
  with_page(async ({ page, go }) => {
    const reference = `R-${marker()}`;
    await go('/notices/new?kind=announcement');
    await page.locator('#recipients').fill('ada@example.org');
    await page.locator('#recipients').press('Enter');
    await page.locator('#data-subject').fill('We move');
    await page.locator('#data-text').fill('Our office has a new address.');
    await page.locator('#reference').fill(reference);
    await page.reload();
    await page.waitForSelector('#data-subject');
    assert.equal(await page.locator('#data-subject').inputValue(), 'We move');
    let lost = true;
    await page.route('**/v1/notices', async (route) => {
      if (route.request().method() !== 'POST' || !lost) return route.continue();
      lost = false;
      await route.fetch();
      return route.abort();
    });
    await page.locator('button.primary').click();
    await page.locator('.note.breach').waitFor();
    await page.locator('button.primary').click();
    await page.waitForURL(/\/notices\/ntc_/);
    const found = await world.api(page, `/v1/notices?reference=${reference}`);
    assert.equal(found.items.length, 1);
  }));

test('nothing of a letter runs in its frame', real, () =>
  with_page(async ({ page, go, faults }) => {
    await go('/notices/new?kind=order_confirmation');
    await page.locator('.letter-frame').waitFor();
    await page.locator('.letter-subject').waitFor();
    await letter_of(page).waitForFunction(() => document.body?.textContent.includes('Water filter'));
    await page.evaluate(() => {
      const html = '<title>quiet</title><p id="there">x</p><script>document.title = "ran"</script><img src="data:,x" onerror="document.title = \'ran\'"><svg onload="document.title = \'ran\'"></svg><a href="javascript:document.title=\'ran\'" id="link">x</a><form action="/v1/session" method="post"><button id="send">x</button></form>';
      document.querySelector('.letter-frame').contentWindow.postMessage({ html }, '*');
    });
    const frame = letter_of(page);
    await frame.waitForSelector('#there');
    await frame.locator('#link').click();
    await frame.locator('#send').click();
    assert.equal(await frame.evaluate(() => document.title), 'quiet');
    assert.equal(await frame.evaluate(() => self.origin), 'null');
    assert.equal(await frame.evaluate(() => { try { return String(parent.document.title); } catch { return 'refused'; } }), 'refused');
    // The browser says in the console what the policy refused.
    assert.ok(faults.splice(0).every((text) => /Content Security Policy/.test(text)));
  }));

test('a template is written with its letter beside it, mended at its line, compared and published', real, () =>
  with_page(async ({ page, go }) => {
    await go('/notices/kinds/maintenance');
    await page.getByRole('button', { name: 'New version in English' }).click();
    await page.waitForURL(/\/notices\/templates\/tpl_/);
    const text = page.locator('#text');
    await page.locator('.letter-subject').waitFor();
    const good = await text.inputValue();
    await text.fill(`${good}\nOne more line\n{{sevice}}`);
    await page.locator('#text[aria-invalid]').waitFor();
    const line = good.split('\n').length + 2;
    await page.locator('#text-wrong button').filter({ hasText: `Line ${line}:` }).click();
    assert.equal(await page.evaluate(() => { const area = document.activeElement; return area.value.slice(area.selectionStart, area.selectionEnd); }), '{{sevice}}');
    assert.equal(await page.locator('.wrong-line').textContent(), String(line));
    assert.ok(await page.getByRole('button', { name: 'Publish' }).isDisabled());
    await shot(page, 'template-wrong');
    await text.fill(`${good}\nOne more line\n{{service}}`);
    await page.locator('#text:not([aria-invalid])').waitFor();
    await page.getByRole('button', { name: 'Save draft' }).click();
    await toast(page, 'The draft is saved.');
    await page.getByRole('button', { name: 'Send me a test letter' }).click();
    await toast(page, 'A test letter to');
    await page.getByRole('button', { name: 'Compare versions' }).click();
    await page.locator('dialog .diff-added').filter({ hasText: 'One more line' }).waitFor();
    await shot(page, 'template-compared');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.locator('.head .tag.assured').waitFor();
    assert.ok(await page.locator('#text').evaluate((area) => area.readOnly));
  }));

test('a kind of one’s own: the form beside its schema follows, and broken JSON is found at its line', real, () =>
  with_page(async ({ page, go }) => {
    const name = `own_${marker()}`;
    await go('/notices/kinds/new');
    await page.locator('#kind-name').fill(name);
    await page.locator('#kind-name-en').fill('Own kind');
    await page.locator('#category').fill('own');
    await page.locator('#schema').fill('{\n  "type": "object",\n  broken\n}');
    await page.locator('#schema-wrong button').filter({ hasText: 'Line 3:' }).waitFor();
    await page.locator('#schema').fill('{"type": "object", "required": ["room"], "properties": {"room": {"type": "string", "title": "Room", "examples": ["12"]}, "nights": {"type": "integer", "minimum": 1}}}');
    await page.locator('.preview').getByLabel('Room').fill('Garden');
    await page.locator('button.primary').click();
    await page.waitForURL(new RegExp(`/notices/kinds/${name}$`));
    await page.locator('h1').filter({ hasText: 'Own kind' }).waitFor();
    const made = await world.api(page, `/v1/kinds/${name}`);
    assert.deepEqual(made.sample, { room: 'Garden' });
  }));

test('an address is suppressed with a reason, found and lifted again', real, () =>
  with_page(async ({ page, go }) => {
    const address = `${marker()}@example.org`;
    await go('/mail/suppressions');
    await page.waitForSelector('h1');
    await page.keyboard.press('n');
    await page.locator('#suppress-address').fill('nobody');
    await page.keyboard.press('Enter');
    await page.locator('#suppress-address[aria-invalid]').waitFor();
    await page.locator('#suppress-address').fill(address);
    await page.locator('#suppress-note').fill('asked by telephone');
    await page.keyboard.press('Enter');
    await toast(page, address);
    await page.locator('#search').fill(address.slice(0, 5));
    const row = page.locator('.letter-row').filter({ hasText: address });
    await row.getByText('asked by telephone').waitFor();
    await row.getByRole('button', { name: 'Lift' }).click();
    await row.getByRole('button', { name: 'Lift: mail may go there again' }).click();
    await row.waitFor({ state: 'detached' });
  }));

test('failed letters are sent again: the chosen ones, then all that the filter finds', real, () =>
  with_page(async ({ page, go }) => {
    await go('/mail/failed?reason=no_such_address');
    const rows = page.locator('.pick-row');
    await rows.first().waitFor();
    await rows.first().locator('input[type=checkbox]').check();
    await page.getByRole('button', { name: 'Send the chosen one again' }).click();
    await page.locator('dialog .primary').click();
    await page.locator('dialog').getByText('One letter is queued again.').waitFor();
    await page.locator('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Send all of this filter again' }).click();
    await page.locator('dialog .primary').click();
    await page.locator('dialog [role=status]').getByText(/queued again/).waitFor();
    await shot(page, 'replayed');
  }));

test('a webhook shows its secret once, is told of a test, and its answer stands in the log; a failed message is sent again', { skip: on_mock || !process.env.RECEIVER }, async () => {
  const told = [];
  let status = 500;
  const receiver = createServer((request, response) => {
    told.push(request.headers['webhook-id']);
    response.writeHead(status).end(status === 500 ? 'no room' : 'thank you');
  });
  await new Promise((resolve) => receiver.listen(Number(process.env.RECEIVER), '127.0.0.1', resolve));
  try {
    await with_page(async ({ page, go }) => {
      await go('/settings/webhooks');
      await page.getByRole('button', { name: 'New webhook' }).click();
      await page.locator('#webhook-url').fill('http://198.51.100.7/');
      await page.keyboard.press('Enter');
      await page.locator('#webhook-url[aria-invalid]').waitFor();
      await page.locator('#webhook-url').fill(`http://127.0.0.1:${process.env.RECEIVER}/hook`);
      await page.locator('#webhook-description').fill(`Shop ${marker()}`);
      await page.locator('dialog button.primary').click();
      await page.locator('.command code').getByText(/^whsec_/).waitFor();
      await page.reload();
      await page.waitForSelector('.webhook-row');
      assert.equal(await page.getByText(/whsec_/).count(), 0);
      await page.locator('.webhook-row').first().click();
      await page.waitForURL(/\/settings\/webhooks\/whk_/);
      await page.getByRole('button', { name: 'Send a test message' }).click();
      const log = page.locator('section[aria-labelledby="log-title"]');
      const row = log.locator('.webhook-row').first();
      for (let tries = 0; tries < 40 && !(told.length && (await row.count()) && /HTTP|500/.test(await row.textContent())); tries += 1) {
        await page.waitForTimeout(250);
        await log.getByRole('button', { name: 'Reload' }).click();
      }
      status = 204;
      await row.click();
      await page.locator('dialog').getByText('no room').waitFor();
      await page.locator('dialog').getByText('"webhook.test"').waitFor();
      await shot(page, 'webhook-message');
      await page.locator('dialog').getByRole('button', { name: 'Close' }).click();
      await log.getByRole('button', { name: 'Delivered' }).click();
      for (let tries = 0; tries < 60 && !(await row.count()); tries += 1) {
        await page.waitForTimeout(250);
        await log.getByRole('button', { name: 'Reload' }).click();
      }
      await row.locator('.tag.assured').waitFor();
      const before_replay = told.length;
      await row.click();
      await page.locator('dialog').getByRole('button', { name: 'Send again' }).click();
      await toast(page, 'It is queued again.');
      for (let tries = 0; tries < 40 && told.length === before_replay; tries += 1) await page.waitForTimeout(250);
      assert.equal(told.length, before_replay + 1);
      assert.equal(new Set(told).size, 1, 'a repetition has the same identifier');
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.locator('.head .tag').filter({ hasText: 'Paused' }).waitFor();
    });
  } finally {
    receiver.close();
  }
});

test('a delivery hands on its certificate in a chosen language, and its public entry', real, () =>
  with_page(async ({ page, go }) => {
    await go('/deliveries');
    const { items } = await world.api(page, '/v1/deliveries?kind=registered');
    await go(`/deliveries/${items[0].id}`);
    await page.locator('#certificate-locale').selectOption('ja');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#certificate').click()]);
    const stream = await download.createReadStream();
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).subarray(0, 5).toString(), '%PDF-');
    await page.locator('section[aria-labelledby="proof-title"] summary').click();
    await page.locator('svg.qr path').waitFor();
    const entry = await page.locator('section[aria-labelledby="proof-title"] .command code').textContent();
    assert.match(entry, /\/v\//);
    const shown = await fetch(entry.replace(/^https?:\/\/[^/]+/, world.url));
    assert.equal(shown.status, 200);
  }));

test('preferences are set for a customer, a consent is recorded with its proof and withdrawn again', real, () =>
  with_page(async ({ page, go }) => {
    await go('/customers');
    await page.waitForSelector('[data-row]');
    const name = `Wishes ${marker()}`;
    const made = await world.api(page, '/v1/customers', { method: 'POST', body: JSON.stringify({ name, locale: 'en', addresses: [{ kind: 'email', value: `${marker()}@example.org`, verified: true }] }) });
    await go(`/customers/${made.id}`);
    const card = page.locator('section[aria-labelledby="preferences-title"]');
    await card.getByText('Always sent').first().waitFor();
    await card.getByRole('button', { name: 'Change' }).click();
    await page.locator('#wanted-orders').uncheck();
    await page.getByRole('button', { name: 'Add quiet hours' }).click();
    await page.locator('dialog .chip').filter({ hasText: 'Mon' }).click();
    await page.locator('#zone').fill('Nowhere/Land');
    await page.locator('dialog button.primary').click();
    await page.locator('#zone[aria-invalid]').waitFor();
    await page.locator('#zone').fill('Europe/Rome');
    await shot(page, 'preferences');
    await page.locator('dialog button.primary').click();
    await toast(page, 'The preferences are saved.');
    await card.getByText('Mon, 22:00 to 07:00').waitFor();
    await card.getByText('Europe/Rome').waitFor();
    await card.getByText('Not wanted').first().waitFor();

    const consents = page.locator('section[aria-labelledby="consents-title"]');
    await consents.getByText('None: nothing promotional is sent.').waitFor();
    await consents.getByRole('button', { name: 'New consent' }).click();
    await page.locator('#consent-method').selectOption('phone');
    await page.locator('dialog button.primary').click();
    await page.locator('#consent-text[aria-invalid]').waitFor();
    await page.locator('#consent-text').fill('Yes, send me offers by e-mail.');
    await page.locator('#consent-version').fill('2026-11');
    await shot(page, 'consent');
    await page.locator('dialog button.primary').click();
    await toast(page, 'The consent is recorded.');
    await consents.getByText('In force').waitFor();
    await consents.getByRole('button', { name: 'Withdraw' }).click();
    await consents.getByRole('button', { name: 'Withdraw for the customer' }).click();
    await consents.getByText('Withdrawn').waitFor();
  }));

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
