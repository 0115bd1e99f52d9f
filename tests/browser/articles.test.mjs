// What authors do in the console's knowledge base: over the mock server, where every reply and fault can be had at will, and over the real one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { on_mock, start } from './fixture.mjs';
import { inbox, marker } from './inbox_fixture.mjs';

let world;
before(async () => (world = await start()));
after(() => world?.stop());

const mock = { skip: !on_mock, timeout: 60_000 };
const both = { timeout: 60_000 };
const { with_page } = inbox(() => world);
const root = '/v1/knowledge';
const call = (page, method, target, body) => world.api(page, root + target, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const text_of = (page, id, locale = 'en') => call(page, 'GET', `/articles/${id}/translations/${locale}`);
const author = (page, body) => world.api(page, '/mock/author', { method: 'POST', body: JSON.stringify(body) });
const area = (page) => page.locator('#article-body');
const saved = (page) => page.getByText('Draft saved').waitFor();

// An article of this test's own, open on the page.
async function opened(page, go, { body = 'One line.\n', publish = false, ...more } = {}) {
  await go('/knowledge');
  await page.waitForSelector('h1');
  const made = await call(page, 'POST', '/articles', { locale: 'en', title: `About ${marker()}`, body, products: [], ...more });
  assert.ok(made.id, JSON.stringify(made));
  if (publish) await released(page, made.id);
  await go(`/knowledge/${made.id}?locale=en`);
  await area(page).waitFor();
  return made.id;
}
async function released(page, id, locale = 'en') {
  const { version } = await text_of(page, id, locale);
  const now = await call(page, 'POST', `/articles/${id}/translations/${locale}/publication`, { version });
  assert.equal(now.state, 'published', JSON.stringify(now));
}

test('an article is begun by keys, written with live preview, saved by itself, published, and found in the list', both, () =>
  with_page(async ({ page, go }) => {
    await go('/knowledge');
    await page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.loading'));
    await page.keyboard.press('n');
    const title = `Parcels ${marker()}`;
    await page.locator('#article-new-title').fill(title);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/knowledge\/kar_/);
    await area(page).click();
    await page.keyboard.type('How long does it ');
    await page.keyboard.press('Control+b');
    await page.keyboard.type('take');
    await page.keyboard.press('Control+b');
    await page.keyboard.type('?');
    assert.equal(await area(page).inputValue(), 'How long does it **take**?');
    await page.locator('.article-preview strong', { hasText: 'take' }).waitFor();
    await saved(page);
    const id = /kar_\w+/.exec(page.url())[0];
    assert.equal((await text_of(page, id)).body, 'How long does it **take**?');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.locator('dialog').getByRole('button', { name: 'Publish', exact: true }).click();
    await page.locator('.head .tag.assured', { hasText: 'Published' }).waitFor();
    await go('/knowledge');
    await page.locator('.article-row').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(title);
    await page.locator('.article-row', { hasText: title }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('.article-row').length === 1);
  }));

test('the editor goes on with lists, can be undone, and leaves an input method alone', both, () =>
  with_page(async ({ page, go }) => {
    await opened(page, go, { body: 'x' });
    await area(page).fill('');
    await page.keyboard.type('- one');
    await page.keyboard.press('Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.keyboard.type('end');
    assert.equal(await area(page).inputValue(), '- one\n- two\nend');
    await area(page).selectText();
    await page.getByRole('button', { name: /^Quot/ }).click();
    assert.equal(await area(page).inputValue(), '> - one\n> - two\n> end');
    await page.keyboard.press('Control+z');
    assert.equal(await area(page).inputValue(), '- one\n- two\nend');
    // Enter takes what is composed; the list does not go on.
    const session = await page.context().newCDPSession(page);
    await area(page).fill('- ');
    await page.keyboard.press('End');
    await session.send('Input.imeSetComposition', { text: 'せつめい', selectionStart: 4, selectionEnd: 4 });
    await page.evaluate(() => document.getElementById('article-body').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true })));
    assert.equal(await area(page).inputValue(), '- せつめい');
    await session.send('Input.insertText', { text: '説明' });
    assert.equal(await area(page).inputValue(), '- 説明');
    await saved(page);
  }));

test('the toolbar is one stop of the Tab key, and arrows go along it', both, () =>
  with_page(async ({ page, go }) => {
    await opened(page, go);
    await page.getByRole('button', { name: /^Bold/ }).focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /Italic/);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'article-body');
  }));

test('a picture that is dropped or pasted is uploaded and comes where the caret was, while one writes on', both, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go, { body: 'Before\n\nAfter' });
    await area(page).evaluate((sheet) => { sheet.focus(); sheet.setSelectionRange(7, 7); });
    await page.evaluate(() => {
      const bytes = Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='), (one) => one.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], 'plan.png', { type: 'image/png' }));
      document.getElementById('article-body').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await page.waitForFunction(() => /^Before\n!\[plan\]\(file:kfl_\w+\)\nAfter$/.test(document.getElementById('article-body').value));
    await page.locator('.article-preview img').waitFor();
    await page.waitForFunction(() => document.querySelector('.article-preview img').naturalWidth > 0);
    // Dropped while one writes elsewhere: it comes where the caret was.
    await page.route('**/v1/knowledge/files?*', async (route) => {
      await new Promise((done) => setTimeout(done, 600));
      await route.continue();
    });
    await area(page).evaluate((sheet) => {
      sheet.focus();
      sheet.setSelectionRange(sheet.value.length, sheet.value.length);
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='), (one) => one.charCodeAt(0))], 'map.png', { type: 'image/png' }));
      sheet.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      sheet.setSelectionRange(0, 0);
    });
    await page.locator('.composer-files', { hasText: 'map.png' }).waitFor();
    await page.keyboard.type('Long ');
    await page.waitForFunction(() => /^Long Before\n[^\n]*\nAfter!\[map\]\(file:kfl_\w+\)$/.test(document.getElementById('article-body').value));
    await page.keyboard.type('way ');
    assert.match(await area(page).inputValue(), /^Long way Before/);
    await page.unroute('**/v1/knowledge/files?*');
    await saved(page);
    assert.match((await text_of(page, id)).body, /file:kfl_/);
    await go('/knowledge/files');
    await page.locator('.lines li', { hasText: 'plan.png' }).first().waitFor();
  }));

test('an upload that is refused says why, and the text stays', mock, () =>
  with_page(async ({ page, go }) => {
    await opened(page, go, { body: 'Stays' });
    await page.locator('.source input[type=file]').setInputFiles({ name: 'setup.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') });
    await page.locator('.composer-files [role=alert]', { hasText: 'not taken' }).waitFor();
    assert.equal(await area(page).inputValue(), 'Stays');
    await page.getByRole('button', { name: 'Remove setup.exe' }).click();
    await page.waitForFunction(() => !document.querySelector('.composer-files'));
  }));

test('a link to another article is picked by its title', both, () =>
  with_page(async ({ page, go }) => {
    await go('/knowledge');
    await page.waitForSelector('h1');
    const word = marker();
    const target = await call(page, 'POST', '/articles', { locale: 'en', title: `Prices ${word}`, body: 'x', products: [] });
    await opened(page, go, { body: 'See here.' });
    await area(page).evaluate((sheet) => { sheet.focus(); sheet.setSelectionRange(4, 8); });
    await page.keyboard.press('Control+Shift+l');
    await page.locator('#link-to').pressSequentially(`Prices ${word}`);
    await page.locator('.suggest-list [role=option]', { hasText: word }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForFunction((id) => document.getElementById('article-body').value === `See [here](article:${id}).`, target.id);
    await saved(page);
  }));

test('nothing of a text runs in its preview, and a preview that fails says so while one writes on', mock, () =>
  with_page(async ({ page, faults, go }) => {
    await opened(page, go, { body: 'x' });
    await page.route('**/v1/knowledge/preview', (route) => route.fulfill({ json: { html: '<p>shown</p><script>window.ran=1</script><img src=x onerror="window.ran=1"><a href="javascript:window.ran=1">bad</a><iframe src="/"></iframe><h2 id="page">Heading</h2>', outline: [], words: 2, findings: [{ rule: 'link_refused', text: 'javascript:window.ran=1', line: 1 }] } }));
    await area(page).fill('y');
    await page.locator('.reading p', { hasText: 'shown' }).waitFor();
    assert.equal(await page.locator('.reading script, .reading iframe, .reading [onerror]').count(), 0);
    assert.equal(await page.locator('.reading a').getAttribute('href'), null);
    assert.equal(await page.locator('#page').count(), 1);  // the page's own
    assert.equal(await page.evaluate(() => window.ran), undefined);
    // The browser says that its policy would have kept it away, too.
    faults.splice(0, faults.length, ...faults.filter((text) => !/Executing inline event handler/.test(text)));
    await page.getByRole('button', { name: /Line 1/ }).click();
    await page.unroute('**/v1/knowledge/preview');
    await area(page).fill('[[[[[[[[[[[[');
    await page.locator('.article-preview .note', { hasText: 'nested too deeply' }).waitFor();
    await saved(page);
  }));

test('the preview asks seldom while one types, and an old answer never covers a new one', mock, () =>
  with_page(async ({ page, go }) => {
    await opened(page, go, { body: 'x' });
    await page.locator('.reading p').waitFor();
    const before = world.mock.world.knowledge.previews;
    await area(page).fill('');
    await area(page).pressSequentially('Twenty letters in all', { delay: 25 });
    await page.locator('.reading p', { hasText: 'Twenty letters in all' }).waitFor();
    const asked = world.mock.world.knowledge.previews - before;
    assert.ok(asked >= 1 && asked <= 4, `${asked} times`);
    let slow = true;
    await page.route('**/v1/knowledge/preview', async (route) => {
      const wait = slow;
      slow = false;
      if (wait) await new Promise((done) => setTimeout(done, 1_500));
      await route.continue().catch(() => undefined);  // taken back meanwhile
    });
    await area(page).fill('The old words');
    await page.waitForTimeout(400);
    await area(page).fill('The new words');
    await page.locator('.reading p', { hasText: 'The new words' }).waitFor();
    await page.waitForTimeout(1_500);
    assert.equal(await page.locator('.reading p', { hasText: 'The old words' }).count(), 0);
  }));

test('without a connection words stay in the browser, over a reload, and are saved when it is back', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go, { body: 'One' });
    await page.route('**/translations/en', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
    await area(page).fill('One and more');
    await page.getByText('Kept in this browser only').waitFor();
    await page.reload();
    await area(page).waitFor();
    assert.equal(await area(page).inputValue(), 'One and more');
    await page.unroute('**/translations/en');
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await saved(page);
    assert.equal((await text_of(page, id)).body, 'One and more');
  }));

// Another author, by the API alone: what the mock does is what a second window does.
async function other_saves(page, id, body) {
  const now = await text_of(page, id);
  const done = await call(page, 'PUT', `/articles/${id}/translations/en`, { version: now.version, title: now.title, summary: now.summary, body });
  assert.equal(done.body, body, JSON.stringify(done));
}

test('two authors at once: both texts are shown, put together place by place, and nothing is lost', both, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go, { body: 'First\n\nSecond\n\nThird' });
    // What is heard of the other comes too late.
    await page.route('**/translations/en', (route) => (route.request().method() === 'PUT' ? new Promise((done) => setTimeout(() => done(route.continue()), 400)) : route.continue()));
    await area(page).fill('First of mine\n\nSecond of mine\n\nThird');
    await other_saves(page, id, 'First\n\nSecond of theirs\n\nThird of theirs');
    await page.locator('.conflict').waitFor();
    await page.unroute('**/translations/en');
    assert.match((await text_of(page, id)).body, /Second of theirs/);
    // By itself each change of one side is taken, and where both changed, both stand.
    const both_places = page.locator('.conflict-place', { hasText: 'Second of mine' });
    await both_places.getByLabel('Theirs', { exact: true }).check();
    await page.getByRole('button', { name: 'Save this' }).click();
    await area(page).waitFor();
    await saved(page);
    assert.equal((await text_of(page, id)).body, 'First of mine\n\nSecond of theirs\n\nThird of theirs');
    await page.getByText('set aside in this browser').waitFor();
    await page.reload();
    await page.getByText('set aside in this browser').waitFor();
    await page.getByText('Show it').click();
    await page.locator('.note pre', { hasText: 'Second of mine' }).waitFor();
    await page.getByRole('button', { name: 'It is no longer needed' }).click();
  }));

test("what somebody else saves appears by itself where nothing of one's own waits", both, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go, { body: 'Old' });
    await other_saves(page, id, 'New of theirs');
    await page.waitForFunction(() => document.getElementById('article-body').value === 'New of theirs');
  }));

test('a translation stands beside its source, is marked when the source moves on, shows what changed, and is up to date again', both, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go, { body: 'Press Download.', publish: true });
    await page.getByRole('button', { name: /Italiano/ }).click();
    await page.locator('.source-raw', { hasText: 'Press Download.' }).waitFor();
    await page.locator('#article-title').fill('Titolo');
    await area(page).fill('Prema Scarica.');
    await saved(page);
    assert.equal((await text_of(page, id, 'it')).made_from, 1);
    const source = await text_of(page, id);
    await call(page, 'PUT', `/articles/${id}/translations/en`, { version: source.version, title: source.title, summary: '', body: 'Press Save instead.' });
    await released(page, id);
    await page.getByRole('button', { name: 'What changed since' }).click();
    await page.locator('.compared ins, .compared-added', { hasText: 'Save' }).first().waitFor();
    assert.ok(await page.locator('.compared-sign', { hasText: '+' }).count());
    await page.getByRole('button', { name: 'It is up to date again' }).click();
    await page.waitForFunction(() => !document.querySelector('.note.warning'));
    assert.equal((await text_of(page, id, 'it')).made_from, 2);
    assert.equal((await text_of(page, id, 'it')).outdated, false);
  }));

test('versions are compared side by side and inline, and an old one is taken back as a draft', both, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go, { body: 'The price is 10.', publish: true });
    const source = await text_of(page, id);
    await call(page, 'PUT', `/articles/${id}/translations/en`, { version: source.version, title: source.title, summary: '', body: 'The price is 12.' });
    await released(page, id);
    await go(`/knowledge/${id}?locale=en&part=versions`);
    await page.locator('.compared-removed', { hasText: '10' }).waitFor();
    await page.locator('.compared-added', { hasText: '12' }).waitFor();
    await page.getByRole('button', { name: 'One below the other' }).click();
    assert.deepEqual(await page.locator('.compared-sign').allInnerTexts(), ['−', '+']);
    await page.locator('.lines li', { hasText: 'Version 1' }).getByRole('button').click();
    await page.getByRole('button', { name: 'Replace the draft' }).click();
    await page.waitForFunction(() => document.getElementById('article-body')?.value.trim() === 'The price is 10.');
    const now = await text_of(page, id);
    assert.deepEqual([now.state, now.number, now.body.trim()], ['draft', 2, 'The price is 10.']);
  }));

test('a text is handed in, returned with words, approved, and published at a time', both, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go);
    const dialog = page.locator('dialog[open]');
    await page.getByRole('button', { name: 'Hand in for review' }).click();
    await dialog.locator('#step-comment').fill('Please look at the price.');
    await dialog.getByRole('button', { name: 'Hand in for review' }).click();
    await page.locator('.note', { hasText: 'Please look at the price.' }).waitFor();
    await page.getByRole('button', { name: 'Ask for changes' }).click();
    await dialog.getByRole('button', { name: 'Ask for changes' }).click();
    await dialog.locator('.wrong', { hasText: 'Say what is to be changed' }).waitFor();
    await dialog.locator('#step-comment').fill('The price is missing.');
    await dialog.getByRole('button', { name: 'Ask for changes' }).click();
    await page.locator('.note.warning', { hasText: 'The price is missing.' }).waitFor();
    await page.getByRole('button', { name: 'Hand in for review' }).click();
    await dialog.getByRole('button', { name: 'Hand in for review' }).click();
    await page.getByRole('button', { name: 'Approve' }).click();
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await page.locator('.note.assured').waitFor();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await dialog.getByLabel('At a time').check();
    await dialog.locator('#publish-at').fill('2020-01-01T10:00');
    await dialog.getByRole('button', { name: 'Schedule' }).click();
    await dialog.locator('.wrong').waitFor();
    await dialog.locator('#publish-at').fill(`${new Date().getFullYear() + 2}-01-01T10:00`);
    await dialog.getByRole('button', { name: 'Schedule' }).click();
    await page.locator('.head .tag', { hasText: 'Scheduled' }).waitFor();
    assert.equal((await text_of(page, id)).state, 'scheduled');
    await page.getByRole('button', { name: 'Take off the schedule' }).click();
    await page.getByRole('button', { name: 'Publish', exact: true }).waitFor();
  }));

test('what one may not do is not offered', mock, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go, { publish: true });
    world.mock.world.without = ['knowledge.publish'];
    try {
      await go(`/knowledge/${id}?locale=en`);
      await area(page).waitFor();
      await area(page).fill('Changed');
      await page.getByRole('button', { name: 'Hand in for review' }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Publish', exact: true }).count(), 0);
      assert.equal(await page.getByRole('button', { name: 'Withdraw' }).count(), 0);
      await go('/knowledge/categories');
      await page.locator('.category-line').first().waitFor();
      assert.equal(await page.locator('.category-verbs').count(), 0);
      world.mock.world.without = ['knowledge.publish', 'knowledge.write'];
      await go('/knowledge');
      await page.locator('.article-row').first().waitFor();
      assert.equal(await page.getByRole('button', { name: 'New article' }).count(), 0);
      await go(`/knowledge/${id}?locale=en`);
      await page.locator('.reading').waitFor();
      assert.equal(await area(page).count(), 0);
      world.mock.world.without = ['knowledge.read', 'knowledge.publish', 'knowledge.write'];
      await go('/inbox');
      await page.waitForSelector('.cnv-row');
      assert.equal(await page.locator('.rail a[href$="/knowledge"]').count(), 0);
    } finally {
      delete world.mock.world.without;
    }
  }));

test('what an article is, is changed; it is looked through, retired and restored', both, () =>
  with_page(async ({ page, go }) => {
    const id = await opened(page, go, { publish: true });
    await go(`/knowledge/${id}?locale=en&part=facts`);
    await page.locator('#facts-kind').selectOption('question');
    await page.getByLabel('Agents only').check();
    await page.locator('#facts-days').fill('9999');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('#facts-days-wrong').waitFor();
    await page.locator('#facts-days').fill('90');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.toast').first().waitFor();
    const now = await call(page, 'GET', `/articles/${id}`);
    assert.deepEqual([now.kind, now.audience.kind, now.review_every_days], ['question', 'agents', 90]);
    await page.getByRole('button', { name: 'Looked through: it is right' }).click();
    await page.getByText(/^Due /).waitFor();
    await page.getByRole('button', { name: 'Retire', exact: true }).click();
    await page.getByRole('button', { name: 'Hide it from all readers' }).click();
    await page.getByText('This article is retired').waitFor();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('button', { name: 'Retire', exact: true }).waitFor();
  }));

test('categories are made, put into each other and in order by keys, buttons and pointer', both, () =>
  with_page(async ({ page, go }) => {
    await go('/knowledge/categories');
    await page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.loading'));
    const word = marker();
    for (const name of ['Alpha', 'Beta', 'Gamma']) {
      await page.getByRole('button', { name: 'New category', exact: true }).first().click();
      await page.locator('dialog #category-name-en').fill(`${name} ${word}`);
      await page.locator('dialog').getByRole('button', { name: 'Save' }).click();
      await page.locator('dialog').waitFor({ state: 'detached' });
      await page.locator('.category-line', { hasText: `${name} ${word}` }).waitFor();
    }
    const line = (name) => page.locator('.category-line', { hasText: `${name} ${word}` });
    const order = () => page.locator('.category-line', { hasText: word }).evaluateAll((lines) => lines.map((one) => `${'-'.repeat(Number(one.dataset.depth))}${one.innerText.trim().split(' ')[0]}`));
    const becomes = (wanted) => page.waitForFunction(([text, mark]) => [...document.querySelectorAll('.category-line')].filter((one) => one.innerText.includes(mark)).map((one) => `${'-'.repeat(Number(one.dataset.depth))}${one.innerText.trim().split(' ')[0]}`).join() === text && document.querySelector('.category-tree').dataset.pending === 'false', [wanted, word]);
    await becomes('Alpha,Beta,Gamma');
    await line('Gamma').focus();
    await page.keyboard.press('Alt+ArrowUp');
    await becomes('Alpha,Gamma,Beta');
    await page.keyboard.press('Alt+ArrowRight');
    await becomes('Alpha,-Gamma,Beta');
    await page.getByRole('button', { name: `Move Gamma ${word} one level up` }).click();
    await becomes('Alpha,Gamma,Beta');
    await line('Beta').dragTo(line('Alpha'), { targetPosition: { x: 200, y: 4 } });
    await becomes('Beta,Alpha,Gamma');
    const kept = (await call(page, 'GET', '/categories')).items.filter((one) => one.name.en.includes(word)).sort((a, b) => a.position - b.position);
    assert.deepEqual(kept.map((one) => one.name.en.split(' ')[0]), ['Beta', 'Alpha', 'Gamma']);
    assert.deepEqual(await order(), ['Beta', 'Alpha', 'Gamma']);
    await page.getByRole('button', { name: `Delete Beta ${word}` }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await line('Beta').waitFor({ state: 'detached' });
  }));

test('filters live in the address, and an empty list says what to do', mock, () =>
  with_page(async ({ page, go }) => {
    await go('/knowledge');
    await page.locator('.article-row').first().waitFor();
    await page.getByRole('button', { name: /^Review due/ }).click();
    await page.waitForURL(/only=due/);
    await page.waitForFunction(() => [...document.querySelectorAll('.article-row')].every((row) => row.innerText.includes('Review due')));
    await page.getByLabel('State').selectOption('withdrawn');
    await page.getByText('No article matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.locator('.article-row').first().waitFor();
  }));

test('the report shows the worst first, and feedback can be erased', mock, () =>
  with_page(async ({ page, go }) => {
    await go('/knowledge/feedback');
    await page.locator('table tbody tr').first().waitFor();
    const shown = await page.locator('table tbody tr td:nth-child(4)').allInnerTexts();
    assert.deepEqual(shown, [...shown].sort((a, b) => b - a));
    await page.getByRole('button', { name: 'Did not help', exact: true }).click();
    await page.waitForFunction(() => document.querySelectorAll('.feedback').length > 0 && [...document.querySelectorAll('.feedback > .icon')].every((one) => one.getAttribute('aria-label') === 'Did not help'));
    const first = async () => (await call(page, 'GET', '/feedback?helped=false&limit=1')).items[0].id;
    const before = await first();
    await page.locator('.feedback').first().getByRole('button').click();
    await page.getByRole('button', { name: 'Erase for good' }).click();
    await page.locator('.toast', { hasText: 'erased' }).waitFor();
    assert.notEqual(await first(), before);
  }));
