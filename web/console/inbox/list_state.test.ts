// The list of conversations: events applied and what they name read again equal a fresh load, for any order of what happens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation } from '../../sdk/conversations';
import type { Event, Page } from '../../sdk/types';
import { append, apply, from_page, settle, type ListState } from './list_state';
import { filter_from, list_states, matches, query_of, type Filter } from './views';

class Chance {
  constructor(private seed: number) {}
  next(below: number): number {
    this.seed = (this.seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((this.seed / 2_147_483_648) * below);
  }
  one<T>(of: readonly T[]): T {
    return of[this.next(of.length)]!;
  }
}

const me = 'agt_me';
type Kept = Conversation & { mailboxes: string[] };

class Server {
  all: Kept[] = [];
  events: Event[] = [];
  private clock = 1_700_000_000_000;
  private made = 0;

  // Some instants have no fraction: their texts do not sort as they do.
  private now(chance: Chance): string {
    this.clock += chance.next(3) * 500;
    const text = new Date(this.clock).toISOString();
    return chance.next(2) ? text : text.replace('.000Z', 'Z');
  }
  open(chance: Chance): void {
    const at = this.now(chance);
    const id = `cnv_${String((this.made += 1)).padStart(13, '0')}`;
    this.all.push({ id, number: this.made, channel: 'email', state: 'open', priority: 'normal', subject: 's', preview: 'p', from: { customer: chance.one(['cus_1', 'cus_2']), name: 'n' }, mailbox: 'mbx_1', mailboxes: ['mbx_1'], labels: [], locale: 'en', messages: 1, opened_at: at, last_at: at, erased: false, version: 1 });
    this.tell(id, 'conversation.opened', at);
  }
  happen(chance: Chance): void {
    if (!this.all.length || chance.next(5) === 0) return this.open(chance);
    const one = chance.one(this.all);
    const at = this.now(chance);
    const what = chance.next(6);
    if (what === 0) Object.assign(one, { last_at: at, state: 'open', messages: one.messages + 1 });
    else if (what === 1) one.state = chance.one(list_states);
    else if (what === 2) one.team = chance.one(['team_1', 'team_2']);
    else if (what === 3) {
      if (chance.next(2)) one.assignee = chance.one([me, 'agt_2']);
      else delete one.assignee;
    } else if (what === 5 && chance.next(2)) one.due = { metric: 'first_response', stage: 'running', started_at: at, target_s: 60, left_s: 60, ...(chance.next(4) ? { due_at: this.now(chance) } : {}) };
    else if (what === 4) one.labels = chance.next(2) ? ['lbl_1'] : [];
    else one.mailboxes = chance.next(2) ? ['mbx_1', 'mbx_2'] : ['mbx_1'];
    one.version += 1;
    this.tell(one.id, what === 0 ? 'message.received' : 'conversation.changed', at);
  }
  private tell(subject: string, kind: string, at: string): void {
    this.events.push({ seq: this.events.length + 1, at, kind, subject, data: {} });
  }
  // Shown without its mailboxes, as in the server's lists.
  list(filter: Filter, limit: number, after?: string): Page<Conversation> {
    const is_due = filter.order === 'due';
    const place = (item: Conversation): [number, string] => [Date.parse(is_due ? item.due!.due_at! : item.last_at), item.id];
    const newer = (a: [number, string], b: [number, string]): number => (a[0] === b[0] ? (a[1] === b[1] ? 0 : a[1] < b[1] ? 1 : -1) : b[0] - a[0]);
    const before = (a: [number, string], b: [number, string]): number => (is_due ? newer(b, a) : newer(a, b));
    const found = this.all
      .filter((item) => matches(filter, item, me))
      .sort((a, b) => before(place(a), place(b)))
      .filter((item) => !after || before([Number(after.split(' ')[0]), after.split(' ')[1]!], place(item)) < 0);
    const items = found.slice(0, limit).map((item) => structuredClone(item));
    return { items, ...(found.length > limit ? { next: place(items.at(-1)!).join(' ') } : {}) };
  }
  read(ids: string[]): Kept[] {
    return ids.map((id) => structuredClone(this.all.find((item) => item.id === id)!));
  }
}

const filters: Filter[] = [{ view: 'all', state: 'open', order: 'due' }, { team: 'team_1', state: 'open', order: 'due' }, { view: 'all', state: 'open' }, { view: 'mine', state: 'open' }, { view: 'unassigned', state: 'pending' }, { team: 'team_1', state: 'open' }, { label: 'lbl_1', state: 'open' }, { mailbox: 'mbx_2', state: 'open' }, { customer: 'cus_1', state: 'resolved' }];
const shown = (state: ListState) => state.items.map((item) => `${item.id} ${item.version}`);

test('after any events, apply and settle equal a fresh load', () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const chance = new Chance(seed);
    const server = new Server();
    for (let n = 0; n < 12; n += 1) server.happen(chance);
    const filter = filters[seed % filters.length]!;
    let state = from_page(filter, me, server.list(filter, 1_000));
    const seen = server.events.length;
    for (let n = 0; n < 20; n += 1) server.happen(chance);
    for (const event of server.events.slice(seen)) state = apply(state, event);
    state = settle(state, server.read(state.stale));
    assert.deepEqual(shown(state), shown(from_page(filter, me, server.list(filter, 1_000))), `seed ${seed}`);
    assert.deepEqual(state.stale, []);
  }
});

test('a list that is loaded in part stays the beginning of the whole, and nothing is missing or double after the next page', () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const chance = new Chance(seed);
    const server = new Server();
    for (let n = 0; n < 30; n += 1) server.happen(chance);
    const filter = filters[seed % filters.length]!;
    let state = from_page(filter, me, server.list(filter, 3));
    const seen = server.events.length;
    for (let n = 0; n < 15; n += 1) server.happen(chance);
    for (const event of server.events.slice(seen)) state = settle(apply(state, event), server.read([event.subject]));
    const whole = shown(from_page(filter, me, server.list(filter, 1_000)));
    assert.deepEqual(shown(state), whole.slice(0, state.items.length), `seed ${seed}`);
    while (state.next) state = append(state, server.list(filter, 3, state.next));
    assert.deepEqual(shown(state), whole, `seed ${seed}, all pages`);
  }
});

test('events about other things leave the list alone', () => {
  const state = from_page({ view: 'all', state: 'open' }, me, { items: [] });
  assert.equal(apply(state, { seq: 9, at: '2026-01-01T00:00:00Z', kind: 'delivery.submitted', subject: 'dlv_1', data: {} }), state);
});

test('a view survives its address', () => {
  for (const filter of filters) assert.deepEqual(filter_from(new URLSearchParams(query_of(filter))), filter);
  assert.deepEqual(filter_from(new URLSearchParams('label=lbl_1&order=due')), { label: 'lbl_1', state: 'open' }, 'an order that the server does not keep');
  assert.deepEqual(filter_from(new URLSearchParams('state=merged&view=nonsense')), { view: 'all', state: 'open' });
});
