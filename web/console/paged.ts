// A list that is loaded page by page and again when events say that something changed: customers, letters, the audit log.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { get } from '../sdk/client';
import type { Event, Page } from '../sdk/types';
import { generation, subscribe } from './live';
import { words_for } from './problems';

const page_size = 50;
const most_at_once = 200;
const pause_ms = 600;

export class Paged<T> {
  readonly items: Signal<T[] | undefined> = signal(undefined);
  readonly next: Signal<string | undefined> = signal(undefined);
  readonly error: Signal<string | undefined> = signal(undefined);
  readonly loading_more = signal(false);
  private readonly stop = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly path: string, private readonly query: Record<string, string | undefined>) {}

  private page(limit: number, after?: string): Promise<Page<T>> {
    return get(this.path, { query: { ...this.query, limit, after }, signal: this.stop.signal });
  }

  async load(): Promise<void> {
    this.error.value = undefined;
    try {
      const page = await this.page(Math.min(most_at_once, Math.max(page_size, this.items.peek()?.length ?? 0)));
      this.items.value = page.items;
      this.next.value = page.next;
    } catch (failure) {
      if (!this.stop.signal.aborted) this.error.value = words_for(failure);
    }
  }

  async more(): Promise<void> {
    if (!this.next.peek() || this.loading_more.peek()) return;
    this.loading_more.value = true;
    try {
      const page = await this.page(page_size, this.next.peek());
      this.items.value = [...(this.items.peek() ?? []), ...page.items];
      this.next.value = page.next;
    } catch (failure) {
      if (!this.stop.signal.aborted) this.error.value = words_for(failure);
    } finally {
      this.loading_more.value = false;
    }
  }

  // Soon, but once for many events.
  load_soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, pause_ms);
  }

  close(): void {
    clearTimeout(this.timer);
    this.stop.abort();
  }
}

// Loads it, and again when the line comes back; gives it the events; closes it when the page goes.
export function useLive(list: { load(): Promise<void>; close(): void }, take: (events: Event[]) => void): void {
  useEffect(() => {
    void list.load();
    const from_events = subscribe(take);
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        void list.load();
      }
    });
    return () => {
      from_events();
      from_reconnect();
      list.close();
    };
  }, [list]);
}

export function usePaged<T>(path: string, query: Record<string, string | undefined>, concerns: (event: Event) => boolean): Paged<T> {
  const list = useMemo(() => new Paged<T>(path, query), [path, JSON.stringify(query)]);
  useLive(list, (events) => events.some(concerns) && list.load_soon());
  return list;
}
