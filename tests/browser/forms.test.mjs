// Web forms on a real server: built with keys and pointer, filled in with and without script, carried by a page of another site; accessible in English and Persian,
// light and dark, wide and narrow, with its errors, under a policy that lets nothing from elsewhere run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { on_mock, shot, start } from './fixture.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let world;
before(async () => (world = on_mock ? undefined : await start()));
after(() => world?.stop());

const real = { skip: on_mock, timeout: 180_000 };
const marker = () => Math.random().toString(36).slice(2, 8);
const words = (en, fa) => ({ en, fa });

// A form of every kind of field, published.
async function put_online(page, slug, more = {}) {
  const post = (target, body) => world.api(page, target, { method: 'POST', body: JSON.stringify(body) });
  const { items } = await world.api(page, '/v1/mailboxes');
  const field = (key, kind, label, rest = {}) => ({ key, kind, label, help: {}, placeholder: {}, choices: [], file_types: [], ...rest });
  const choices = [{ value: 'a', label: words('Water', 'آب') }, { value: 'b', label: words('Power', 'برق') }];
  const definition = {
    locales: ['en', 'fa'], title: words('Report a fault', 'گزارش خرابی'), intro: words('Tell us what happened.', 'بگویید چه شده است.'), button: {}, thanks: {}, mailbox: items[0].id, rules: [], origins: [], guard: { least_seconds: 0 },
    fields: [
      field('name', 'short_text', words('Name', 'نام'), { required: true, use: 'sender_name' }), field('email', 'email', words('E-mail', 'ایمیل'), { required: true, use: 'sender_email', help: words('Answers go there', 'پاسخ به آن می‌آید') }),
      field('phone', 'phone', words('Phone', 'تلفن')), field('meter', 'number', words('Meter', 'کنتور')), field('day', 'date', words('Since when', 'از کی')), field('what', 'choice', words('What', 'چه'), { choices }),
      field('also', 'choices', words('Also', 'نیز'), { choices }), field('here', 'checkbox', words('I am at home', 'در خانه‌ام')), field('photo', 'file', words('Photo', 'عکس')), field('text', 'long_text', words('What happened?', 'چه شده؟'), { required: true, use: 'message' }),
    ],
    consent: { text: words('You may keep this.', 'می‌توانید نگه دارید.') }, ...more,
  };
  const form = await post('/v1/forms', { name: slug, slug, mailbox: items[0].id, definition });
  assert.ok(form.id, JSON.stringify(form));
  const online = await post(`/v1/forms/${form.id}/publication`, { version: form.version });
  assert.equal(online.state, 'published', JSON.stringify(online));
  return online;
}
async function fill(page, text) {
  await page.locator('#i-name').fill('Ada Conti');
  await page.locator('#i-email').fill('ada@example.org');
  await page.locator('#i-text').fill(text);
  await page.locator('#i-consent').check();
}
async function check(page, faults, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations.map((one) => `${one.id}: ${JSON.stringify(one.nodes.map((node) => node.target).slice(0, 3))}`));
  await shot(page, name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) found.push(`${wide} px wider than the screen`);
  return [...found, ...faults.splice(0)].map((text) => `${name}: ${text}`);
}

test('a form is built with keys and pointer, published, filled in, and is a conversation', real, async () => {
  const agent = await world.open();
  const { page, faults, go } = agent;
  await go('/settings/forms');
  await page.getByRole('button', { name: 'New form' }).first().click();
  const slug = `built-${marker()}`;
  await page.locator('#form-name').fill('Built by hand');
  await page.locator('#form-slug').fill(slug);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/\/settings\/forms\/frm_/);
  await page.getByRole('button', { name: 'Fields', exact: true }).click();
  await page.locator('#new-kind').selectOption('number');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('#number-label').fill('Meter number');
  // With keys: from the last place to the one before.
  await page.getByRole('button', { name: 'Move Meter number up' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('#form-language').selectOption('fa');
  await page.getByRole('button', { name: /فارسی/ }).locator('.tag').waitFor();
  await page.getByText('Draft saved').waitFor();
  await page.frameLocator('.builder-preview iframe').locator('main').waitFor();
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.locator('.tag.assured', { hasText: 'Published' }).waitFor();

  const outside = await world.open({ signed: false });
  await outside.page.goto(`${world.url}/f/${slug}`);
  const order = await outside.page.locator('form label').allTextContents();
  assert.ok(order.findIndex((one) => one.includes('Meter')) < order.findIndex((one) => one.includes('Your message')), order.join());
  const text = `It hums since Monday ${marker()}`;
  await outside.page.locator('#i-name').fill('Ada Conti');
  await outside.page.locator('#i-email').fill(`ada.${marker()}@example.org`);
  await outside.page.locator('#i-number').fill('4711');
  await outside.page.locator('#i-message').fill(text);
  assert.equal(await outside.page.locator('#question').isVisible(), false, 'the script does the work');
  await outside.page.waitForTimeout(3000);  // as long as a person needs at least
  await outside.page.getByRole('button', { name: 'Send' }).dblclick();
  await outside.page.waitForURL(/\/done/);
  assert.match(await outside.page.locator('.reference').textContent(), /[0-9A-Z]{4}-[0-9A-Z]{4}/);
  const { items } = await world.api(page, '/v1/conversations?state=open&limit=50');
  const found = items.filter((one) => one.preview.includes(text));
  assert.equal(found.length, 1, 'two clicks are one conversation');
  assert.equal(found[0].channel, 'form');
  await go(`/inbox/${found[0].id}`);
  await page.getByText('4711').first().waitFor();
  assert.deepEqual([...faults, ...outside.faults], []);
  await agent.close();
  await outside.close();
});

test('choices keep their values while lines come and go, and what is typed last is published', real, async () => {
  const { page, faults, go, close } = await world.open();
  await go('/settings/forms');
  const slug = `choices-${marker()}`;
  const { id } = await put_online(page, slug);
  const kept = async () => (await world.api(page, `/v1/forms/${id}`)).definition.fields.find((one) => one.kind === 'choice');
  await go(`/settings/forms/${id}`);
  await page.getByRole('button', { name: 'Fields', exact: true }).click();
  await page.locator('.builder-field', { hasText: 'One choice' }).click();
  await page.locator('#what-choices').fill('Gas\nPower');
  await page.locator('#what-choices').press('Control+End');
  await page.locator('#what-choices').pressSequentially('\nHeat');
  // Renamed where it stands, and still open.
  await page.locator('#what-key').fill('about what');
  await page.keyboard.press('Tab');
  await page.locator('#about_what-label').waitFor();
  // At once: nobody waits until the draft is saved.
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('It is published.').waitFor();
  const field = await kept();
  assert.equal(field.key, 'about_what');
  assert.deepEqual(field.choices, [{ value: 'a', label: { en: 'Gas', fa: 'آب' } }, { value: 'b', label: { en: 'Power', fa: 'برق' } }, { value: 'heat', label: { en: 'Heat' } }]);
  await page.locator('#about_what-choices').fill('Power\nHeat');
  await page.getByRole('button', { name: /فارسی/ }).click();
  await page.locator('#about_what-choices').fill('برق شهر');
  await page.getByText('Draft saved').waitFor();
  assert.deepEqual((await kept()).choices, [{ value: 'b', label: { en: 'Power', fa: 'برق شهر' } }, { value: 'heat', label: { en: 'Heat' } }]);
  // Looking and leaving changes nothing.
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('Changes not published').waitFor({ state: 'detached' });
  await page.locator('a[href$="/settings/forms"]').first().click();
  await page.getByRole('button', { name: 'New form' }).first().waitFor();
  await page.waitForTimeout(500);
  assert.equal((await world.api(page, `/v1/forms/${id}`)).unpublished_changes, false);
  assert.deepEqual(faults, []);
  await close();
});

test('without script the form is whole: errors beside the fields, and a sum instead of the work', real, async () => {
  const agent = await world.open();
  await agent.go('/settings/forms');
  const slug = `plain-${marker()}`;
  await put_online(agent.page, slug);
  const { chromium_page, close } = await plain();
  const page = chromium_page;
  await page.goto(`${world.url}/f/${slug}`);
  await page.locator('button[type=submit]').click();
  const summary = page.locator('#summary');
  await summary.waitFor();
  assert.equal(await summary.locator('a').count(), 5, 'name, e-mail, text, consent, question');
  await fill(page, 'No script runs here.');
  const [, a, b] = /How much is (\d) plus (\d)/.exec(await page.locator('#question label').textContent());
  await page.locator('#i-question').fill(`${Number(a) + Number(b)}`);
  await page.locator('button[type=submit]').click();
  await page.locator('.reference').waitFor();
  const { items } = await world.api(agent.page, '/v1/conversations?state=open&limit=50');
  assert.ok(items.some((one) => one.preview.includes('No script runs here.')));
  await close();
  await agent.close();
});

// A browser that runs no script.
async function plain() {
  const opened = await world.open({ signed: false });
  const context = await opened.page.context().browser().newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  return { chromium_page: await context.newPage(), close: async () => { await context.close(); await opened.close(); } };
}

test('a page of another site carries it if it is named, as high as it is, and others cannot', real, async () => {
  const agent = await world.open();
  await agent.go('/settings/forms');
  const slug = `embedded-${marker()}`;
  const site = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(`<!doctype html><html lang="en"><title>A shop</title><h1>A shop</h1><script src="${world.url}/f/${slug}/embed.js" async></script></html>`));
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  const port = site.address().port;
  await put_online(agent.page, slug, { origins: [`http://127.0.0.1:${port}`] });
  const { page, faults, close } = await world.open({ signed: false });
  await page.goto(`http://127.0.0.1:${port}/`);
  const frame = page.frameLocator('iframe');
  await frame.locator('h1', { hasText: 'Report a fault' }).waitFor();
  await page.waitForFunction(() => document.querySelector('iframe').getBoundingClientRect().height > 900);
  assert.equal(await page.locator('iframe').getAttribute('title'), 'Report a fault');
  const text = `From another site ${marker()}`;
  await fill(frame, text);
  await frame.locator('button[type=submit]').click();
  await frame.locator('.reference').waitFor();
  await page.waitForFunction(() => document.querySelector('iframe').getBoundingClientRect().height < 600);
  const { items } = await world.api(agent.page, '/v1/conversations?state=open&limit=50');
  assert.ok(items.some((one) => one.preview.includes(text)));
  assert.deepEqual(faults, []);
  assert.deepEqual(await page.context().cookies(), [], 'no cookie is set');

  // The same page under a name that the form does not know: the browser puts a page of its own into the frame.
  await page.goto(`http://localhost:${port}/`);
  await page.locator('iframe').waitFor();
  await page.waitForTimeout(1000);
  assert.equal(await page.frameLocator('iframe').getByText('Report a fault').count(), 0, 'a page that is not named shows the form');
  assert.ok(faults.some((one) => one.includes('frame-ancestors')), faults.join());
  site.close();
  await close();
  await agent.close();
});

for (const [locale, scheme, width] of [['en', 'light', 1280], ['en', 'dark', 360], ['fa', 'light', 360], ['fa', 'dark', 1280]])
  test(`the form's pages are accessible and fit: ${locale}, ${scheme}, ${width} px`, real, async () => {
    const agent = await world.open();
    await agent.go('/settings/forms');
    const slug = `seen-${marker()}`;
    await put_online(agent.page, slug);
    const { page, faults, close } = await world.open({ locale, scheme, width, signed: false });
    const name = (what) => `form-${what}-${locale}-${scheme}-${width}`;
    await page.goto(`${world.url}/f/${slug}?lang=${locale}`);
    const wrong = await check(page, faults, name('empty'));
    await page.locator('button[type=submit]').click();
    await page.locator('#summary').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'summary', 'the errors are read first');
    wrong.push(...(await check(page, faults, name('wrong'))));
    await page.goto(`${world.url}/f/${slug}/done?ref=K7QM-2XHD&lang=${locale}`);
    wrong.push(...(await check(page, faults, name('done'))));
    assert.deepEqual(wrong, []);
    await close();
    await agent.close();
  });
