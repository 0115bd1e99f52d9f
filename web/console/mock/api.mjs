// The API of the mock server: the routes that the console uses, over the world in memory.
import { conversation_routes } from './conversations.mjs';
import { knowledge_routes } from './knowledge.mjs';
import { advance, new_id, publish, submit, summary } from './world.mjs';

class Refusal extends Error {
  constructor(status, code, detail, fields, more) {
    super(detail);
    Object.assign(this, { status, code, fields, more });
  }
}
const refuse = (status, code, detail, fields, more) => {
  throw new Refusal(status, code, detail, fields, more);
};
const field = (pointer, rule, fix) => ({ pointer, rule, fix });
const found = (list, id) => list.find((one) => one.id === id) ?? refuse(404, 'not_found', 'There is no such thing.');

const permissions = ['deliveries.read', 'deliveries.send', 'deliveries.erase', 'templates.write', 'conversations.read', 'conversations.reply', 'conversations.manage', 'mailboxes.manage', 'knowledge.read', 'knowledge.write', 'knowledge.publish', 'customers.read', 'customers.write', 'events.read', 'outbox.read', 'outbox.manage', 'agents.read', 'agents.manage', 'keys.manage', 'audit.read', 'settings.read', 'settings.manage', 'organisation.own'];

function page(items, query) {
  const limit = Number(query.get('limit') ?? 50);
  const from = query.get('after') ? items.findIndex((one) => String(one.id ?? one.seq) === query.get('after')) + 1 : 0;
  const part = items.slice(from, from + limit);
  const more = from + limit < items.length;
  return { items: part, ...(more ? { next: String(part.at(-1).id ?? part.at(-1).seq) } : {}) };
}

const begins = (text, q) => text.toLowerCase().split(/[\s@.+]/).some((word) => word.startsWith(q.toLowerCase())) || text.toLowerCase().startsWith(q.toLowerCase());

function check_delivery(world, body) {
  const wrong = [];
  if (!body.subject) wrong.push(field('/subject', 'must have 1 to 200 characters', 'it has 0: fill it in'));
  if (body.subject === 'wrong') wrong.push(field('/subject', 'must not be "wrong"', 'say what it is about'));
  body.recipients.forEach((one, index) => {
    if (one.email?.endsWith('@nowhere.example')) wrong.push(field(`/recipients/${index}/email`, 'must be an address that can take mail', 'correct it'));
  });
  if (wrong.length) refuse(422, 'invalid_fields', 'Some fields are missing or wrong; see fields.', wrong);
}

const session_of = (world) => ({ agent: world.agents[0], permissions: permissions.filter((one) => !world.without?.includes(one)), expires_at: new Date(Date.now() + 8 * 3_600_000).toISOString() });

// [method, path, handler({ world, p, query, body, headers }) → value, status]
export const routes = [
  ...conversation_routes({ found, page, refuse, field }),
  ...knowledge_routes({ found, page, refuse, field }),
  ['GET', '/v1/sign-in/providers', () => ({ items: [{ id: 'eid', name: 'National eID' }] })],
  ['GET', '/v1/agents/me/identities', () => ({ items: [] })],
  ['GET', '/v1/session', ({ world }) => session_of(world)],
  ['POST', '/v1/session/link', ({ world, body, sign_in }) => (body.token === 'good' ? (sign_in(), session_of(world)) : refuse(401, 'link_refused', 'This link has been used or is too old.')), 201],
  ['POST', '/v1/session', ({ world, body, sign_in }) => {
    if (body.password !== 'correct horse battery') refuse(401, 'sign_in_refused', 'E-mail address or password is not right.');
    if (body.email === 'jonas@example.org' && body.totp !== '123456') refuse(401, body.totp ? 'totp_wrong' : 'totp_required', 'A code is needed.');
    sign_in();
    return session_of(world);
  }, 201],
  ['DELETE', '/v1/session', ({ sign_out }) => sign_out()],
  ['GET', '/v1/deliveries', ({ world, query }) => {
    const q = query.get('q');
    const items = world.deliveries.filter((one) => (!query.get('state') || one.state === query.get('state')) && (!query.get('kind') || one.kind === query.get('kind')) && (!query.get('customer') || one.recipient.customer === query.get('customer')) && (!q || one.id === q || one.reference === q || begins(one.recipient.name, q) || begins(one.recipient.email, q)));
    return page(items.map(summary), query);
  }],
  ['POST', '/v1/deliveries', ({ world, body, headers }) => {
    const key = headers['idempotency-key'];
    const text = JSON.stringify(body);
    const before = key && world.requests.get(key);
    if (before) return before.text === text ? before.reply : refuse(409, 'idempotency_key_reused', 'This key was used with other content.');
    check_delivery(world, body);
    const reply = submit(world, body);
    if (key) world.requests.set(key, { text, reply });
    return reply;
  }, 202],
  ['GET', '/v1/deliveries/:id', ({ world, p }) => found(world.deliveries, p.id) && { ...world.deliveries.find((one) => one.id === p.id), letters: world.outbox.filter((one) => one.owner === p.id).map(({ id, purpose, to, state, attempts, last_reply, changed_at }) => ({ id, purpose, to, state, attempts, last_reply, at: changed_at })) }],
  ['GET', '/v1/deliveries/:id/delegations', ({ p, world }) => found(world.deliveries, p.id) && { items: [{ id: 'dgn_0000000000001', customer: 'cus_1', delivery: p.id, name: 'Dora Smith', email: 'dora@example.org', locale: 'en', made_by: 'agent', made_at: '2026-11-01T10:00:00Z', valid_until: '2027-03-01T10:00:00Z' }] }],
  ['GET', '/v1/categories', () => ({ items: [{ name: 'orders', names: { en: 'Orders', fa: 'سفارش‌ها' }, class: 'transactional', needs_consent: false, retired: false }, { name: 'offers', names: { en: 'Offers', fa: 'پیشنهادها' }, class: 'promotional', needs_consent: true, retired: false }] })],
  ['GET', '/v1/customers/:id/preferences', ({ p }) => ({ customer: p.id, locale: 'en', time_zone: 'Europe/Rome', quiet_hours: [{ days: ['sat', 'sun'], from: '20:00', until: '09:00' }], choices: [{ category: 'orders', channel: 'email', class: 'transactional', wanted: true, may_be_changed: true }, { category: 'offers', channel: 'email', class: 'promotional', wanted: false, may_be_changed: true }] })],
  ['GET', '/v1/customers/:id/consents', () => ({ items: [] })],
  ['GET', '/v1/customers/:id/similar', () => ({ items: [] })],
  ['GET', '/v1/deliveries/:id/verification', ({ p }) => ({ url: `https://rapport.example.org/v/${p.id.slice(4)}` })],
  ['POST', '/v1/deliveries/:id/erasure', ({ world, p }) => {
    const one = found(world.deliveries, p.id);
    Object.assign(one, { erased: true, subject: undefined, text: undefined, files: one.files.map((file) => ({ ...file, name: undefined })) });
    publish(world, { kind: 'delivery.erased', subject: one.id, customer: one.recipient.customer, data: { state: one.state } });
  }],
  ['GET', '/v1/customers', ({ world, query }) => {
    const q = query.get('q');
    return page(world.customers.filter((one) => !q || begins(one.name, q) || one.addresses.some((address) => begins(address.value, q))), query);
  }],
  ['POST', '/v1/customers', ({ world, body }) => {
    if (!body.name) refuse(422, 'invalid_fields', 'Some fields are missing or wrong.', [field('/name', 'must have 1 to 200 characters', 'it has 0: fill it in')]);
    const now = new Date().toISOString();
    const made = { id: new_id('cus'), name: body.name, locale: body.locale, external_id: body.external_id, created_at: now, changed_at: now, addresses: body.addresses.map((one) => ({ id: new_id('adr'), kind: 'email', value: one.value, verified: Boolean(one.verified), verified_at: one.verified ? now : undefined })) };
    world.customers.unshift(made);
    publish(world, { kind: 'customer.created', subject: made.id, customer: made.id });
    return made;
  }, 201],
  ['GET', '/v1/customers/:id', ({ world, p }) => found(world.customers, p.id)],
  ['PATCH', '/v1/customers/:id', ({ world, p, body }) => {
    if (body.name === 'wrong') refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/name', 'must not be "wrong"', 'write their name')]);
    const one = Object.assign(found(world.customers, p.id), body);
    publish(world, { kind: 'customer.changed', subject: one.id, customer: one.id });
    return one;
  }],
  ['POST', '/v1/customers/:id/addresses', ({ world, p, body }) => {
    if (!/@/.test(body.value)) refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/value', 'must be an e-mail address like name@example.org', 'correct it')]);
    const one = { id: new_id('adr'), kind: 'email', value: body.value, verified: Boolean(body.verified), verified_at: body.verified ? new Date().toISOString() : undefined };
    found(world.customers, p.id).addresses.push(one);
    return one;
  }, 201],
  ['DELETE', '/v1/customers/:id/addresses/:adr', ({ world, p }) => {
    const one = found(world.customers, p.id);
    one.addresses = one.addresses.filter((address) => address.id !== p.adr);
  }],
  ['GET', '/v1/customers/:id/timeline', ({ world, p, query }) => {
    const past = world.deliveries.filter((one) => one.recipient.customer === p.id).flatMap((one, index) => one.evidence.map((piece, step) => ({ seq: 90_000 - index * 20 + step, at: piece.time, kind: `delivery.${{ A1: 'submitted', C1: 'notified', C2: 'notification_failed', C3: 'accepted', C4: 'refused', C5: 'expired', D1: 'consigned', D2: 'failed', D6: 'read', E1: 'handed_over' }[piece.code]}`, subject: one.id, customer: p.id, data: {} })));
    return page(past.sort((a, b) => (a.at < b.at ? 1 : -1)), query);
  }],
  ['GET', '/v1/outbox', ({ world, query }) => page([...world.outbox].sort((a, b) => (a.changed_at < b.changed_at ? 1 : -1)).filter((one) => !query.get('state') || one.state === query.get('state')), query)],
  ['POST', '/v1/outbox/:id/retry', ({ world, p }) => letter_to(world, p.id, 'queued')],
  ['POST', '/v1/outbox/:id/cancellation', ({ world, p }) => letter_to(world, p.id, 'cancelled')],
  ['GET', '/v1/audit', ({ world, query }) => page(world.audit, query)],
  ['GET', '/v1/settings/keys', ({ world }) => ({
    seal: { algorithm: 'ECDSA P-256 with SHA-256', subject: 'CN=Nordlicht Insurance seal (non-qualified)', fingerprint: '3f7a9e15c2d84b60a1e97c35d8f20b46e1739c5a84d06f2be9175c3a60d84f2b', not_after: '2029-11-21T00:00:00Z', qualified: false },
    tsa: { url: 'built-in', qualified: false, waiting: 3 },
    log: { origin: 'localhost/rapport', public_key: 'localhost/rapport+7c1d93b2+ATb0Qk3y1m5oV9r2Y8w0xQm3r1kz7c9d5f2a6b8e4h1j', size: world.leaves, root: 'qL0m8r1z2Xv5t9w7y3K6b4n8d2f1g5h7j9k0l3m6n8=', checkpoint_size: world.leaves },
  })],
  ['GET', '/v1/settings/mail', () => ({ from: 'notices@example.org', route: 'mx', tls: 'opportunistic', hello: 'localhost', connections_per_destination: 8, signs_in: false, accepted: 132, delayed: 1, failed: 2, unknown: 1, attempting: 0 })],
  ['POST', '/v1/settings/mail/test', () => undefined, 202],
  ['GET', '/v1/api-keys', ({ world, query }) => page(world.keys, query)],
  ['POST', '/v1/api-keys', ({ world, body }) => {
    if (!body.name) refuse(422, 'invalid_fields', 'Some fields are wrong.', [field('/name', 'must have 1 to 200 characters', 'fill it in')]);
    const made = { id: new_id('key'), name: body.name, scopes: body.scopes, created_at: new Date().toISOString() };
    world.keys.unshift(made);
    return { id: made.id, key: 'rk_4n8d2f1g5h7j9k0l3m6n8p1q3r5s7t9v' };
  }, 201],
  ['DELETE', '/v1/api-keys/:id', ({ world, p }) => void (world.keys = world.keys.filter((one) => one.id !== p.id))],
  ['GET', '/v1/agents', ({ world, query }) => page(world.agents, query)],
  ['POST', '/v1/agents', ({ world, body }) => {
    const made = { id: new_id('agt'), ...body, has_password: false, has_totp: false, disabled: false };
    world.agents.push(made);
    return made;
  }, 201],
  ['POST', '/v1/agents/:id/link', () => ({ url: 'http://localhost:8080/console/sign-in#token=8h2k4m6n8p1q3r5s', expires_at: new Date(Date.now() + 86_400_000).toISOString() }), 201],
  ['GET', '/v1/sessions', () => ({ items: [{ id: 'ses_1', opened_by: 'password', remote: '192.0.2.17', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0', created_at: new Date(Date.now() - 3_600_000).toISOString(), seen_at: new Date().toISOString(), current: true }, { id: 'ses_2', opened_by: 'link', remote: '198.51.100.4', user_agent: 'Mozilla/5.0 (iPhone) Safari/605', created_at: new Date(Date.now() - 86_400_000).toISOString(), seen_at: new Date(Date.now() - 7_200_000).toISOString(), current: false }] })],
  ['DELETE', '/v1/sessions/:id', () => undefined],
  ['PATCH', '/v1/agents/:id', ({ world, p, body }) => Object.assign(found(world.agents, p.id), body)],
  ['GET', '/v1/roles', () => ({ items: [{ name: 'owner', permissions }, { name: 'administrator', permissions: permissions.slice(0, -1) }, { name: 'agent', permissions: ['deliveries.read', 'deliveries.send', 'customers.read', 'customers.write', 'events.read'] }, { name: 'auditor', permissions: ['deliveries.read', 'customers.read', 'audit.read'] }] })],
  ['POST', '/v1/agents/me/password', () => undefined],
  ['POST', '/v1/agents/me/totp', () => ({ secret: 'JBSW Y3DP EHPK 3PXP', uri: 'otpauth://totp/Rapport:mira@example.org?secret=JBSWY3DPEHPK3PXP&issuer=Rapport' })],
  ['PUT', '/v1/agents/me/totp', ({ body }) => (body.code === '123456' ? { recovery_codes: ['k3m5-9x2p', 'q7r1-8w4z', 'b6n2-4t8y'] } : refuse(422, 'totp_wrong', 'The code is not right.', [field('/code', 'must be the code shown now', 'type it again')]))],
  ['DELETE', '/v1/agents/me/totp', () => undefined],
  // For tests: what recipients and mail servers would do.
  ['POST', '/mock/advance', ({ world, body }) => summary(advance(world, body.id, body.state))],
];

function letter_to(world, id, state) {
  Object.assign(found(world.outbox, id), { state, changed_at: new Date().toISOString() });
  publish(world, { kind: `outbox.${state}`, subject: id });
}

export const is_refusal = (error) => error instanceof Refusal;
