// The list of deliveries on a page: loads by cursor, follows the event stream, remembers how far it was loaded and scrolled.
import { signal, type Signal } from '@preact/signals';
import { get, Problem } from '../../sdk/client';
import type { Delivery, DeliverySummary, Event, Page } from '../../sdk/types';
import { words_for } from '../problems';
import { recall, remember } from '../remembered';
import { append, apply, from_page, matches, settle, type Filter, type ListState } from './list_state';

const page_size = 50;
const most_at_once = 200;
const one_by_one = 6;      // more stale deliveries than this are read as a page
const pause_ms = 800;      // between two readings caused by events

export class DeliveryList {
  readonly state: Signal<ListState | undefined> = signal(undefined);
  readonly error: Signal<string | undefined> = signal(undefined);
  readonly loading_more = signal(false);
  readonly arrived = signal(0);   // new ones above the place where somebody is reading
  position: { top: number };
  private readonly stop = new AbortController();
  private reading = false;
  private held: DeliverySummary[] = [];

  constructor(private readonly filter: Filter) {
    this.position = { top: recall<{ top: number }>(this.memory())?.top ?? 0 };
  }

  private memory(): string {
    return `list.${JSON.stringify(this.filter)}`;
  }

  private fetch_page(limit: number, after?: string): Promise<Page<DeliverySummary>> {
    return get('/v1/deliveries', { query: { ...this.filter, limit, after }, signal: this.stop.signal });
  }

  async load(): Promise<void> {
    this.error.value = undefined;
    const wanted = Math.max(page_size, this.state.peek()?.items.length ?? recall<{ count: number }>(this.memory())?.count ?? 0);
    try {
      let state = from_page(this.filter, await this.fetch_page(Math.min(wanted, most_at_once)));
      while (state.next && state.items.length < wanted) state = append(state, await this.fetch_page(most_at_once, state.next));
      this.held = [];
      this.arrived.value = 0;
      this.state.value = state;
    } catch (failure) {
      if (!this.stop.signal.aborted) this.error.value = words_for(failure);
    }
  }

  async more(): Promise<void> {
    const state = this.state.peek();
    if (!state?.next || this.loading_more.peek()) return;
    this.loading_more.value = true;
    try {
      const page = await this.fetch_page(page_size, state.next);
      if (this.state.value) this.state.value = append(this.state.value, page);
      this.keep();
    } catch (failure) {
      if (!this.stop.signal.aborted) this.error.value = words_for(failure);
    } finally {
      this.loading_more.value = false;
    }
  }

  scrolled(top: number): void {
    this.position = { top };
    this.keep();
    if (top < 40) this.show_arrived();
  }

  private keep(): void {
    remember(this.memory(), { top: this.position.top, count: this.state.peek()?.items.length ?? 0 });
  }

  take(events: Event[]): void {
    const state = this.state.peek();
    if (!state) return;
    this.state.value = events.reduce(apply, state);
    void this.read_stale();
  }

  private async read_stale(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      while (!this.stop.signal.aborted && this.state.peek()?.stale.length) {
        const stale = this.state.peek()!.stale;
        if (stale.length > one_by_one || this.filter.q) await this.read_page(stale);
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
        get<Delivery>(`/v1/deliveries/${id}`, { signal: this.stop.signal }).catch((failure: unknown) => {
          if (failure instanceof Problem && failure.status === 404) missing.push(id);
          else throw failure;
          return undefined;
        }),
      ),
    );
    this.merge(read.filter((item) => item !== undefined), missing);
  }

  private async read_page(stale: string[]): Promise<void> {
    const count = Math.min(most_at_once, Math.max(page_size, this.state.peek()?.items.length ?? 0));
    const page = await this.fetch_page(count);
    const now = this.state.peek();
    if (!now) return;
    if (this.filter.q || now.items.length <= count) {
      const added = now.stale.filter((id) => !stale.includes(id));
      this.state.value = { ...from_page(this.filter, page), stale: added };
    } else this.merge(page.items, []);
    const rest = this.state.peek()!;
    this.state.value = { ...rest, stale: rest.stale.filter((id) => !stale.includes(id)) };
  }

  // New deliveries above the reader wait until they are asked for: what one reads must not jump.
  private merge(read: DeliverySummary[], missing: string[]): void {
    const state = this.state.peek();
    if (!state) return;
    const have = new Set(state.items.map((item) => item.id));
    const fresh = read.filter((item) => !have.has(item.id) && matches(this.filter, item));
    if (this.position.top < 40 || !fresh.length) {
      this.state.value = settle(state, read, missing);
      return;
    }
    this.held = [...this.held.filter((old) => !fresh.some((item) => item.id === old.id)), ...fresh];
    this.arrived.value = this.held.length;
    const settled = settle(state, read.filter((item) => have.has(item.id)), missing);
    this.state.value = { ...settled, stale: settled.stale.filter((id) => !fresh.some((item) => item.id === id)) };
  }

  show_arrived(): void {
    const state = this.state.peek();
    if (!state || !this.held.length) return;
    this.state.value = settle(state, this.held);
    this.held = [];
    this.arrived.value = 0;
  }

  close(): void {
    this.stop.abort();
  }
}
