// The list of conversations on the page: loads by cursor, follows the event stream, remembers how far it was loaded and scrolled.
import { signal, type Signal } from '@preact/signals';
import { Problem } from '../../sdk/client';
import type { Conversation } from '../../sdk/conversations';
import type { Event, Page } from '../../sdk/types';
import { words_for } from '../problems';
import { recall, remember } from '../remembered';
import { agent } from '../session';
import * as api from './api';
import { append, apply, concerns, from_page, mark, settle, type ListState } from './list_state';
import type { Filter } from './views';

const page_size = 50;
const most_at_once = 200;
const one_by_one = 8;  // more stale ones than this are read as a page
const most_pages = 25;      // of a saved view, for one page here
const pause_ms = 250;  // between two readings caused by events

export class Conversations {
  readonly state: Signal<ListState | undefined> = signal(undefined);
  readonly error: Signal<string | undefined> = signal(undefined);
  readonly loading_more = signal(false);
  readonly chosen: Signal<ReadonlySet<string>> = signal(new Set());  // for what is done to several at once
  private last_chosen: string | undefined;
  position: { top: number };
  private readonly stop = new AbortController();
  private reading = false;

  constructor(readonly filter: Filter) {
    this.position = { top: recall<{ top: number }>(this.memory())?.top ?? 0 };
  }

  private memory(): string {
    return `inbox.${JSON.stringify(this.filter)}`;
  }
  // A saved view, or what is unread of one, may look at many conversations before it finds one, and says how far it looked: it is asked to go on.
  private async page(limit: number, after?: string): Promise<Page<Conversation>> {
    const { saved, unread, ...rest } = this.filter;
    const plain = { ...rest, ...(unread ? { unread: 'true' } : {}) };
    if (plain.view === 'mentions') return { items: [] };  // a list of its own
    const read = (query: api.ListQuery) => (saved ? api.list_saved(saved, query, this.stop.signal) : api.list({ ...plain, ...query }, this.stop.signal));
    let page = await read({ limit, after });
    if (!saved && !unread) return page;
    for (let more = 0; more < most_pages && page.next && page.items.length < limit; ++more) {
      const next = await read({ limit: limit - page.items.length, after: page.next });
      page = { ...next, items: [...page.items, ...next.items] };
    }
    return page;
  }

  async load(): Promise<void> {
    this.error.value = undefined;
    const wanted = Math.max(page_size, this.state.peek()?.items.length ?? recall<{ count: number }>(this.memory())?.count ?? 0);
    try {
      let state = from_page(this.filter, agent.peek()?.id, await this.page(Math.min(wanted, most_at_once)));
      while (state.next && state.items.length < wanted) state = append(state, await this.page(most_at_once, state.next));
      this.state.value = state;
    } catch (failure) {
      if (!this.stop.signal.aborted) this.error.value = words_for(failure);
    }
  }

  async more(): Promise<void> {
    const state = this.state.peek();
    if (!state?.next || this.loading_more.peek()) return;
    this.loading_more.value = true;
    this.error.value = undefined;
    try {
      const page = await this.page(page_size, state.next);
      if (this.state.value) this.state.value = append(this.state.value, page);
      this.keep();
    } catch (failure) {
      if (!this.stop.signal.aborted) this.error.value = words_for(failure);
    } finally {
      this.loading_more.value = false;
    }
  }

  // With `through`: all between the last one that was chosen and this one.
  choose(id: string, through = false): void {
    const next = new Set(this.chosen.peek());
    const ids = this.state.peek()?.items.map((item) => item.id) ?? [];
    const [from, to] = [this.last_chosen ? ids.indexOf(this.last_chosen) : -1, ids.indexOf(id)];
    if (through && from >= 0 && to >= 0) for (const one of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one);
    else if (next.has(id)) next.delete(id);
    else next.add(id);
    this.last_chosen = id;
    this.chosen.value = next;
  }
  choose_all(): void {
    this.chosen.value = new Set(this.state.peek()?.items.map((item) => item.id));
  }
  choose_none(): void {
    this.chosen.value = new Set();
    this.last_chosen = undefined;
  }

  scrolled(top: number): void {
    this.position = { top };
    this.keep();
  }
  private keep(): void {
    remember(this.memory(), { top: this.position.top, count: this.state.peek()?.items.length ?? 0 });
  }

  take(events: Event[]): void {
    const state = this.state.peek();
    if (!state || !events.some(concerns)) return;
    this.state.value = events.reduce(apply, state);
    void this.read_stale();
  }
  // What a verb's reply says: no need to wait for its event.
  put(read: Conversation): void {
    if (this.filter.saved) this.state.value = this.state.peek() && { ...this.state.peek()!, items: this.state.peek()!.items.map((item) => (item.id === read.id ? read : item)) };
    else if (this.state.value) this.state.value = settle(this.state.value, [read]);
  }

  // The viewer has seen it, here or in another window; `undefined`: everything.
  mark(id: string | undefined, unread: boolean): void {
    if (this.state.value) this.state.value = mark(this.state.value, id, unread);
  }

  private async read_stale(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      while (!this.stop.signal.aborted && this.state.peek()?.stale.length) {
        const stale = this.state.peek()!.stale;
        // Only the server knows what a saved view holds.
        if (this.filter.saved || stale.length > one_by_one) await this.read_again(stale);
        else await this.read_each(stale);
        await new Promise((resolve) => setTimeout(resolve, pause_ms));
      }
    } catch {
      // Without a connection the stale ones stay marked; the stream's return loads the list again.
    } finally {
      this.reading = false;
    }
  }

  private async read_each(ids: string[]): Promise<void> {
    const missing: string[] = [];
    const read = await Promise.all(
      ids.map((id) =>
        api.find(id, this.stop.signal).catch((failure: unknown) => {
          if (failure instanceof Problem && failure.status === 404) missing.push(id);
          else throw failure;
          return undefined;
        }),
      ),
    );
    if (this.state.value) this.state.value = settle(this.state.value, read.filter((item) => item !== undefined), missing);
  }

  private async read_again(stale: string[]): Promise<void> {
    await this.load();
    if (this.error.peek()) throw new Error('not read');
    const now = this.state.peek();
    if (now) this.state.value = { ...now, stale: now.stale.filter((id) => !stale.includes(id)) };
  }

  close(): void {
    this.stop.abort();
  }
}
