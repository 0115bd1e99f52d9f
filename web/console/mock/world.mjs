// The world of the mock server: an organisation with customers and deliveries in every state, the same at every start.
import { furnish } from './conversations.mjs';
import { furnish_knowledge } from './knowledge.mjs';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
let counter = 7_000_000n;

export function new_id(prefix) {
  counter += 1n;
  let value = (counter << 24n) | 0x5a17c3n;
  let text = '';
  for (let step = 0; step < 13; step += 1) {
    text = alphabet[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}

const people = [
  ['Amelia Hart', 'amelia.hart@example.org', 'en'], ['نیلوفر احمدی', 'niloufar.ahmadi@example.org', 'fa'], ['Giulia Ferri', 'giulia.ferri@example.org', 'it'],
  ['Thomas Okafor', 'thomas.okafor@example.org', 'en'], ['رضا کریمی', 'reza.karimi@example.org', 'fa'], ['佐藤 花子', 'hanako.sato@example.org', 'ja'],
  ['김민준', 'minjun.kim@example.org', 'ko'], ['สมชาย ใจดี', 'somchai@example.org', 'th'], ['Beatrice van der Meulen-Castellani', 'beatrice.vandermeulen-castellani@correspondence.example.org', 'en'],
  ['Luca Moretti', 'luca.moretti@example.org', 'it'], ['Ingrid Solberg', 'ingrid@example.org', 'en'], ['Daniel Price', 'daniel.price@example.org', 'en'],
];
const subjects = [
  'Notice of change of contract terms', 'Final reminder: invoice 2026-1187', 'Your policy documents', 'Termination of lease, Elm Street 14', 'Annual statement of account',
  'اخطار پایان قرارداد', 'Decision on your application', 'Recall of heating unit HX-200', 'New price list from January', 'Data protection notice',
];
const text = 'Dear customer,\n\nplease find enclosed the notice that we are bound by contract to give you. It takes effect thirty days after this delivery.\n\nKind regards\nNordlicht Insurance';

export const lives = {
  submitted: ['A1'], notified: ['A1', 'C1'], notification_failed: ['A1', 'C2'], consigned: ['A1', 'C1', 'C3', 'D1'], handed_over: ['A1', 'C1', 'C3', 'D1', 'D6', 'E1'],
  refused: ['A1', 'C1', 'C4'], expired: ['A1', 'C1', 'C5'], failed: ['A1', 'C1', 'C3', 'D2'], sent: [],
};
const names = { A1: 'SubmissionAcceptance', C1: 'NotificationForAcceptance', C2: 'NotificationForAcceptanceFailure', C3: 'ConsignmentAcceptance', C4: 'ConsignmentRejection', C5: 'AcceptanceRejectionExpiry', D1: 'ContentConsignment', D2: 'ContentConsignmentFailure', D6: 'ContentAccessTracking', E1: 'ContentHandover' };
const clauses = { A: '6.2.2', C: '6.2.4', D: '6.2.5', E: '6.2.6' };
const reasons = { C2: [{ code: 'RC03', details: '550 5.1.1 No such user' }], C4: [{ code: 'RC08', details: 'I have a new address' }], C5: [{ code: 'RC11', details: 'No answer before the deadline' }], D2: [{ code: 'RD04', details: 'The content is damaged' }] };

// Steps of a young delivery stand close together: nothing happens in the future.
const age_step = (world, at) => Math.floor((world.now - at) / minute / 6);
const iso = (ms) => new Date(ms).toISOString();
const minute = 60_000;

export function make_world(now = Date.now()) {
  const world = { now, agents: [], customers: [], deliveries: [], outbox: [], audit: [], events: [], keys: [], files: new Map(), requests: new Map(), seq: 100, leaves: 4_211, listeners: new Set() };
  world.agents.push({ id: new_id('agt'), name: 'Mira Lindqvist', email: 'mira@example.org', locale: 'en', role: 'owner', has_password: true, has_totp: false, disabled: false });
  world.agents.push({ id: new_id('agt'), name: 'Jonas Weber', email: 'jonas@example.org', locale: 'en', role: 'agent', has_password: true, has_totp: true, disabled: false });
  world.agents.push({ id: new_id('agt'), name: 'سارا محمدی', email: 'sara@example.org', locale: 'fa', role: 'auditor', has_password: false, has_totp: false, disabled: true });
  world.keys.push({ id: new_id('key'), name: 'Billing', scopes: ['deliveries.read', 'deliveries.send'], created_at: iso(now - 90 * 1440 * minute), used_at: iso(now - 4 * minute) });
  people.forEach(([name, email, locale], index) => {
    const created = now - (40 - index) * 1440 * minute;
    const addresses = [{ id: new_id('adr'), kind: 'email', value: email, verified: index % 3 !== 2, verified_at: index % 3 === 2 ? undefined : iso(created + 3 * minute), primary: true, created_at: iso(created) }];
    if (index % 2 === 0) addresses.push({ id: new_id('adr'), kind: 'email', value: email.replace('@', '+private@'), verified: false, primary: false, created_at: iso(created) });
    world.customers.push({ id: new_id('cus'), name, locale, external_id: index % 2 ? undefined : `C-${20_100 + index}`, created_at: iso(created), changed_at: iso(created), addresses });
  });
  const states = Object.keys(lives);
  for (let index = 0; index < 140; index += 1) {
    const state = index < 2 ? 'notified' : states[(index * 7) % states.length];
    const customer = world.customers[(index * 5) % world.customers.length];
    const age = index === 0 ? 6 : index * 97;
    add_delivery(world, { customer, state, at: now - age * minute, subject: subjects[index % subjects.length], reference: index % 3 ? undefined : `INV-${9_000 + index}`, erased: index === 33 });
  }
  world.deliveries.sort((a, b) => (a.submitted_at < b.submitted_at ? 1 : -1));
  for (const verb of ['agent.signed_in', 'delivery.erased', 'agent.created', 'api_key.created', 'customer.changed', 'agent.sign_in_refused', 'outbox.retried'])
    world.audit.push({ id: new_id('aud'), at: iso(now - world.audit.length * 47 * minute), actor_kind: 'agent', actor_name: verb === 'agent.sign_in_refused' ? '' : 'Mira Lindqvist', verb, subject: verb.startsWith('delivery') ? world.deliveries[33].id : verb.startsWith('customer') ? world.customers[0].id : world.agents[0].id, outcome: verb === 'agent.sign_in_refused' ? 'refused' : 'done', remote: '192.0.2.17', request_id: 'r1', data: {} });
  furnish(world);
  furnish_knowledge(world);
  return world;
}

function add_delivery(world, { customer, state, at, subject, reference, erased }) {
  const kind = state === 'sent' ? 'plain' : 'registered';
  const id = new_id('dlv');
  const recipient = { customer: customer.id, name: customer.name, email: customer.addresses[0].value };
  const evidence = lives[state].map((code, step) => piece(world, code, at + step * Math.min(43, age_step(world, at)) * minute));
  const letter = { id: new_id('out'), owner: id, purpose: kind === 'plain' ? 'notice' : 'notification', channel: 'email', to: recipient.email, state: state === 'submitted' ? 'unknown' : state === 'notification_failed' ? 'failed' : 'accepted', attempts: state === 'submitted' ? 2 : 1, created_at: iso(at), changed_at: iso(at + minute), last_reply: state === 'notification_failed' ? '550 5.1.1 No such user' : state === 'submitted' ? 'connection lost after DATA' : '250 2.0.0 Ok: queued as 4XkQ2' };
  world.outbox.push(letter);
  const delivery = {
    id, submission: new_id('sub'), kind, state, subject: erased ? undefined : subject, recipient, locale: customer.locale, assurance: 'low', submitted_at: iso(at), accept_until: kind === 'plain' ? undefined : iso(at + 15 * 1440 * minute),
    changed_at: evidence.at(-1)?.time ?? iso(at + minute), reference, evidence_count: evidence.length, erased: Boolean(erased), text: erased ? undefined : text,
    files: [{ name: erased ? undefined : 'notice.pdf', media_type: 'application/pdf', size: 184_331, sha256: 'b3a1f09c5c0d1e2f9a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f' }], evidence, qualified: false, identification: state === 'notified' ? { codes: 6, sessions: 6, refused: 1, trouble: true } : { codes: 0, sessions: 0, refused: 0, trouble: false },
  };
  world.deliveries.push(delivery);
  return delivery;
}

export function piece(world, code, at) {
  const fresh = world.now - at < 20 * minute;
  return { id: new_id('evd'), code, name: names[code], clause: clauses[code[0]], time: iso(at), leaf_index: (world.leaves += 1), logged: true, timestamped: !fresh, reasons: reasons[code] ?? [] };
}

export function publish(world, event) {
  const full = { seq: (world.seq += 1), at: iso(Date.now()), data: {}, ...event };
  world.events.push(full);
  for (const listener of world.listeners) listener(full);
  return full;
}

// Moves a delivery on, as the recipient or the mail server would.
export function advance(world, id, state) {
  const delivery = world.deliveries.find((one) => one.id === id);
  const at = Date.now();
  const missing = lives[state].slice(delivery.evidence.length);
  for (const code of missing) delivery.evidence.push(piece(world, code, at));
  Object.assign(delivery, { state, changed_at: iso(at), evidence_count: delivery.evidence.length });
  publish(world, { kind: `delivery.${state}`, subject: id, customer: delivery.recipient.customer, at: iso(at), data: { state } });
  return delivery;
}

export function submit(world, body) {
  const submission = new_id('sub');
  const made = body.recipients.map((recipient) => {
    const customer = recipient.customer ? world.customers.find((one) => one.id === recipient.customer) : find_or_make(world, recipient);
    const delivery = add_delivery(world, { customer, state: 'submitted', at: Date.now(), subject: body.subject, reference: body.reference });
    Object.assign(delivery, { submission, kind: body.kind, text: body.text, files: body.files.map((one) => world.files.get(one.file)), accept_until: body.accept_until ?? delivery.accept_until, assurance: body.assurance ?? 'low' });
    world.outbox.at(-1).state = 'queued';
    world.outbox.at(-1).last_reply = undefined;
    world.deliveries.pop();
    world.deliveries.unshift(delivery);
    publish(world, { kind: 'delivery.submitted', subject: delivery.id, customer: customer.id, data: { state: 'submitted' } });
    return delivery;
  });
  return { submission, deliveries: made.map(summary) };
}

export function find_or_make(world, { email, name, locale }) {
  const found = world.customers.find((one) => one.addresses.some((address) => address.value === email));
  if (found) return found;
  const customer = { id: new_id('cus'), name: name ?? '', locale: locale ?? 'en', created_at: iso(Date.now()), changed_at: iso(Date.now()), addresses: [{ id: new_id('adr'), kind: 'email', value: email, verified: false, primary: true, created_at: iso(Date.now()) }] };
  world.customers.unshift(customer);
  return customer;
}

export function summary(delivery) {
  const { text: _t, files: _f, evidence: _e, qualified: _q, ...rest } = delivery;
  return rest;
}
