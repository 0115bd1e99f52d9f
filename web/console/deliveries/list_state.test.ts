// The list of deliveries: events applied and read again equal a fresh load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliverySummary, Event, Page } from '../../sdk/types';
import { append, apply, from_page, matches, settle, type Filter, type ListState } from './list_state';

// A server in memory, and a chance that repeats.
class Chance {
  constructor(private seed: number) {}
  next(below: number): number {
    this.seed = (this.seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((this.seed / 2_147_483_648) * below);
  }
}

class Server {
  deliveries: DeliverySummary[] = [];
  events: Event[] = [];
  private clock = 1_700_000_000_000;
  private made = 0;

  private now(): string {
    this.clock += 1_000;
    return new Date(this.clock).toISOString();
  }
  submit(kind: 'registered' | 'plain'): void {
    const at = this.now();
    const id = `dlv_${String((this.made += 1)).padStart(13, '0')}`;
    this.deliveries.push({ id, submission: 'sub_1', kind, state: 'submitted', subject: 's', recipient: { customer: 'cus_1', name: 'n', email: 'e' }, locale: 'en', assurance: 'low', submitted_at: at, changed_at: at, evidence_count: 1, erased: false });
    this.tell(id, 'delivery.submitted', at, { state: 'submitted' });
  }
  move(index: number, state: string, says_state: boolean): void {
    const one = this.deliveries[index]!;
    const at = this.now();
    this.deliveries[index] = { ...one, state, changed_at: at, evidence_count: one.evidence_count + 1 };
    this.tell(one.id, `delivery.${state}`, at, says_state ? { state } : {});
  }
  remove(index: number): void {
    const [gone] = this.deliveries.splice(index, 1);
    this.tell(gone!.id, 'delivery.removed', this.now(), {});
  }
  private tell(subject: string, kind: string, at: string, data: Record<string, unknown>): void {
    this.events.push({ seq: this.events.length + 1, at, kind, subject, data });
  }
  list(filter: Filter, limit: number, after?: string): Page<DeliverySummary> {
    const all = this.deliveries.filter((item) => matches(filter, item)).reverse();
    const from = after ? all.findIndex((item) => item.id === after) + 1 : 0;
    const items = all.slice(from, from + limit);
    return { items, ...(from + limit < all.length ? { next: items.at(-1)!.id } : {}) };
  }
  read(ids: string[]): { read: DeliverySummary[]; missing: string[] } {
    const read = ids.map((id) => this.deliveries.find((item) => item.id === id)).filter((item) => item !== undefined);
    return { read, missing: ids.filter((id) => !read.some((item) => item.id === id)) };
  }
}

const states = ['notified', 'consigned', 'refused', 'expired'];

function whole(server: Server, filter: Filter): ListState {
  return from_page(filter, server.list(filter, 1_000));
}

test('after any events, apply and settle equal a fresh load', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const chance = new Chance(seed);
    const server = new Server();
    for (let n = 0; n < 8; n += 1) server.submit(chance.next(2) ? 'registered' : 'plain');
    const filter: Filter = [{}, { state: 'submitted' }, { kind: 'registered' }, { customer: 'cus_1', state: 'notified' }][seed % 4]!;
    let state = whole(server, filter);
    const seen = server.events.length;
    for (let n = 0; n < 12; n += 1) {
      const what = chance.next(5);
      if (what === 0) server.submit('registered');
      else if (what === 1 && server.deliveries.length > 2) server.remove(chance.next(server.deliveries.length));
      else server.move(chance.next(server.deliveries.length), states[chance.next(4)]!, chance.next(2) === 0);
    }
    for (const event of server.events.slice(seen)) state = apply(state, event);
    const { read, missing } = server.read(state.stale);
    assert.deepEqual(settle(state, read, missing), whole(server, filter), `seed ${seed}`);
  }
});

test('an event that says the state shows it before anything is read', () => {
  const server = new Server();
  server.submit('registered');
  const state = whole(server, {});
  server.move(0, 'notified', true);
  const after = apply(state, server.events.at(-1)!);
  assert.equal(after.items[0]!.state, 'notified');
  assert.deepEqual(after.stale, [server.deliveries[0]!.id]);
});

test('an event older than what is shown changes nothing but asks for a reading', () => {
  const server = new Server();
  server.submit('registered');
  server.move(0, 'notified', true);
  const state = whole(server, {});
  const after = apply(state, server.events[0]!);
  assert.equal(after.items[0]!.state, 'notified');
});

test('events about other things leave the list alone', () => {
  const server = new Server();
  server.submit('registered');
  const state = whole(server, {});
  assert.equal(apply(state, { seq: 9, at: '2026-01-01T00:00:00Z', kind: 'log.checkpointed', subject: 'log', data: {} }), state);
});

test('a new delivery behind the last loaded one stays on the server until its page is loaded', () => {
  const server = new Server();
  for (let n = 0; n < 6; n += 1) server.submit('registered');
  let state = from_page({}, server.list({}, 2));
  server.move(0, 'notified', false);
  state = apply(state, server.events.at(-1)!);
  const { read, missing } = server.read(state.stale);
  state = settle(state, read, missing);
  assert.equal(state.items.length, 2);
  state = append(state, server.list({}, 10, state.next));
  assert.deepEqual(state.items, whole(server, {}).items);
});
