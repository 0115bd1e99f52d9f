// A search among conversations, as it is typed: the last answer stays until the next one is there; what was overtaken is cancelled.
import { signal, type Signal } from '@preact/signals';
import type { Conversation, ConversationPage } from '../../sdk/conversations';
import { fields_of, words_for } from '../problems';
import * as api from './api';

const pause_ms = 120;
const page_size = 30;

export interface SearchState {
  query: string;  // that these are for
  items: Conversation[];
  next?: string;
  instead?: string;
  incomplete: boolean;
}

export class ConversationSearch {
  readonly state: Signal<SearchState | undefined> = signal(undefined);
  readonly error: Signal<string | undefined> = signal(undefined);
  readonly busy = signal(false);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stop = new AbortController();

  // At once, or after a pause in typing.
  look_for(query: string, soon = false): void {
    clearTimeout(this.timer);
    this.stop.abort();
    this.stop = new AbortController();
    if (!query.trim()) {
      this.state.value = undefined;
      this.error.value = undefined;
      this.busy.value = false;
      return;
    }
    this.busy.value = true;
    this.timer = setTimeout(() => void this.read(query, this.stop.signal), soon ? pause_ms : 0);
  }

  async more(): Promise<void> {
    const state = this.state.peek();
    if (!state?.next || this.busy.peek()) return;
    this.busy.value = true;
    const { signal: cancelled } = this.stop;
    try {
      const page = await this.page(state.query, cancelled, state.next);
      const have = new Set(state.items.map((item) => item.id));
      this.state.value = { ...of(state.query, page), items: [...state.items, ...page.items.filter((item) => !have.has(item.id))] };
    } catch (failure) {
      if (!cancelled.aborted) this.error.value = fields_of(failure)['/q'] ?? words_for(failure);
    } finally {
      if (!cancelled.aborted) this.busy.value = false;
    }
  }

  private page(query: string, cancelled: AbortSignal, after?: string): Promise<ConversationPage> {
    return api.search({ q: query, limit: page_size, after }, cancelled);
  }
  private async read(query: string, cancelled: AbortSignal): Promise<void> {
    try {
      const page = await this.page(query, cancelled);
      if (cancelled.aborted) return;
      this.state.value = of(query, page);
      this.error.value = undefined;
    } catch (failure) {
      if (cancelled.aborted) return;
      this.error.value = fields_of(failure)['/q'] ?? words_for(failure);
    }
    this.busy.value = false;
  }

  put(read: Conversation): void {
    const state = this.state.peek();
    if (state) this.state.value = { ...state, items: state.items.map((item) => (item.id === read.id ? { ...read, ...(item.found ? { found: item.found } : {}) } : item)) };
  }
  close(): void {
    clearTimeout(this.timer);
    this.stop.abort();
  }
}

function of(query: string, page: ConversationPage): SearchState {
  return { query, items: page.items, incomplete: page.incomplete === true, ...(page.next ? { next: page.next } : {}), ...(page.instead ? { instead: page.instead } : {}) };
}

// ---- completing filters

export const filter_names = ['from', 'to', 'subject', 'is', 'label', 'assignee', 'team', 'mailbox', 'priority', 'rating', 'before', 'after'] as const;
export type FilterName = (typeof filter_names)[number];
export type FilterValues = Partial<Record<FilterName, string[]>>;

export interface Completion {
  shown: string;  // the piece as it will stand there
  text: string;   // the whole query with it
}

// What the last piece may become: the name of a filter, or one of its values.
export function completions(query: string, values: FilterValues, most = 6): Completion[] {
  const begin = query.search(/(?:[^\s"]|"[^"]*"?)*$/);
  const piece = query.slice(begin);
  const negated = piece.startsWith('-') ? '-' : '';
  const word = piece.slice(negated.length).toLowerCase();
  const colon = word.indexOf(':');
  const before = query.slice(0, begin);
  const made = (text: string): Completion => ({ shown: negated + text, text: before + negated + text });
  if (colon < 0) {
    if (query.trim() && !word) return [];
    return filter_names.filter((name) => name.startsWith(word) && name !== word).map((name) => made(`${name}:`)).slice(0, word ? most : filter_names.length);
  }
  const name = word.slice(0, colon) as FilterName;
  const typed = word.slice(colon + 1).replaceAll('"', '');
  return (values[name] ?? [])
    .filter((value) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
    .slice(0, most)
    .map((value) => {
      const whole = made(`${name}:${/\s/.test(value) ? `"${value}"` : value}`);
      return { shown: whole.shown, text: `${whole.text} ` };
    });
}
