// The knowledge base of the mock server: articles in several languages and states, categories, products, feedback; two authors, a broken preview and a slow upload at will.
import { new_id, publish } from './world.mjs';

const minute = 60_000;
const iso = (ms) => new Date(ms).toISOString();
const day = 1440 * minute;
const body = (title) => `Your invoice shows what you used, and when it is due.\n\n## ${title}\n\n1. Open **My contracts**.\n2. Choose the contract.\n3. Press *Download*.\n\n> [!TIP]\n> The newest invoice stands at the top.\n\n| Plan | Price |\n| --- | --- |\n| Small | 9.90 |\n| Large | 19.90 |\n\nMore in [our prices](https://shop.example.org/prices) and \`INV-1\`.\n`;
const stories = [
  ['Where to find your invoice', 'Dove trovare la fattura', 'کجا صورت‌حساب خود را بیابید', '請求書の見つけ方'],
  ['Changing your address', 'Cambiare indirizzo', 'تغییر نشانی', '住所の変更'],
  ['What to do when the code never arrives', 'Cosa fare se il codice non arriva', 'اگر کد نرسید چه کنید'],
  ['Cancelling a contract before the end of its term, and what happens to the notice period then', 'Disdire un contratto'],
  ['How long does delivery take?', 'Quanto dura la consegna?', 'تحویل چقدر طول می‌کشد؟'],
  ['Reading the meter', 'Leggere il contatore'],
  ['Return of damaged goods'],
  ['Inside: refunds beyond 200', 'Interno: rimborsi oltre 200'],
];

export function furnish_knowledge(world) {
  const { now } = world;
  const me = world.agents[0].id;
  const other = world.agents[1].id;
  const changed_at = iso(now - 20 * day);
  const product = (en, fa, position) => ({ id: new_id('kpr'), slug: en.toLowerCase().replace(/ /g, '-'), name: { en, fa, it: en }, description: {}, position, retired: false, categories: 0, articles: 0, version: 1, changed_at });
  const category = (en, fa, position, parent, product_id) => ({ id: new_id('kct'), slug: en.toLowerCase().replace(/ /g, '-'), name: { en, fa, it: en }, description: {}, position, parent, product: product_id, retired: false, articles: 0, published: 0, version: 1, changed_at });
  const products = [product('Water supply', 'آب', 0), product('Power', 'برق', 1)];
  const billing = category('Invoices and payment', 'صورت‌حساب و پرداخت', 0);
  const contract = category('Your contract', 'قرارداد شما', 1);
  const categories = [billing, contract, category('Refunds', 'بازپرداخت', 0, billing.id), category('Direct debit', 'برداشت مستقیم', 1, billing.id), category('Moving house', 'جابه‌جایی', 0, contract.id), category('Meters', 'کنتورها', 2, undefined, products[1].id)];
  world.knowledge = {
    settings: { version: 1, title: { en: 'Help', fa: 'راهنما' }, intro: {}, locales: ['en', 'it', 'fa'], review_required: false, four_eyes: false, review_every_days: 180, online: true, feedback: true },
    products, categories, articles: [], texts: new Map(), files: [], feedback: [], previews: 0,
  };
  const base = world.knowledge;
  for (let index = 0; index < 64; index += 1) {
    const story = stories[index % stories.length];
    const round = Math.floor(index / stories.length);
    const at = now - index * 9 * 60 * minute - 5 * minute;
    const one = make(world, { locale: 'en', title: round ? `${story[0]} (${round + 1})` : story[0], body: body(story[0]), category: categories[index % categories.length].id, products: index % 3 ? [] : [products[index % 2].id], kind: story[0].endsWith('?') ? 'question' : 'article', audience: story[0].startsWith('Inside') ? { kind: 'agents' } : { kind: 'public' }, owner: index % 2 ? other : me, by: me }, at);
    const published = index % 7 !== 6;
    const source = text_of(world, one.id, 'en');
    if (published) release(world, one, source, me, at);
    if (index % 5 === 0 && published) {
      source.body = source.body.replace('Press *Download*', 'Press *Download as PDF*');
      release(world, one, source, me, at + minute);
    }
    for (const [step, locale] of [[1, 'it'], [2, 'fa'], [3, 'ja']]) {
      if (!story[step]) continue;
      const text = put(world, one, locale, { title: story[step], body: body(story[step]), made_from: source.number ? 1 : 0 }, me, at);
      if (published && step !== 2) release(world, one, text, me, at);
    }
    if (index % 9 === 3) Object.assign(source, { state: 'in_review', version: source.version + 1, review: { by: other, at: iso(at), comment: 'Is the price still right?', verdict: 'asked' } });
    if (index % 11 === 8) one.review_due_at = iso(now - day);
    if (index === 13) Object.assign(one, { retired: true, retired_at: iso(at) });
    one.changed_at = iso(at);
    for (let rating = 0; rating < (index * 3) % 8; rating += 1) {
      const helped = rating % 3 !== 0;
      base.feedback.push({ id: new_id('kfb'), article: one.id, title: one.title, locale: rating % 4 === 3 ? 'it' : 'en', number: 1, helped, ...(helped ? {} : { reason: ['unclear', 'wrong', 'outdated', 'incomplete', 'other'][rating % 5] }), ...(rating % 2 ? {} : { comment: helped ? 'Thank you, that was clear.' : 'I do not find the button.' }), at: iso(at + rating * minute) });
    }
  }
}

const text_of = (world, id, locale) => world.knowledge.texts.get(`${id} ${locale}`);
const texts_of = (world, id) => [...world.knowledge.texts.values()].filter((one) => one.article === id);
const words_in = (text) => (text.match(/[\p{L}\p{N}]+/gu) ?? []).length;

function make(world, wanted, at = Date.now()) {
  const one = { id: new_id('kar'), kind: wanted.kind ?? 'article', source: wanted.locale, category: wanted.category, products: wanted.products ?? [], audience: wanted.audience ?? { kind: 'public' }, owner: wanted.owner ?? wanted.by, retired: false, version: 1, addresses: [], created_by: wanted.by, created_at: iso(at), changed_at: iso(at), title: wanted.title };
  world.knowledge.articles.push(one);
  put(world, one, wanted.locale, { title: wanted.title, summary: wanted.summary ?? '', body: wanted.body ?? '', made_from: 0 }, wanted.by, at);
  return one;
}

function put(world, article, locale, words, by, at = Date.now()) {
  const key = `${article.id} ${locale}`;
  const before = world.knowledge.texts.get(key) ?? { article: article.id, locale, state: 'draft', version: 0, number: 0, summary: '', made_from: 0, writers: [], visible: false, versions: [] };
  const text = Object.assign(before, { title: words.title, summary: words.summary ?? '', body: words.body, slug: words.slug === undefined ? before.slug : words.slug || undefined, made_from: locale === article.source ? 0 : (words.made_from ?? before.made_from), state: 'draft', publish_at: undefined, version: before.version + 1, changed_at: iso(at), changed_by: by, writers: [...new Set([...before.writers, by])] });
  world.knowledge.texts.set(key, text);
  article.changed_at = iso(at);
  return text;
}

function release(world, article, text, by, at = Date.now()) {
  const approved_by = text.review?.verdict === 'approved' ? text.review.verdict_by : undefined;
  text.versions.unshift({ number: text.number + 1, title: text.title, summary: text.summary, body: text.body, published_at: iso(at), published_by: by, approved_by, made_from: text.made_from, words: words_in(text.body) });
  const slug = text.slug ?? text.title.toLowerCase().replace(/[^\p{L}\p{N}\p{M}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 80);
  Object.assign(text, { state: 'published', number: text.number + 1, version: text.version + 1, visible: true, publish_at: undefined, published_at: iso(at), address: slug, url: `https://help.example.org/help/${text.locale}/articles/${slug}`, writers: [], review: undefined });
  for (const one of article.addresses) if (one.locale === text.locale) one.current = false;
  article.addresses = [{ locale: text.locale, slug, url: text.url, current: true }, ...article.addresses.filter((one) => one.slug !== slug || one.locale !== text.locale)];
}

function shown_text(world, text) {
  const article = world.knowledge.articles.find((one) => one.id === text.article);
  const source = text_of(world, article.id, article.source);
  const { versions, ...rest } = text;
  return { ...rest, source_number: source?.number ?? 0, outdated: text.locale !== article.source && text.made_from < (source?.number ?? 0), findings: findings(world, text.body) };
}

function summary(world, one, locale) {
  const texts = texts_of(world, one.id).map((text) => shown_text(world, text));
  const titled = texts.find((text) => text.locale === locale) ?? texts.find((text) => text.locale === one.source);
  const given = world.knowledge.feedback.filter((other) => other.article === one.id);
  return { ...one, title: titled.title, title_locale: titled.locale, review_due: Boolean(one.review_due_at && Date.parse(one.review_due_at) < Date.now()), helped: given.filter((other) => other.helped).length, not_helped: given.filter((other) => !other.helped).length, translations: texts.map(({ locale: language, state, number, visible, outdated, changed_at, publish_at }) => ({ locale: language, state, number, visible, outdated, changed_at, publish_at })) };
}

function findings(world, text) {
  return [...text.matchAll(/\]\((javascript:[^)]*|file:kfl_missing)\)/g)].map((found) => ({ rule: found[1].startsWith('file') ? 'image_missing' : 'link_refused', text: found[1], line: text.slice(0, found.index).split('\n').length }));
}

// Enough of Markdown for tests; the real one is the server's.
const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
const inline = (text) => escape(text).replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>').replace(/\*([^*]+)\*/g, '<em>$1</em>').replace(/~~([^~]+)~~/g, '<del>$1</del>').replace(/`([^`]+)`/g, '<code dir="auto">$1</code>').replace(/!\[([^\]]*)\]\(file:(\w+)\)/g, '<img src="/v1/knowledge/files/$2/content" alt="$1">').replace(/\[([^\]]*)\]\(article:(\w+)\)/g, '<a href="/help/en/articles/$2">$1</a>').replace(/\[([^\]]*)\]\((https?:[^)]+)\)/g, '<a href="$2" rel="noopener">$1</a>');
function html_of(text) {
  return text.split(/\n{2,}/).filter((block) => block.trim()).map((block) => {
    const lines = block.trim().split('\n');
    const heading = /^(#{1,6}) (.*)$/.exec(lines[0]);
    if (heading) return `<h${Math.max(2, heading[1].length)} dir="auto" id="${heading[2].toLowerCase().replace(/\W+/g, '-')}">${inline(heading[2])}</h${Math.max(2, heading[1].length)}>`;
    if (lines.every((line) => /^\d+\. /.test(line))) return `<ol dir="auto">${lines.map((line) => `<li dir="auto">${inline(line.replace(/^\d+\. /, ''))}</li>`).join('')}</ol>`;
    if (lines.every((line) => /^- /.test(line))) return `<ul dir="auto">${lines.map((line) => `<li dir="auto">${inline(line.slice(2))}</li>`).join('')}</ul>`;
    const callout = /^> \[!(\w+)\]/.exec(lines[0]);
    if (callout) return `<div class="callout ${callout[1].toLowerCase()}" dir="auto"><p class="callout-name">${callout[1]}</p><p dir="auto">${inline(lines.slice(1).map((line) => line.replace(/^> ?/, '')).join('\n'))}</p></div>`;
    if (lines[0].startsWith('>')) return `<blockquote dir="auto"><p dir="auto">${inline(lines.map((line) => line.replace(/^> ?/, '')).join('\n'))}</p></blockquote>`;
    if (lines[0].startsWith('|')) {
      const cells = (line) => line.split('|').slice(1, -1).map((cell) => inline(cell.trim()));
      return `<div class="table" tabindex="0"><table dir="auto"><thead><tr>${cells(lines[0]).map((cell) => `<th scope="col" dir="auto">${cell}</th>`).join('')}</tr></thead><tbody>${lines.slice(2).map((line) => `<tr>${cells(line).map((cell) => `<td dir="auto">${cell}</td>`).join('')}</tr>`).join('')}</tbody></table></div>`;
    }
    return `<p dir="auto">${inline(block)}</p>`;
  }).join('\n');
}

// Lines by their longest common run; words of a changed line by their common ends.
function compared(before, after) {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const long = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) for (let j = b.length - 1; j >= 0; j -= 1) long[i][j] = a[i] === b[j] ? long[i + 1][j + 1] + 1 : Math.max(long[i + 1][j], long[i][j + 1]);
  const lines = [];
  let [i, j, added, removed] = [0, 0, 0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) lines.push({ kind: 'same', before: ++i, after: ++j, pieces: [{ kind: 'same', text: a[i - 1] }] });
    else if (i < a.length && j < b.length && long[i + 1][j + 1] === long[i][j]) {
      const [x, y] = [a[i].split(/(?<=\s)/), b[j].split(/(?<=\s)/)];
      let head = 0;
      while (head < x.length && head < y.length && x[head] === y[head]) head += 1;
      let tail = 0;
      while (tail < Math.min(x.length, y.length) - head && x.at(-1 - tail) === y.at(-1 - tail)) tail += 1;
      const piece = (kind, words) => (words.length ? [{ kind, text: words.join('') }] : []);
      const [gone, come] = [x.slice(head, x.length - tail), y.slice(head, y.length - tail)];
      removed += gone.length;
      added += come.length;
      lines.push({ kind: 'changed', before: ++i, after: ++j, pieces: [...piece('same', x.slice(0, head)), ...piece('removed', gone), ...piece('added', come), ...piece('same', x.slice(x.length - tail))] });
    } else if (j >= b.length || (i < a.length && long[i + 1][j] >= long[i][j + 1])) {
      removed += words_in(a[i]);
      lines.push({ kind: 'removed', before: ++i, pieces: [{ kind: 'removed', text: a[i - 1] }] });
    } else {
      added += words_in(b[j]);
      lines.push({ kind: 'added', after: ++j, pieces: [{ kind: 'added', text: b[j - 1] }] });
    }
  }
  return { lines, added, removed, truncated: false };
}

const whole = ({ title, summary: short, body: text }) => `# ${title}\n\n${short}\n\n${text}`;

// A file's bytes are taken beside the routes, which read JSON.
export function keep_file(world, name, media_type, bytes) {
  const image = media_type.startsWith('image/');
  const id = new_id('kfl');
  const file = { id, name, media_type, size: bytes.length, image, markdown: image ? `![${name.replace(/\.\w+$/, '')}](file:${id})` : `[${name}](file:${id})`, url: `/v1/knowledge/files/${id}/content`, uploaded_by: world.agents[0].id, created_at: iso(Date.now()), scan: 'clean', used: false };
  world.knowledge.files.unshift(file);
  file.bytes = bytes;
  return file;
}

export function knowledge_routes({ found, page, refuse, field }) {
  const at = '/v1/knowledge';
  const me = (world) => world.agents[0].id;
  const base = (world) => world.knowledge;
  const say = (world, kind, subject, data = {}) => publish(world, { kind, subject, data });
  const article = (world, p) => found(base(world).articles, p.id);
  const text = (world, p) => text_of(world, article(world, p).id, p.locale) ?? refuse(404, 'not_found', 'There is no text in this language yet.');
  const detail = (world, one) => ({ ...summary(world, one), may_approve: true, may_publish: true });
  const current = (world, p, version) => {
    const one = text(world, p);
    if (version !== one.version) refuse(409, 'changed_meanwhile', 'Somebody has changed it meanwhile.');
    return one;
  };
  const step = (world, p, kind, one) => {
    say(world, `article.${kind}`, p.id, { locale: p.locale, version: one.version, number: one.number });
    return shown_text(world, one);
  };
  const listed = (world, query) => {
    for (const name of query.keys()) if (!['q', 'after', 'category', 'product', 'kind', 'state', 'locale', 'missing', 'outdated', 'due', 'owner', 'limit'].includes(name)) refuse(422, 'invalid_fields', 'There is no such parameter.', [field(`/${name}`, 'must be known', 'leave it out')]);
    const locale = query.get('locale');
    const inside = new Set([query.get('category')]);
    for (const one of [...base(world).categories, ...base(world).categories]) if (inside.has(one.parent)) inside.add(one.id);
    const words = (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const state = query.get('state');
    return base(world).articles.map((one) => summary(world, one, locale)).filter((one) => {
      const texts = locale ? one.translations.filter((other) => other.locale === locale) : one.translations;
      return one.retired === (state === 'retired') && (!state || state === 'retired' || texts.some((other) => other.state === state)) && (!query.get('category') || inside.has(one.category)) && (!query.get('product') || one.products.includes(query.get('product'))) && (!query.get('kind') || one.kind === query.get('kind'))
        && (!query.get('owner') || one.owner === query.get('owner')) && (!query.get('due') || one.review_due) && (!query.get('outdated') || texts.some((other) => other.outdated)) && (!query.get('missing') || !texts.length) && words.every((word) => one.title.toLowerCase().split(/[^\p{L}\p{N}\p{M}]+/u).some((have) => have.startsWith(word)));
    }).sort((a, b) => (a.changed_at < b.changed_at ? 1 : -1));
  };
  const counted = (world) => base(world).categories.map((one) => ({ ...one, articles: base(world).articles.filter((other) => other.category === one.id).length }));
  const named = (body) => {
    if (!Object.values(body.name ?? {}).some(Boolean)) refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/name', 'must have a name', 'fill it in')]);
  };
  const collection = (noun, prefix, event, shown) => [
    ['GET', `${at}/${noun}`, ({ world }) => ({ items: shown(world) })],
    ['POST', `${at}/${noun}`, ({ world, body }) => {
      named(body);
      const slug = body.slug ?? Object.values(body.name)[0].toLowerCase().replace(/\s+/g, '-');
      if (base(world)[noun].some((one) => one.slug === slug)) refuse(409, 'slug_taken', 'This address is taken.');
      const made = { id: new_id(prefix), description: {}, position: 0, retired: false, articles: 0, published: 0, categories: 0, version: 1, changed_at: iso(Date.now()), ...body, slug };
      base(world)[noun].push(made);
      say(world, `${event}.created`, made.id);
      return made;
    }, 201],
    ['PUT', `${at}/${noun}/:id`, ({ world, p, body }) => {
      named(body);
      const one = found(base(world)[noun], p.id);
      if (body.version !== one.version) refuse(409, 'changed_meanwhile', 'Somebody has changed it meanwhile.');
      Object.assign(one, { parent: undefined, product: undefined }, body, { version: one.version + 1 });
      say(world, `${event}.changed`, one.id);
      return one;
    }],
    ['DELETE', `${at}/${noun}/:id`, ({ world, p }) => {
      base(world)[noun] = base(world)[noun].filter((one) => one.id !== p.id);
      say(world, `${event}.deleted`, p.id);
    }],
  ];
  return [
    ['GET', `${at}/settings`, ({ world }) => base(world).settings],
    ['PUT', `${at}/settings`, ({ world, body }) => {
      base(world).settings = { ...body, version: body.version + 1 };
      say(world, 'help.settings_changed', 'help');
      return base(world).settings;
    }],
    ...collection('products', 'kpr', 'help_product', (world) => base(world).products.map((one) => ({ ...one, articles: base(world).articles.filter((other) => other.products.includes(one.id)).length }))),
    ...collection('categories', 'kct', 'help_category', counted),
    ['GET', `${at}/overview`, ({ world }) => {
      const all = base(world).articles.map((one) => summary(world, one));
      const with_state = (state) => all.filter((one) => one.translations.some((other) => other.state === state)).length;
      return { articles: all.length, published: with_state('published'), drafts: with_state('draft'), in_review: with_state('in_review'), approved: with_state('approved'), scheduled: with_state('scheduled'), retired: all.filter((one) => one.retired).length, due: all.filter((one) => one.review_due).length, helped_30d: 9, not_helped_30d: 4, by_locale: base(world).settings.locales.map((locale) => ({ locale, published: all.filter((one) => one.translations.some((other) => other.locale === locale && other.number)).length, missing: all.filter((one) => !one.translations.some((other) => other.locale === locale)).length, outdated: all.filter((one) => one.translations.some((other) => other.locale === locale && other.outdated)).length })) };
    }],
    ['GET', `${at}/articles`, ({ world, query }) => page(listed(world, query), query)],
    ['POST', `${at}/articles`, ({ world, body }) => {
      if (!body.title) refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/title', 'must have 1 to 200 characters', 'fill it in')]);
      const made = make(world, { ...body, by: me(world) });
      say(world, 'article.created', made.id);
      return detail(world, made);
    }, 201],
    ['GET', `${at}/articles/:id`, ({ world, p }) => detail(world, article(world, p))],
    ['PUT', `${at}/articles/:id`, ({ world, p, body }) => {
      const one = article(world, p);
      if (body.version !== one.version) refuse(409, 'changed_meanwhile', 'Somebody has changed it meanwhile.');
      Object.assign(one, { category: undefined, owner: undefined, expires_at: undefined, review_due_at: undefined, review_every_days: undefined }, body, { version: one.version + 1, changed_at: iso(Date.now()) });
      say(world, 'article.changed', one.id);
      return detail(world, one);
    }],
    ['DELETE', `${at}/articles/:id`, ({ world, p }) => {
      if (texts_of(world, article(world, p).id).some((one) => one.number)) refuse(409, 'was_published', 'It has been published.');
      base(world).articles = base(world).articles.filter((one) => one.id !== p.id);
      for (const one of texts_of(world, p.id)) base(world).texts.delete(`${p.id} ${one.locale}`);
      say(world, 'article.deleted', p.id);
    }],
    ...[['POST', true], ['DELETE', false]].map(([method, retired]) => [method, `${at}/articles/:id/retirement`, ({ world, p }) => {
      const one = Object.assign(article(world, p), { retired, retired_at: retired ? iso(Date.now()) : undefined });
      say(world, retired ? 'article.retired' : 'article.restored', one.id);
      return detail(world, one);
    }]),
    ['POST', `${at}/articles/:id/reviewed`, ({ world, p, body }) => detail(world, Object.assign(article(world, p), { review_due_at: body.next_at ?? iso(Date.now() + 180 * day) }))],
    ['GET', `${at}/articles/:id/translations/:locale`, ({ world, p }) => shown_text(world, text(world, p))],
    ['PUT', `${at}/articles/:id/translations/:locale`, ({ world, p, body }) => {
      const one = article(world, p);
      const before = text_of(world, one.id, p.locale);
      if (body.version !== (before?.version ?? 0)) refuse(409, 'changed_meanwhile', 'Somebody has changed it meanwhile.', undefined, { current: shown_text(world, before), yours: body });
      if (/\s/.test(body.slug ?? '')) refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/slug', 'must have letters, digits and hyphens', 'take the spaces away')]);
      const now = put(world, one, p.locale, body, me(world));
      return step(world, p, 'draft_saved', now);
    }],
    ['DELETE', `${at}/articles/:id/translations/:locale/draft`, ({ world, p, query }) => {
      const one = current(world, p, Number(query.get('version')));
      const { title, summary: short, body: words } = one.versions[0];
      return step(world, p, 'draft_saved', Object.assign(one, { title, summary: short, body: words, state: 'published', version: one.version + 1, publish_at: undefined, writers: [] }));
    }],
    ['POST', `${at}/articles/:id/translations/:locale/review`, ({ world, p, body }) => step(world, p, 'handed_in', Object.assign(current(world, p, body.version), { state: 'in_review', review: { by: me(world), at: iso(Date.now()), comment: body.comment, verdict: 'asked' } }))],
    ...[['approval', 'approved', 'approved'], ['return', 'returned', 'draft']].map(([noun, verdict, state]) => ['POST', `${at}/articles/:id/translations/:locale/${noun}`, ({ world, p, body }) => {
      const one = current(world, p, body.version);
      if (one.state !== 'in_review') refuse(409, 'not_in_review', 'It is not in review.');
      return step(world, p, verdict, Object.assign(one, { state, review: { ...one.review, verdict, verdict_by: me(world), verdict_at: iso(Date.now()), verdict_comment: body.comment } }));
    }]),
    ['POST', `${at}/articles/:id/translations/:locale/publication`, ({ world, p, body }) => {
      const one = current(world, p, body.version);
      if (base(world).settings.review_required && one.state !== 'approved') refuse(409, 'not_approved', 'It has to be approved first.');
      if (!one.body.trim()) refuse(422, 'text_incomplete', 'Something is missing.', [field('/body', 'must not be empty', 'write it')]);
      if (body.publish_at && Date.parse(body.publish_at) > Date.now()) return step(world, p, 'scheduled', Object.assign(one, { state: 'scheduled', publish_at: body.publish_at }));
      release(world, article(world, p), one, me(world));
      return step(world, p, 'published', one);
    }],
    ['DELETE', `${at}/articles/:id/translations/:locale/publication`, ({ world, p }) => {
      const one = text(world, p);
      return step(world, p, 'withdrawn', Object.assign(one, one.state === 'scheduled' ? { state: 'draft', publish_at: undefined } : { state: 'withdrawn', visible: false }));
    }],
    ['GET', `${at}/articles/:id/translations/:locale/versions`, ({ world, p }) => ({ items: text(world, p).versions.map(({ body: _, summary: __, ...rest }) => rest) })],
    ['GET', `${at}/articles/:id/translations/:locale/versions/:number`, ({ world, p }) => text(world, p).versions.find((one) => one.number === Number(p.number)) ?? refuse(404, 'not_found', 'There is no such version.')],
    ['GET', `${at}/articles/:id/translations/:locale/comparison`, ({ world, p, query }) => {
      const one = text(world, p);
      const version = (name) => one.versions.find((other) => other.number === Number(query.get(name))) ?? one;
      return compared(whole(version('from')), whole(version('to')));
    }],
    ['GET', `${at}/articles/:id/translations/:locale/preview`, ({ world, p }) => ({ raw: `<!doctype html><html lang="${p.locale}"><title>${escape(text(world, p).title)}</title><main><h1>${escape(text(world, p).title)}</h1>${html_of(text(world, p).body)}</main></html>`, type: 'text/html; charset=utf-8' })],
    ['POST', `${at}/comparison`, ({ body }) => compared(body.before, body.after)],
    ['POST', `${at}/preview`, ({ world, body }) => {
      base(world).previews += 1;
      if (body.body.includes('[[[[[[[[')) refuse(422, 'text_too_deep', 'The text is nested too deeply.');
      return { html: html_of(body.body), outline: [], words: words_in(body.body), findings: findings(world, body.body) };
    }],
    ['GET', `${at}/files`, ({ world, query }) => page(base(world).files.map(({ bytes: _, ...file }) => ({ ...file, used: [...base(world).texts.values()].some((one) => one.body.includes(file.id)) })), query)],
    ['GET', `${at}/files/:id/content`, ({ world, p }) => ({ raw: found(base(world).files, p.id).bytes, type: found(base(world).files, p.id).media_type })],
    ['DELETE', `${at}/files/:id`, ({ world, p }) => void (base(world).files = base(world).files.filter((one) => one.id !== p.id))],
    ['GET', `${at}/feedback`, ({ world, query }) => page(base(world).feedback.filter((one) => (!query.get('article') || one.article === query.get('article')) && (!query.get('locale') || one.locale === query.get('locale')) && (!query.get('helped') || String(one.helped) === query.get('helped'))).sort((a, b) => (a.at < b.at ? 1 : -1)), query)],
    ['DELETE', `${at}/feedback/:id`, ({ world, p }) => void (base(world).feedback = base(world).feedback.filter((one) => one.id !== p.id))],
    ['GET', `${at}/report`, ({ world, query }) => {
      const given = base(world).feedback.filter((one) => one.at >= query.get('since') && (!query.get('locale') || one.locale === query.get('locale')));
      const rows = new Map();
      for (const one of given) {
        const row = rows.get(one.article + one.locale) ?? { article: one.article, title: one.title, locale: one.locale, helped: 0, not_helped: 0, share: 0, reasons: {}, comments: 0, last_at: one.at };
        row[one.helped ? 'helped' : 'not_helped'] += 1;
        if (one.reason) row.reasons[one.reason] = (row.reasons[one.reason] ?? 0) + 1;
        row.comments += one.comment ? 1 : 0;
        row.share = row.helped / (row.helped + row.not_helped);
        rows.set(one.article + one.locale, row);
      }
      return { since: query.get('since'), until: iso(Date.now()), helped: given.filter((one) => one.helped).length, not_helped: given.filter((one) => !one.helped).length, articles: [...rows.values()].sort((a, b) => b.not_helped - a.not_helped) };
    }],
    // Somebody else: saves the same text, or takes a step.
    ['POST', '/mock/author', ({ world, body: wanted }) => {
      const one = found(base(world).articles, wanted.article);
      const before = text_of(world, one.id, wanted.locale);
      const now = put(world, one, wanted.locale, { title: wanted.title ?? before.title, summary: before.summary, body: wanted.body ?? before.body, made_from: before.made_from }, world.agents[1].id);
      if (wanted.publish) release(world, one, now, world.agents[1].id);
      if (!wanted.silent) say(world, wanted.publish ? 'article.published' : 'article.draft_saved', one.id, { locale: wanted.locale, version: now.version });
      return shown_text(world, now);
    }],
  ];
}
