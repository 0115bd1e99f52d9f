// Conversations of the mock server: mailboxes, teams, labels, mails in all states, drafts; what the inbox asks for.
import { new_id, publish } from './world.mjs';

const minute = 60_000;
const iso = (ms) => new Date(ms).toISOString();
const stories = [
  ['Question about invoice 2026-1187', 'Dear team,\n\nthe invoice shows 84.20, my contract says 79.90. Could you look into it? Details: https://shop.example.org/orders/1187.\n\nKind regards'],
  ['تأخیر در تحویل سفارش', 'سلام،\n\nسفارش من هنوز نرسیده است. لطفاً بفرمایید کی می‌رسد؟\n\nبا احترام'],
  ['Cambio di indirizzo', 'Buongiorno,\n\ndal primo del mese abito in via Roma 12. Vi prego di aggiornare i dati.\n\nCordiali saluti'],
  ['Cannot sign in any more', 'Hello,\n\nsince yesterday the code never arrives.\n\nThanks'],
  ['ご請求について', 'お世話になっております。\n\n先月の請求書を再発行していただけますか。\n\nよろしくお願いいたします。'],
  ['Thank you!', 'That was quick. Thank you very much.'],
];
const quoted = '\n\nOn Mon, 16 Nov 2026 at 10:12, Nordlicht Support wrote:\n> Dear customer,\n> we have received your message.\n> Kind regards';

export function furnish(world) {
  const { now } = world;
  const stamp = { created_at: iso(now - 90 * 1440 * minute), changed_at: iso(now - 90 * 1440 * minute) };
  world.teams = [{ id: new_id('team'), name: 'Billing', members: [world.agents[0].id], retired: false, ...stamp }, { id: new_id('team'), name: 'پشتیبانی', members: [], retired: false, ...stamp }];
  world.labels = [{ id: new_id('lbl'), name: 'Refund', colour: '#b3372a', ...stamp }, { id: new_id('lbl'), name: 'VIP', colour: '#2459a8', ...stamp }];
  world.mailboxes = [
    { id: new_id('mbx'), address: 'support@example.org', name: 'Nordlicht Support', aliases: ['help@example.org'], locale: 'en', team: world.teams[1].id, signatures: { en: 'Nordlicht Support\nMonday to Friday, 8 to 18', fa: 'پشتیبانی نوردلیشت' }, retired: false, ...stamp },
    { id: new_id('mbx'), address: 'billing@example.org', name: 'Nordlicht Billing', aliases: [], locale: 'en', signatures: {}, retired: false, ...stamp },
  ];
  world.conversations = [];
  world.messages = [];
  world.uploads = new Map();
  world.drafts = new Map();
  world.looking = new Map();  // by conversation
  world.seen = new Map();
  const states = ['open', 'open', 'open', 'pending', 'snoozed', 'resolved', 'spam'];
  for (let index = 139; index >= 0; index -= 1) {
    const [subject, text] = stories[index % stories.length];
    const customer = world.customers[index % world.customers.length];
    const conversation = open_conversation(world, { subject, customer, mailbox: world.mailboxes[index % 5 === 3 ? 1 : 0], at: now - index * 53 * minute - 4 * minute });
    receive(world, conversation, { text, at: now - index * 53 * minute - 4 * minute, html: index % 3 === 0 });
    Object.assign(conversation, { state: index < 6 ? 'open' : states[index % states.length], assignee: index % 4 === 0 ? world.agents[0].id : undefined, team: index % 3 === 0 ? world.teams[0].id : undefined, labels: index % 5 === 0 ? [world.labels[0].id] : index % 7 === 0 ? world.labels.map((one) => one.id) : [], priority: index % 9 === 1 ? 'urgent' : index % 9 === 4 ? 'high' : 'normal' });
    if (conversation.state === 'snoozed') conversation.snoozed_until = iso(now + 1440 * minute);
    if (conversation.state !== 'open') delete conversation.waiting_since;
  }
  tell_story(world, world.conversations.at(-1));
  const other = world.conversations.at(-2);
  other.suggestions = [{ conversation: world.conversations.at(-8).id, number: world.conversations.at(-8).number, subject: world.conversations.at(-8).subject, reason: 'The same subject from the same domain, three days ago', at: iso(now) }];
}

// One conversation with everything on it: an old question, notes, answers in every state, a fold of quoted text, files.
function tell_story(world, conversation) {
  const { now } = world;
  for (let index = 0; index < 40; index += 1) receive(world, conversation, { text: `Older message ${index + 1}: is there any news?`, at: now - (9 * 1440 - index * 60) * minute });
  write(world, conversation, { kind: 'reply', text: 'Dear customer,\n\nwe are looking into it and will be back tomorrow.\n\n-- \nNordlicht Support', attachments: [] }, now - 1500 * minute, 'sent');
  write(world, conversation, { kind: 'note', text: 'Asked billing: the discount was forgotten. They correct it today.', attachments: [] }, now - 1400 * minute);
  write(world, conversation, { kind: 'reply', text: 'The corrected invoice is attached.', attachments: [] }, now - 300 * minute, 'failed');
  const last = receive(world, conversation, { text: 'Thank you. One more thing: the second page is missing, see the picture.' + quoted, at: now - 6 * minute, html: true });
  last.attachments = [{ id: new_id('att'), name: 'invoice, page 2 (photo taken with the telephone).jpg', media_type: 'image/jpeg', size: 2_431_004, inside: false }];
  Object.assign(last, { matched_by: 'token', matched: 'The address that it was sent to carries this conversation’s token.' });
  Object.assign(conversation, { state: 'open', assignee: world.agents[0].id, labels: [world.labels[0].id], waiting_since: last.at });
}

export function open_conversation(world, { subject, customer, mailbox, at }) {
  const one = { id: new_id('cnv'), number: 1_000 + world.conversations.length, channel: 'email', state: 'open', priority: 'normal', subject, preview: '', from: { customer: customer.id, name: customer.name }, mailbox: mailbox.id, labels: [], locale: customer.locale, messages: 0, opened_at: iso(at), last_at: iso(at), waiting_since: iso(at), erased: false, version: 1, mailboxes: [mailbox.id], participants: customer.addresses.slice(0, 1).map((address) => ({ id: new_id('prt'), address: address.value, role: 'sender', proven: true })), suggestions: [], merged: [], fields: {}, reply: { to: [customer.addresses[0].value], cc: [], subject: `Re: ${subject}` } };
  world.conversations.push(one);
  return one;
}

// What would run, cover the page around it, or lead it away, if it could.
const evil = `<style>:root, body, .app { color: rgb(1, 2, 3) !important } .cover { position: fixed; inset: 0; z-index: 2147483647; inline-size: 5000px; block-size: 20px }</style><div class="cover"></div>
<svg width="1" height="1" onload="document.title='ran'"><script>document.title='ran'</script></svg><img src="data:," alt="" onerror="document.title='ran'"><a id="away" href="https://away.example.org/" target="_top">away</a>
<meta http-equiv="refresh" content="0; url=https://away.example.org/"><form id="form" action="https://away.example.org/" target="_top"><input name="a"></form>`;
const html = (text) => `<h2>${text.split('\n')[0]}</h2><p>${text}</p><img src="https://tracker.example.org/pixel.gif" alt="A picture from outside"><script>document.title='ran'</script>${evil}`;

function add(world, conversation, message) {
  const full = { id: new_id('msg'), conversation: conversation.id, origin: conversation.id, channel: 'email', from: { name: '', address: '' }, to: [], cc: [], reply_to: [], subject: conversation.subject, other_subject: false, text: '', quoted: '', cut: false, fields: [], has_html: false, attachments: [], has_raw: false, letters: [], erased: false, ...message };
  world.messages.push(full);
  Object.assign(conversation, { messages: conversation.messages + 1, last_at: full.at > conversation.last_at ? full.at : conversation.last_at, preview: full.direction === 'note' ? conversation.preview : full.text.replace(/\s+/g, ' ').slice(0, 200), version: conversation.version + 1 });
  return full;
}

export function receive(world, conversation, { text, at = Date.now(), html: designed = false, subject }) {
  const address = conversation.participants[0].address;
  const begin = text.indexOf('\n\nOn Mon');
  const own = begin < 0 ? text : text.slice(0, begin);
  Object.assign(conversation, { state: conversation.state === 'spam' ? 'spam' : 'open', waiting_since: conversation.waiting_since ?? iso(at) });
  return add(world, conversation, { direction: 'in', state: 'received', at: iso(at), author: { kind: 'customer', id: conversation.from.customer, name: conversation.from.name }, from: { name: conversation.from.name, address }, to: [{ name: '', address: 'support@example.org' }], text: own, quoted: text.slice(own.length), has_html: designed, has_raw: true, matched_by: conversation.messages ? 'own_message_id' : 'none', matched: 'In-Reply-To names our mail.', ...(subject ? { subject, other_subject: true } : {}) });
}

export function write(world, conversation, body, at = Date.now(), state = 'queued') {
  const note = body.kind === 'note';
  const text = body.text ?? body.html.replace(/<br>|<\/(div|p)>/g, '\n').replace(/<[^>]*>/g, '');
  const letters = note ? [] : (body.to ?? conversation.reply.to).map((to) => ({ id: new_id('out'), to, state: state === 'sent' ? 'accepted' : state, attempts: 1, changed_at: iso(at), ...(state === 'failed' ? { last_reply: '550 5.1.1 <nobody>: user unknown' } : {}) }));
  if (!note) Object.assign(conversation, { state: body.then ?? 'pending', waiting_since: undefined });
  return add(world, conversation, { direction: note ? 'note' : 'out', state: note ? 'noted' : state, at: iso(at), author: { kind: 'agent', id: world.agents[0].id, name: world.agents[0].name }, text, to: letters.map((one) => ({ name: '', address: one.to })), cc: (body.cc ?? []).map((address) => ({ name: '', address })), letters, attachments: (body.attachments ?? []).map((id) => ({ inside: false, ...world.uploads.get(id) })), ...(note || state !== 'queued' ? {} : { leaves_at: iso(at + 10_000) }), ...(body.key ? { key: body.key } : {}) });
}

const tell = (world, one, kind, data = {}) => publish(world, { kind, subject: one.id, customer: one.from.customer, data: { number: one.number, ...data } });
const newest_heard = (world, one) => world.messages.filter((message) => message.conversation === one.id && message.direction === 'in').map((message) => message.id).sort().at(-1) ?? '';
const unread = (world, one) => newest_heard(world, one) > (world.seen.get(one.id) ?? '');
const pass = (world, kind, subject, data) => [...world.listeners].forEach((send) => send({ seq: 0, at: iso(Date.now()), kind, subject, data }));
const detail = (one) => ({ ...one });
const in_list = ({ mailboxes: _m, participants: _p, suggestions: _s, merged: _g, reply: _r, ...rest }) => rest;

// A plain search: every word begins a word of what the conversation shows.
function searched(world, query) {
  const words = query.get('q').toLowerCase().split(/\s+/).filter((word) => word && !word.includes(':'));
  const marked = (text) => {
    const at = text.toLowerCase().indexOf(words[0] ?? '\0');
    return { text, matches: at < 0 ? [] : [{ begin: Array.from(text.slice(0, at)).length, end: Array.from(text.slice(0, at)).length + Array.from(words[0]).length }] };
  };
  return world.conversations
    .filter((one) => (/^#\d+$/.test(words[0] ?? '') ? `#${one.number}` === words[0] : words.every((word) => `${one.subject} ${one.preview} ${one.from.name}`.toLowerCase().split(/[^\p{L}\p{N}\p{M}]+/u).some((have) => have.startsWith(word)))))
    .sort((a, b) => (a.last_at < b.last_at ? 1 : -1))
    .map((one) => ({ ...in_list(one), found: { message: one.id.replace('cnv', 'msg'), at: one.last_at, subject: marked(one.subject), from: marked(one.from.name), text: marked(one.preview) } }));
}

function shown(world, query, me) {
  const state = query.get('state') ?? (query.get('customer') ? undefined : 'open');
  const [view, team, mailbox, label, customer] = ['view', 'team', 'mailbox', 'label', 'customer'].map((name) => query.get(name));
  return world.conversations
    .filter((one) => (!state || one.state === state) && (view !== 'mine' || one.assignee === me) && (view !== 'unassigned' || !one.assignee) && (!team || one.team === team) && (!mailbox || one.mailboxes.includes(mailbox)) && (!label || one.labels.includes(label)) && (!customer || one.from.customer === customer))
    .sort((a, b) => (a.last_at === b.last_at ? (a.id < b.id ? 1 : -1) : a.last_at < b.last_at ? 1 : -1));
}

function counts(world) {
  const found = new Map();
  const add_one = (scope, state) => {
    const one = found.get(scope) ?? { scope, open: 0, pending: 0, snoozed: 0, resolved: 0, spam: 0 };
    if (state in one) one[state] += 1;
    found.set(scope, one);
  };
  for (const one of world.conversations) for (const scope of ['all', one.assignee === world.agents[0].id ? 'mine' : undefined, one.assignee ? undefined : 'unassigned', one.team, ...one.mailboxes, ...one.labels]) if (scope) add_one(scope, one.state);
  return [...found.values()];
}

export function conversation_routes({ found, page, refuse, field }) {
  const sensible = (query) => {
    if (query.get('q').trim() === '!') refuse(422, 'invalid_fields', 'This cannot be searched for.', [{ ...field('/q', 'must have a letter or a digit', 'add a word'), code: 'search_letter', values: [] }]);
    return query;
  };
  const draft_key = (p, query) => `${p.id} ${query?.get('kind') ?? 'reply'}`;
  const change = (world, p, body, headers) => {
    const one = found(world.conversations, p.id);
    if (headers['if-match'] && headers['if-match'] !== `"${one.version}"`) refuse(409, 'changed_meanwhile', 'Somebody has changed the conversation meanwhile.');
    const part = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, value === '' ? undefined : value]));
    Object.assign(one, part, { version: one.version + 1 });
    if (body.state && body.state !== 'open') delete one.waiting_since;
    if (body.state && body.state !== 'snoozed') delete one.snoozed_until;
    tell(world, one, body.state ? `conversation.${{ resolved: 'resolved', open: 'reopened', snoozed: 'snoozed', spam: 'marked_spam', pending: 'waits' }[body.state]}` : 'conversation.changed');
    return detail(one);
  };
  const post_message = (world, p, body) => {
    const one = found(world.conversations, p.id);
    const before = world.messages.find((message) => message.key === body.key && body.key);
    if (before) return before;
    if (body.seen && world.messages.some((message) => message.conversation === p.id && message.id > body.seen && message.author.id !== world.agents[0].id)) refuse(409, 'answered_meanwhile', 'Somebody else has answered since this answer was begun.');
    if (body.to?.some((address) => !/@/.test(address))) refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/to/0', 'must be an e-mail address like name@example.org', 'correct it')]);
    const made = write(world, one, body);
    tell(world, one, body.kind === 'note' ? 'message.noted' : 'message.sent', { message: made.id });
    if (body.kind !== 'note') setTimeout(() => leave(world, one, made), 10_000).unref();
    return made;
  };
  const take_back = (world, p) => {
    const made = found(world.messages, p.id);
    if (made.state !== 'queued' || Date.parse(made.leaves_at) < Date.now()) refuse(409, 'already_left', 'The message is on its way.');
    const one = found(world.conversations, made.conversation);
    world.messages = world.messages.filter((message) => message !== made);
    world.drafts.set(`${one.id} reply`, { id: new_id('drf'), conversation: one.id, kind: 'reply', version: 1, words: { text: made.text, html: '', to: made.to.map((to) => to.address), cc: [], subject: made.subject, attachments: [] }, changed_at: iso(Date.now()) });
    Object.assign(one, { state: 'open', version: one.version + 1, messages: one.messages - 1 });
    tell(world, one, 'message.withdrawn', { message: made.id });
  };
  const put_draft = (world, p, body) => {
    const key = `${p.id} ${body.kind}`;
    const before = world.drafts.get(key);
    if (before ? body.version !== before.version : body.version !== undefined) refuse(409, 'changed_meanwhile', 'The draft was changed in another window.');
    const made = { id: before?.id ?? new_id('drf'), conversation: p.id, kind: body.kind, version: (before?.version ?? 0) + 1, words: body.words, changed_at: iso(Date.now()) };
    world.drafts.set(key, made);
    return made;
  };
  const merge = (world, p, body) => {
    const [from, into] = [found(world.conversations, p.id), found(world.conversations, body.into)];
    for (const message of world.messages) if (message.conversation === from.id) message.conversation = into.id;
    Object.assign(from, { state: 'merged', merged_into: into.id, version: from.version + 1 });
    Object.assign(into, { merged: [...into.merged, from.id], version: into.version + 1 });
    tell(world, from, 'conversation.merged');
    tell(world, into, 'conversation.changed');
    return detail(into);
  };
  const unmerge = (world, p) => {
    const from = found(world.conversations, p.id);
    const into = found(world.conversations, from.merged_into);
    for (const message of world.messages) if (message.origin === from.id) message.conversation = from.id;
    into.merged = into.merged.filter((id) => id !== from.id);
    Object.assign(from, { state: 'open', merged_into: undefined, version: from.version + 1 });
    tell(world, from, 'conversation.unmerged');
    tell(world, into, 'conversation.changed');
    return detail(from);
  };
  const crud = (name, list, kind, unique) => [
    ['GET', `/v1/${name}`, ({ world }) => ({ items: world[list] })],
    ['POST', `/v1/${name}`, ({ world, body }) => {
      if (!body.name) refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/name', 'must have 1 to 100 characters', 'fill it in')]);
      if (world[list].some((one) => one[unique] === body[unique])) refuse(409, `${kind}_exists`, 'There is one already.');
      const made = { id: new_id({ mailbox: 'mbx', team: 'team', label: 'lbl' }[kind]), members: [], aliases: [], signatures: {}, retired: false, created_at: iso(Date.now()), changed_at: iso(Date.now()), ...body };
      world[list].push(made);
      publish(world, { kind: `${kind}.created`, subject: made.id });
      return made;
    }, 201],
    ['PATCH', `/v1/${name}/:id`, ({ world, p, body }) => {
      const one = Object.assign(found(world[list], p.id), body);
      publish(world, { kind: `${kind}.changed`, subject: one.id });
      return one;
    }],
  ];
  return [
    ...crud('mailboxes', 'mailboxes', 'mailbox', 'address'), ...crud('teams', 'teams', 'team', 'name'), ...crud('labels', 'labels', 'label', 'name'),
    ['DELETE', '/v1/labels/:id', ({ world, p }) => void (world.labels = world.labels.filter((one) => one.id !== p.id))],
    ...['canned-replies', 'macros', 'views', 'segments', 'rules', 'conversation-fields'].map((noun) => ['GET', `/v1/${noun}`, () => ({ items: [] })]),
    ['GET', '/v1/mentions', () => ({ items: [], unread: 0 })],
    ['GET', '/v1/mentions/wishes', () => ({ mail: false })],
    ['GET', '/v1/customer-attributes', () => ({ attributes: [] })],
    ['GET', '/v1/customers/:id/attributes', ({ p }) => ({ customer: p.id, values: {}, segments: [] })],
    ['GET', '/v1/assignees', ({ world }) => ({ items: world.agents.filter((one) => !one.disabled).map(({ id, name }) => ({ id, name })) })],
    ['GET', '/v1/inbox', ({ world }) => ({ items: counts(world) })],
    ['GET', '/v1/presence', () => ({ presence: 'offline', since: '2026-11-22T08:00:00Z', at_work: true })],
    ['GET', '/v1/search', ({ world, query }) => ({ items: searched(world, query).slice(0, 5).map((one) => ({ kind: 'conversation', id: one.id, number: one.number, state: one.state, title: one.found.subject, who: one.found.from, text: one.found.text, at: one.last_at, message: one.found.message })) })],
    ['GET', '/v1/conversations', ({ world, query }) => page((query.get('q') ? searched(world, sensible(query)) : shown(world, query, world.agents[0].id).map(in_list)).map((one) => ({ ...one, unread: unread(world, one) })).filter((one) => query.get('unread') !== 'true' || one.unread), query)],
    ['POST', '/v1/conversations', ({ world, body }) => {
      if (!body.to.every((address) => /@/.test(address))) refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/to/0', 'must be an e-mail address like name@example.org', 'correct it')]);
      const customer = world.customers.find((one) => one.addresses.some((address) => address.value === body.to[0])) ?? world.customers[0];
      const one = open_conversation(world, { subject: body.subject, customer, mailbox: found(world.mailboxes, body.mailbox), at: Date.now() });
      write(world, one, { ...body, kind: 'reply' });
      tell(world, one, 'conversation.opened');
      return detail(one);
    }, 201],
    ['GET', '/v1/conversations/:id', ({ world, p }) => ({ ...detail(found(world.conversations, p.id)), unread: unread(world, found(world.conversations, p.id)) })],
    ['GET', '/v1/looking', ({ world }) => ({ items: [...world.looking].map(([conversation, lookers]) => ({ conversation, lookers })) })],
    ['PUT', '/v1/looking', ({ world, body }) => void (world.looked = body)],
    ['PUT', '/v1/conversations/:id/seen', ({ world, p, body }) => {
      world.seen.set(p.id, body.up_to);
      pass(world, 'seen.changed', p.id, { unread: unread(world, found(world.conversations, p.id)) });
    }],
    ['DELETE', '/v1/conversations/:id/seen', ({ world, p }) => {
      world.seen.delete(p.id);
      pass(world, 'seen.changed', p.id, { unread: true });
    }],
    ['PUT', '/v1/inbox/seen', ({ world }) => {
      for (const one of world.conversations) world.seen.set(one.id, newest_heard(world, one));
      pass(world, 'seen.changed', '', { unread: false });
    }],
    // Somebody else: looks, writes, answers.
    ['POST', '/mock/colleague', ({ world, body }) => {
      const one = found(world.conversations, body.conversation);
      if (body.doing) {
        const lookers = body.doing === 'gone' ? [] : [{ agent: world.agents[1].id, name: world.agents[1].name, doing: body.doing, until: iso(Date.now() + 60_000) }];
        world.looking.set(one.id, lookers);
        pass(world, 'looking.changed', one.id, { conversation: one.id, lookers });
      }
      if (body.text) {
        const made = write(world, one, { kind: 'reply', text: body.text, attachments: [] });
        made.author = { kind: 'agent', id: world.agents[1].id, name: world.agents[1].name };
        tell(world, one, 'message.sent', { message: made.id });
      }
      return {};
    }],
    ['PATCH', '/v1/conversations/:id', ({ world, p, body, headers }) => change(world, p, body, headers)],
    ['GET', '/v1/conversations/:id/messages', ({ world, p, query }) => found(world.conversations, p.id) && page(world.messages.filter((one) => one.conversation === p.id).sort((a, b) => (a.id < b.id ? 1 : -1)), query)],
    ['POST', '/v1/conversations/:id/messages', ({ world, p, body }) => post_message(world, p, body), 201],
    ['GET', '/v1/conversations/:id/drafts', ({ world, p }) => ({ items: ['reply', 'note'].map((kind) => world.drafts.get(draft_key(p, new Map([['kind', kind]])))).filter(Boolean) })],
    ['PUT', '/v1/conversations/:id/drafts', ({ world, p, body }) => put_draft(world, p, body)],
    ['DELETE', '/v1/conversations/:id/drafts', ({ world, p, query }) => void world.drafts.delete(draft_key(p, query))],
    ['POST', '/v1/conversations/:id/merge', ({ world, p, body }) => merge(world, p, body)],
    ['POST', '/v1/conversations/:id/unmerge', ({ world, p }) => unmerge(world, p)],
    ['GET', '/v1/messages/:id', ({ world, p }) => found(world.messages, p.id)],
    ['DELETE', '/v1/messages/:id', ({ world, p }) => take_back(world, p)],
    ['GET', '/v1/messages/:id/html', ({ world, p }) => ({ raw: html(found(world.messages, p.id).text), type: 'text/html' })],
    ['POST', '/mock/receive', ({ world, body }) => {
      const one = body.conversation ? found(world.conversations, body.conversation) : open_conversation(world, { subject: body.subject, customer: world.customers[0], mailbox: world.mailboxes[0], at: Date.now() });
      const made = receive(world, one, body);
      tell(world, one, body.conversation ? 'message.received' : 'conversation.opened', { message: made.id });
      return { conversation: one.id, message: made.id };
    }],
  ];
}

export function leave(world, one, made) {
  if (!world.messages.includes(made)) return;
  Object.assign(made, { state: 'sent', letters: made.letters.map((letter) => ({ ...letter, state: 'accepted' })) });
  tell(world, one, 'message.left', { message: made.id });
}
