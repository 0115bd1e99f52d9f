// The help centre in Chromium, on a real server: complete without script, rated, searched; accessible in English and Persian, light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { on_mock, shot, start } from './fixture.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let world;
before(async () => (world = on_mock ? undefined : await start()));
after(() => world?.stop());

const real = { skip: on_mock, timeout: 180_000 };
const marker = () => Math.random().toString(36).slice(2, 8);
const text_of = { en: { title: 'Read the meter', lead: 'Where it hangs, and what counts.' }, fa: { title: 'خواندن کنتور', lead: 'کجاست و چه چیزی شمرده می‌شود.' } };
const body = '# Before you begin\n\nTake a *lamp*.\n\n> [!WARNING]\n> Touch no wires.\n\n# The figures\n\n| kind | what to read |\n| --- | ---: |\n| gas | 5 figures |\n\n- [x] figures before the comma\n- [ ] figures behind it\n\n# More\n\n```\nkWh = m³ × 10.4 × 0.95 and a line that is much too long for any telephone that is held upright\n```\n';

async function put_online(page) {
  const post = (target, content, method = 'POST') => world.api(page, `/v1/knowledge${target}`, { method, body: JSON.stringify(content) });
  const mark = marker();
  const category = await post('/categories', { name: { en: `Meters ${mark}`, fa: `کنتورها ${mark}` } });
  assert.ok(category.id, JSON.stringify(category));
  const article = await post('/articles', { locale: 'en', kind: 'question', title: `${text_of.en.title} ${mark}`, summary: text_of.en.lead, body, category: category.id });
  assert.ok(article.id, JSON.stringify(article));
  await post(`/articles/${article.id}/translations/fa`, { version: 0, title: `${text_of.fa.title} ${mark}`, summary: text_of.fa.lead, body }, 'PUT');
  const at = {};
  for (const locale of ['en', 'fa']) {
    const online = await post(`/articles/${article.id}/translations/${locale}/publication`, { version: 1 });
    assert.equal(online.state, 'published', JSON.stringify(online));
    at[locale] = new URL(online.url).pathname;
  }
  return { article, category, at, mark };
}
async function check(page, faults, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations.map((one) => `${one.id}: ${JSON.stringify(one.nodes.map((node) => node.target).slice(0, 3))}`));
  await shot(page, name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) found.push(`${wide} px wider than the screen`);
  return [...found, ...faults.splice(0)].map((text) => `${name}: ${text}`);
}

test('without script an article is found, read and rated', real, async () => {
  const agent = await world.open();
  await agent.go('/inbox');
  const { article, mark } = await put_online(agent.page);
  const opened = await world.open({ signed: false });
  const context = await opened.page.context().browser().newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  await page.goto(`${world.url}/help/en`);
  await page.getByRole('link', { name: `Meters ${mark}` }).click();
  await page.getByRole('link', { name: `${text_of.en.title} ${mark}` }).click();
  await page.locator('h1', { hasText: text_of.en.title }).waitFor();
  await page.getByRole('link', { name: 'The figures' }).click();
  assert.match(page.url(), /#the-figures$/);
  await page.getByRole('button', { name: 'No' }).click();
  await page.getByLabel('It is out of date').check();
  await page.locator('#_comment').fill('My meter has no lamp.');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('h1', { hasText: 'Thank you' }).waitFor();
  const { items } = await world.api(agent.page, `/v1/knowledge/feedback?article=${article.id}`);
  assert.equal(items.length, 1);
  assert.equal(items[0].comment, 'My meter has no lamp.');
  await page.locator('#_q').fill(`meter ${mark}`);
  await page.keyboard.press('Enter');
  await page.locator('h1', { hasText: 'Search' }).waitFor();
  assert.deepEqual(await context.cookies(), [], 'no cookie is set');
  await context.close();
  await opened.close();
  await agent.close();
});

for (const [locale, scheme, width] of [['en', 'light', 1280], ['en', 'dark', 360], ['fa', 'light', 360], ['fa', 'dark', 1280]])
  test(`the help centre is accessible and fits: ${locale}, ${scheme}, ${width} px`, real, async () => {
    const agent = await world.open();
    await agent.go('/inbox');
    const { at, category, article } = await put_online(agent.page);
    const { page, faults, close } = await world.open({ locale, scheme, width, signed: false });
    const name = (what) => `help-${what}-${locale}-${scheme}-${width}`;
    const wrong = [];
    for (const [what, path] of [['home', `/help/${locale}`], ['category', `/help/${locale}/categories/${category.slug}`], ['article', at[locale]], ['search', `/help/${locale}/search?q=meter`], ['why', `${at[locale]}/feedback?step=why`], ['thanks', `${at[locale]}/feedback?step=thanks`]]) {
      await page.goto(world.url + path);
      wrong.push(...(await check(page, faults, name(what))));
    }
    await page.goto(`${world.url}/help/${locale}/articles/not-there`);
    faults.splice(0);
    wrong.push(...(await check(page, faults, name('missing'))));
    // The draft, as the console frames it.
    const preview = await agent.page.goto(`${world.url}/v1/knowledge/articles/${article.id}/translations/${locale}/preview`);
    assert.equal(preview.status(), 200);
    assert.deepEqual(wrong, []);
    await close();
    await agent.close();
  });
