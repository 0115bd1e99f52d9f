// The messages of a conversation: whatever happens, what is shown equals a fresh load of as much.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../sdk/conversations';
import type { Event, Page } from '../../sdk/types';
import { by_day, take_newest, take_older, take_one, touched, type ThreadState } from './thread_state';

const message = (n: number, part: Partial<Message> = {}): Message => ({ id: `msg_${String(n).padStart(5, '0')}`, conversation: 'cnv_1', origin: 'cnv_1', direction: 'out', channel: 'email', state: 'queued', at: new Date(1_700_000_000_000 + n * 3_600_000).toISOString(), author: { kind: 'agent', id: 'agt_1', name: 'A' }, from: { name: '', address: '' }, to: [], cc: [], reply_to: [], subject: '', other_subject: false, text: `${n}`, quoted: '', cut: false, fields: [], has_html: false, attachments: [], has_raw: false, letters: [], erased: false, ...part });

class Server {
  all: Message[] = [];
  private made = 0;
  constructor(private seed: number) {}
  next(below: number): number {
    this.seed = (this.seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((this.seed / 2_147_483_648) * below);
  }
  happen(): Event {
    const what = this.all.length ? this.next(4) : 0;
    const index = this.next(Math.max(1, this.all.length));
    let about: Message;
    if (what < 2) this.all.push((about = message((this.made += 1))));
    else if (what === 2) about = this.all[index] = { ...this.all[index]!, state: 'failed' };
    else about = this.all.splice(index, 1)[0]!;
    return { seq: 1, at: about.at, kind: 'message.changed', subject: 'cnv_1', data: { message: about.id } };
  }
  page(limit: number, after?: string): Page<Message> {
    const found = this.all.filter((one) => !after || one.id < after).reverse();
    const items = found.slice(0, limit);
    return { items, ...(found.length > limit ? { next: items.at(-1)!.id } : {}) };
  }
}

test('events, pages and single messages in any order equal a fresh load', () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const server = new Server(seed);
    for (let n = 0; n < 20; n += 1) server.happen();
    let state: ThreadState = take_newest(undefined, server.page(5));
    for (let step = 0; step < 25; step += 1) {
      if (server.next(5) === 0 && state.next) state = take_older(state, server.page(5, state.next));
      const events = Array.from({ length: server.next(3) }, () => server.happen());
      const page = server.page(5);
      state = take_newest(state, page);
      for (const id of touched(state, events, page)) state = take_one(state, id, server.all.find((one) => one.id === id));
      const from = state.items[0]?.id ?? '';
      const fresh = state.next ? server.all.filter((one) => one.id >= from) : server.all;
      assert.deepEqual(state.items, fresh, `seed ${seed} step ${step}`);
    }
  }
});

test('messages stand under their days, in the viewer’s zone', () => {
  const days = by_day([message(0), message(1), message(30)], (at) => at.toISOString().slice(0, 10));
  assert.deepEqual(days.map((day) => day.items.length), [2, 1]);
  assert.deepEqual(by_day([]), []);
});
