// What agents do in the inbox: over the mock server, where every reply and fault can be had at will, and over the real one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { on_mock, start } from './fixture.mjs';
import { inbox, marker } from './inbox_fixture.mjs';

let world;
before(async () => (world = await start()));
after(() => world?.stop());

const mock = { skip: !on_mock };
const { with_page, receive, opened, messages } = inbox(() => world);
const find = (page, id) => world.api(page, `/v1/conversations/${id}`);
const text_of = (page) => page.locator('#composer-text').innerText();

test('a mail that arrives stands at the top without a reload, and its view counts it', mock, () =>
  with_page(async ({ page, go }) => {
    await go('/inbox');
    await page.waitForSelector('.cnv-row');
    const all = page.locator('.inbox-views a[aria-current] .count');
    await all.waitFor();
    const before = Number(await all.innerText());
    const subject = `Live ${marker()}`;
    const began = Date.now();
    await receive(page, { subject, text: 'Hello' });
    await page.locator('.cnv-row').first().filter({ hasText: subject }).waitFor();
    assert.ok(Date.now() - began < 1_000, `${Date.now() - began} ms`);
    await page.waitForFunction((wanted) => document.querySelector('.inbox-views a[aria-current] .count')?.textContent === String(wanted), before + 1);
  }));

test('a long list has few rows in the document, and goes on to its end', mock, () =>
  with_page(async ({ page, go }) => {
    await go('/inbox');
    await page.waitForSelector('.cnv-row');
    const total = (await world.api(page, '/v1/conversations?state=open&limit=200')).items.length;
    assert.ok(total > 55);
    assert.ok((await page.locator('.cnv-row').count()) < 40);
    const last = (await world.api(page, '/v1/conversations?state=open&limit=200')).items.at(-1);
    await page.waitForFunction((wanted) => {
      const list = document.querySelector('.inbox-list .virtual');
      list.scrollTop = list.scrollHeight;
      return [...list.querySelectorAll('.cnv-row')].some((row) => row.getAttribute('href').includes(wanted));
    }, last.id);
    assert.ok((await page.locator('.cnv-row').count()) < 40);
  }));

test('an answer is written by keys, waits ten seconds, and can be taken back into the composer', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await page.keyboard.press('r');
    await page.keyboard.type('It left today.');
    await page.keyboard.press('Control+b');
    await page.keyboard.type(' Really.');
    await page.keyboard.press('Control+Enter');
    const sent = page.locator('.msg[data-direction="out"]').last();
    await sent.filter({ hasText: 'It left today.' }).waitFor();
    await page.locator('.composer').waitFor({ state: 'detached' });
    assert.equal((await find(page, id)).state, 'pending');
    await sent.getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(() => document.querySelector('#composer-text')?.innerText.includes('It left today.') || document.querySelector('#composer-text')?.value?.includes('It left today.'));
    assert.equal((await messages(page, id)).filter((one) => one.direction === 'out').length, 0);
  }));

test('what the mail server said of an answer appears by itself', mock, () =>
  with_page(async ({ page, go }) => {
    await opened(page, go);
    await page.keyboard.press('r');
    await page.keyboard.type('On its way.');
    await page.keyboard.press('Control+Enter');
    const sent = page.locator('.msg[data-direction="out"]').last();
    await sent.getByRole('button', { name: 'Undo' }).waitFor();
    await sent.filter({ hasText: 'Taken by their mail server' }).waitFor({ timeout: 15_000 });
    assert.equal(await sent.getByRole('button', { name: 'Undo' }).count(), 0);
  }));

test('a reply that was lost on its way back sends once, and the words stay until it is sure', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    let lost = true;
    await page.route('**/v1/conversations/*/messages', async (route) => {
      if (route.request().method() !== 'POST' || !lost) return route.continue();
      lost = false;
      await route.fetch();
      return route.abort();
    });
    await page.keyboard.press('r');
    await page.keyboard.type('Only once.');
    await page.keyboard.press('Control+Enter');
    await page.locator('.composer .note.breach').waitFor();
    assert.match(await text_of(page), /Only once/);
    await page.keyboard.press('Control+Enter');
    await page.locator('.composer').waitFor({ state: 'detached' });
    assert.equal((await messages(page, id)).filter((one) => one.text.includes('Only once')).length, 1);
  }));

test('what the server refuses is said at its field', mock, () =>
  with_page(async ({ page, go }) => {
    await opened(page, go);
    await page.keyboard.press('r');
    await page.keyboard.type('Hello');
    await page.locator('.recipients-line .link').click();
    await page.locator('#composer-to').fill('nobody');
    await page.locator('.composer-foot .primary').click();
    await page.locator('#composer-to[aria-invalid]').waitFor();
    assert.match(await text_of(page), /Hello/);
  }));

test('a draft survives a reload and another browser, and the server being away', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await page.keyboard.press('r');
    await page.keyboard.type('Half a sentence');
    await page.locator('.composer-head').filter({ hasText: 'Draft saved' }).waitFor();
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await page.waitForFunction(() => document.querySelector('#composer-text')?.innerText.includes('Half a sentence'));
    await page.route('**/draft**', (route) => route.abort());
    await page.locator('#composer-text').click();
    await page.keyboard.press('End');
    await page.keyboard.type(' and its end');
    await page.locator('.composer-head').filter({ hasText: 'Saved in this browser' }).waitFor();
    await page.reload();
    await page.waitForFunction(() => document.querySelector('#composer-text')?.innerText.includes('Half a sentence and its end'));
    await page.unroute('**/draft**');
    await page.locator('.composer-head').filter({ hasText: 'Draft saved' }).waitFor({ timeout: 10_000 });
    assert.match((await world.api(page, `/v1/conversations/${id}/drafts`)).items[0].words.text, /and its end/);
  }));

test('a note stays inside and looks different', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await page.keyboard.press('n');
    await page.keyboard.type('Ask billing first.');
    await page.locator('.composer-foot .primary').click();
    await page.locator('.msg[data-direction="note"]').filter({ hasText: 'Ask billing first.' }).waitFor();
    assert.equal((await find(page, id)).state, 'open');
  }));

test('the keys of the day: next and previous, take, assign, snooze, resolve, open again', mock, () =>
  with_page(async ({ page, go }) => {
    const [older, newer] = [`Older ${marker()}`, `Newer ${marker()}`];
    const shown = (subject) => page.locator('.thread-title').filter({ hasText: subject }).waitFor();
    await opened(page, go, older);
    const id = await opened(page, go, newer);
    await page.waitForSelector(`.cnv-row[href*="${id}"][aria-current]`);
    await page.keyboard.press('j');
    await shown(older);
    await page.keyboard.press('k');
    await shown(newer);
    await page.keyboard.press('m');
    await page.locator('.thread-verbs button').filter({ hasText: 'Mira Lindqvist' }).waitFor();
    await page.waitForSelector('.thread-head[data-pending="false"]');
    await page.keyboard.press('a');
    await page.locator('dialog input').fill('jonas');
    await page.keyboard.press('Enter');
    await page.locator('.thread-verbs button').filter({ hasText: 'Jonas Weber' }).waitFor();
    await page.waitForSelector('.thread-head[data-pending="false"]');
    await page.keyboard.press('s');
    await page.locator('dialog input').first().fill('tomorrow');
    await page.keyboard.press('Enter');
    await page.locator('.thread-head .tag').filter({ hasText: 'Snoozed' }).waitFor();
    await page.locator(`.cnv-row[href*="${id}"]`).waitFor({ state: 'detached' });
    await page.waitForSelector('.thread-head[data-pending="false"]');
    await page.keyboard.press('o');
    await page.locator('.thread-head .tag').filter({ hasText: 'Open' }).waitFor();
    await page.waitForSelector('.thread-head[data-pending="false"]');
    await page.locator(`.cnv-row[href*="${id}"][aria-current]`).waitFor();
    await page.keyboard.press('e');
    await page.waitForFunction((old) => !location.pathname.endsWith(old), id);
    assert.equal((await find(page, id)).state, 'resolved');
  }));

test('a change that is refused rolls back and shows what there is', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await page.waitForSelector('.thread-verbs button');
    await page.route(`**/v1/conversations/${id}`, async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue();
      return route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ status: 409, code: 'changed_meanwhile', title: 'x' }) });
    });
    await page.keyboard.press('m');
    await page.locator('.toast').filter({ hasText: 'Somebody has changed it meanwhile' }).waitFor();
    await page.locator('.thread-verbs button').first().filter({ hasText: 'Nobody' }).waitFor();
  }));

test('labels, priority and every verb are in the palette', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await page.waitForSelector('.thread-verbs button');
    for (const name of ['Reply', 'Note', 'Assign', 'Snooze', 'Resolve', 'Mark as spam', 'Merge into another', 'Labels', 'Priority', 'Team', 'Next conversation', 'New conversation']) {
      await page.keyboard.press('Control+k');
      await page.locator('dialog[open] input').fill(name);
      await page.locator('.palette [role="option"]').filter({ hasText: name }).first().waitFor();
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog[open]', { state: 'detached' });
    }
    await page.keyboard.press('l');
    await page.locator('.choice-line').filter({ hasText: 'VIP' }).click();
    await page.locator('.choice-line').filter({ hasText: 'Refund' }).click();
    await page.locator('dialog footer button').click();
    await page.locator('.thread-verbs button').filter({ hasText: 'VIP' }).waitFor();
    await page.waitForSelector('.thread-head[data-pending="false"]');
    assert.equal((await find(page, id)).labels.length, 2);
  }));

test('HTML shows in its frame: nothing runs, and no picture from outside is asked for until somebody wants it', mock, () =>
  with_page(async ({ page, go, faults }) => {
    const asked = [];
    await page.route('**/tracker.example.org/**', (route) => {
      asked.push(route.request().url());
      return route.fulfill({ status: 200, contentType: 'image/gif', body: '' });
    });
    await opened(page, go);
    await page.locator('.msg .link[aria-expanded]').click();
    const frame = () => page.frames().find((one) => one.url().endsWith('/letter/'));
    const framed = async () => {
      while (!frame()) await page.waitForTimeout(20);
    };
    await page.waitForSelector('.letter-frame');
    await framed();
    await frame().waitForFunction(() => document.body?.textContent.includes('Is there any news?'));
    await page.waitForTimeout(300);
    assert.deepEqual(asked, []);
    assert.notEqual(await frame().evaluate(() => document.title), 'ran');
    await page.getByRole('button', { name: 'Show them' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.letter-frame').length === 1);
    for (let wait = 0; wait < 50 && !asked.length; wait += 1) await page.waitForTimeout(50);
    assert.equal(asked.length, 1);
    await framed();
    assert.notEqual(await frame().evaluate(() => document.title), 'ran');
    // Its styles are its own, it covers nothing outside of its frame, and leads nobody away.
    const address = page.url();
    assert.equal(await frame().evaluate(() => getComputedStyle(document.body).color), 'rgb(1, 2, 3)');
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).color), 'rgb(1, 2, 3)');
    const covered = await page.evaluate(() => {
      const box = document.querySelector('.letter-frame').getBoundingClientRect();
      const below = [[5, 5], [innerWidth - 5, innerHeight - 5], [box.left - 5, box.top + 5]];
      return below.filter(([x, y]) => document.elementFromPoint(x, y)?.matches('.letter-frame'));
    });
    assert.deepEqual(covered, []);
    await frame().evaluate(() => {
      document.querySelector('#away').click();
      document.querySelector('#form').requestSubmit();
    });
    await page.waitForTimeout(300);
    assert.equal(page.url(), address);
    assert.equal(await frame().evaluate(() => document.querySelectorAll('meta').length), 0);
    // The browser says in the console what the policy refused.
    assert.deepEqual(faults.splice(0).filter((text) => !/Content Security Policy|frame is sandboxed/.test(text)), []);
  }));

test('a lost connection is shown, what was typed stays, and the screen catches up', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await page.keyboard.press('r');
    await page.keyboard.type('Kept');
    await page.route('**/v1/events', (route) => route.abort());
    world.mock.cut();
    await page.locator('.banner').waitFor({ timeout: 10_000 });
    assert.match(await text_of(page), /Kept/);
    await receive(page, { conversation: id, text: 'While you were away' });
    await page.unroute('**/v1/events');
    await page.locator('.msg').filter({ hasText: 'While you were away' }).waitFor({ timeout: 20_000 });
    assert.match(await text_of(page), /Kept/);
  }));

test('older messages come when they are asked for, and the place stays', mock, () =>
  with_page(async ({ page, go }) => {
    await go('/inbox');
    await page.waitForSelector('.cnv-row');
    const { items } = await world.api(page, '/v1/conversations?limit=200');
    const long = items.find((one) => one.messages > 40);
    await go(`/inbox/${long.id}`);
    await page.waitForSelector('.msg');
    await page.waitForFunction(() => {
      const sheet = document.querySelector('.messages');
      return sheet.scrollHeight - sheet.scrollTop - sheet.clientHeight < 4;
    });
    const before = await page.locator('.msg').count();
    await page.locator('.messages .more button').click();
    await page.waitForFunction((old) => document.querySelectorAll('.msg').length > old, before);
    assert.equal(await page.locator('.msg').count(), long.messages);
    assert.equal(await page.locator('.messages .more button').count(), 0);
  }));

test('what could be the same is merged by one button and taken apart by another', mock, () =>
  with_page(async ({ page, go }) => {
    await go('/inbox');
    await page.waitForSelector('.cnv-row');
    const { items } = await world.api(page, '/v1/conversations?limit=200');
    let found;
    for (const one of items) {
      const whole = await find(page, one.id);
      if (whole.suggestions.length) found = whole;
    }
    await go(`/inbox/${found.id}`);
    await page.waitForSelector('.msg');
    await page.keyboard.press('i');
    await page.locator('.inbox-side .note').getByRole('button', { name: 'Merge into another' }).click();
    await page.waitForURL(new RegExp(found.suggestions[0].conversation));
    assert.equal((await find(page, found.id)).state, 'merged');
    await page.locator('.inbox-side').getByRole('button', { name: 'Undo the merge' }).click();
    await page.locator('.toast').filter({ hasText: 'Its messages are back.' }).waitFor();
    assert.equal((await find(page, found.id)).state, 'open');
  }));

test('a conversation is begun by mail; what is missing is said at its field, and the sheet survives a reload', mock, () =>
  with_page(async ({ page, go }) => {
    const subject = `Welcome ${marker()}`;
    await go('/inbox/new');
    await page.locator('#new-subject').fill(subject);
    await page.locator('.new-conversation .primary').click();
    await page.locator('#new-to[aria-invalid]').waitFor();
    await page.locator('#new-text').click();
    await page.keyboard.type('Dear Amelia');
    await page.reload();
    await page.waitForFunction((wanted) => document.querySelector('#new-subject')?.value === wanted, subject);
    await page.locator('#new-to').fill('amelia.hart@example.org');
    await page.locator('.new-conversation .primary').click();
    await page.waitForURL(/\/inbox\/cnv_/);
    await page.locator('.thread-head').filter({ hasText: subject }).waitFor();
  }));

test('a file goes with an answer', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    await page.keyboard.press('r');
    await page.keyboard.type('Here it is.');
    await page.locator('.composer input[type="file"]').setInputFiles({ name: 'invoice.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') });
    await page.locator('.composer-files .file').filter({ hasText: 'invoice.pdf' }).locator('button').waitFor();
    await page.waitForSelector('.composer-files progress', { state: 'detached' });
    await page.locator('.composer-foot .primary').click();
    await page.locator('.msg-files').filter({ hasText: 'invoice.pdf' }).waitFor();
    assert.equal((await messages(page, id))[0].attachments.length, 1);
  }));

test('a list that cannot be read says so and can be tried again', mock, () =>
  with_page(async ({ page, go }) => {
    await page.route('**/v1/conversations?**', (route) => route.abort());
    await go('/inbox');
    await page.locator('.inbox-list [role="alert"] button').waitFor();
    await page.unroute('**/v1/conversations?**');
    await page.locator('.inbox-list [role="alert"] button').click();
    await page.waitForSelector('.cnv-row');
  }));

test('on a narrow screen one pane shows at a time, and the way back is there', mock, () =>
  with_page(async ({ page, go }) => {
    await go('/inbox');
    await page.waitForSelector('.cnv-row');
    assert.equal(await page.locator('.inbox-thread').isVisible(), false);
    await page.locator('.cnv-row').first().click();
    await page.locator('.inbox-thread h1').waitFor();
    assert.equal(await page.locator('.inbox-list').isVisible(), false);
    await page.locator('.thread-head .back-to-list').click();
    await page.locator('.inbox-list h1').waitFor();
    await page.locator('.views-button').click();
    await page.locator('.inbox-views a').first().click();
    await page.waitForURL(/view=mine/);
    await page.locator('.inbox-list h1').filter({ hasText: 'Mine' }).waitFor();
    assert.equal(await page.locator('.inbox-views').isVisible(), false);
  }, { width: 360 }));

const real = { skip: on_mock, timeout: 90_000 };

test('on a real server: a mailbox, a team and a label are made, a conversation is begun, taken back, answered, noted, labelled and resolved', real, () =>
  with_page(async ({ page, go }) => {
    const mark = marker();
    const made = async (place, fill) => {
      await go(place);
      await page.locator('.head .primary, .blank .primary').first().click();
      await fill();
      await page.locator('dialog .primary').click();
      await page.waitForSelector('dialog[open]', { state: 'detached' });
      await page.locator('.lines').filter({ hasText: mark }).waitFor();
    };
    await made('/settings/teams', () => page.locator('#team-name').fill(`Team ${mark}`));
    await made('/settings/labels', () => page.locator('#label-name').fill(`Label ${mark}`));
    await made('/settings/mailboxes', async () => {
      await page.locator('#mailbox-address').fill(`box-${mark}@example.org`);
      await page.locator('#mailbox-name').fill(`Box ${mark}`);
      await page.locator('#mailbox-signature-en').fill('Kind regards');
    });
    await go('/inbox/new');
    await page.locator('#new-mailbox option').filter({ hasText: mark }).waitFor({ state: 'attached' });
    await page.locator('#new-mailbox').selectOption({ label: `Box ${mark} <box-${mark}@example.org>` });
    await page.locator('#new-to').fill(`ada-${mark}@example.org`);
    await page.locator('#new-subject').fill(`Welcome ${mark}`);
    await page.locator('#new-text').click();
    await page.keyboard.type('Dear Ada');
    await page.locator('.new-conversation .primary').click();
    await page.waitForURL(/\/inbox\/cnv_/);
    const id = page.url().match(/cnv_\w+/)[0];
    await page.locator('.msg[data-direction="out"]').filter({ hasText: 'Dear Ada' }).waitFor();
    await page.locator('.msg').filter({ hasText: 'Taken by their mail server' }).waitFor({ timeout: 30_000 });
    await page.keyboard.press('r');
    await page.keyboard.type('One more thing.');
    await page.keyboard.press('Control+Enter');
    const sent = page.locator('.msg[data-direction="out"]').filter({ hasText: 'One more thing.' });
    await sent.getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(() => (document.querySelector('#composer-text')?.innerText ?? document.querySelector('#composer-text')?.value ?? '').includes('One more thing.'));
    await page.locator('.composer .chip').last().click();
    await page.locator('#composer-text').click();
    await page.keyboard.type('Rang her up.');
    await page.locator('.composer-foot .primary').click();
    await page.locator('.msg[data-direction="note"]').filter({ hasText: 'Rang her up.' }).waitFor();
    await page.waitForSelector('.composer', { state: 'detached' });
    await page.keyboard.press('l');
    await page.locator('.choice-line').filter({ hasText: mark }).click();
    await page.locator('dialog footer button').click();
    await page.locator('.thread-verbs button').filter({ hasText: mark }).first().waitFor();
    await page.waitForSelector('.thread-head[data-pending="false"]');
    await page.keyboard.press('t');
    await page.locator('dialog input').fill(mark);
    await page.keyboard.press('Enter');
    await page.locator('.thread-verbs button').filter({ hasText: `Team ${mark}` }).waitFor();
    await page.waitForSelector('.thread-head[data-pending="false"]');
    await page.keyboard.press('i');
    await page.locator('.inbox-side').filter({ hasText: `ada-${mark}@example.org` }).waitFor();
    await page.locator('.inbox-side .timeline').filter({ hasText: 'Conversation began' }).waitFor();
    await page.keyboard.press('e');
    await page.locator('.toast').filter({ hasText: 'resolved' }).waitFor();
    assert.equal((await find(page, id)).state, 'resolved');
    await go(`/inbox?state=resolved`);
    await page.locator('.cnv-row').filter({ hasText: mark }).waitFor();
  }));

test('a search opens over the list by its key, finds as one types, marks the words, and goes back to the view', mock, () =>
  with_page(async ({ page, go }) => {
    const word = `Quokka${marker()}`;
    await opened(page, go, `${word} from afar`);
    await go('/inbox?view=mine');
    await page.waitForSelector('#view-title');
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.id === 'inbox-search');
    await page.keyboard.type(word.slice(0, -1).toLowerCase());
    await page.locator('.cnv-row mark').first().filter({ hasText: word.slice(0, -1) }).waitFor();
    assert.equal(await page.locator('.cnv-row').count(), 1);
    assert.match(new URL(page.url()).search, /q=quokka/);
    await page.keyboard.press('ArrowDown');
    assert.ok(await page.evaluate(() => document.activeElement?.classList.contains('cnv-row')));
    await page.keyboard.press('Enter');
    await page.waitForSelector('.msg');
    assert.ok(await page.locator('.cnv-row mark').count());
    await page.locator('#inbox-search').focus();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => new URLSearchParams(location.search).get('view') === 'mine');
  }));

test('a search completes filters, refuses in the reader’s words, and leads to a number from the palette', mock, () =>
  with_page(async ({ page, go }) => {
    const conversation = await opened(page, go);
    const { number } = await find(page, conversation);
    await go('/inbox?q=');
    await page.locator('#inbox-search').fill('is:');
    await page.locator('.completion').filter({ hasText: 'is:snoozed' }).click();
    assert.equal(await page.locator('#inbox-search').inputValue(), 'is:snoozed ');
    await page.locator('#inbox-search').fill('!');
    await page.locator('.list-foot[role="alert"]').filter({ hasText: 'Type a letter or a digit.' }).waitFor();
    await go('/deliveries');
    await page.waitForSelector('#search');
    await page.keyboard.press('Control+k');
    await page.locator('[role="combobox"]').waitFor();
    await page.keyboard.type(`#${number}`);
    await page.locator('.palette [role="option"]').filter({ hasText: `#${number} ` }).click();
    await page.waitForURL((url) => url.pathname.endsWith(conversation));
  }));
