// The list of deliveries as data. `apply(state, event)` changes what the event itself says and names what must be read again;
// `settle(state, read)` takes what was read. Both together equal a fresh load of the same list: list_state.test.ts holds them to it.
import type { DeliverySummary, Event, Page } from '../../sdk/types';

export interface Filter {
  state?: string;
  kind?: string;
  q?: string;
  customer?: string;
}

export interface ListState {
  filter: Filter;
  items: DeliverySummary[];  // newest submission first
  next?: string;             // there is more on the server
  stale: string[];           // deliveries to read again
}

export function from_page(filter: Filter, page: Page<DeliverySummary>): ListState {
  return { filter, items: page.items, stale: [], ...(page.next ? { next: page.next } : {}) };
}

export function append(state: ListState, page: Page<DeliverySummary>): ListState {
  const have = new Set(state.items.map((item) => item.id));
  const { next: _, ...rest } = state;
  return { ...rest, items: [...state.items, ...page.items.filter((item) => !have.has(item.id))], ...(page.next ? { next: page.next } : {}) };
}

export function apply(state: ListState, event: Event): ListState {
  if (!event.kind.startsWith('delivery.') || !event.subject.startsWith('dlv_')) return state;
  const stale = state.stale.includes(event.subject) ? state.stale : [...state.stale, event.subject];
  const to = event.data?.state;
  if (typeof to !== 'string') return { ...state, stale };
  const items = state.items.map((item) => (item.id === event.subject && item.changed_at <= event.at ? { ...item, state: to, changed_at: event.at } : item));
  return { ...state, items, stale };
}

const later = (a: DeliverySummary, b: DeliverySummary): number => (a.submitted_at === b.submitted_at ? (a.id < b.id ? 1 : -1) : a.submitted_at < b.submitted_at ? 1 : -1);

export function matches(filter: Filter, item: DeliverySummary): boolean {
  return (!filter.state || item.state === filter.state) && (!filter.kind || item.kind === filter.kind) && (!filter.customer || item.recipient.customer === filter.customer);
}

// Takes what was read again: changed in place, new ones put where they belong, gone ones (`missing`) and those that the filter no
// longer finds taken out. What belongs behind the last loaded item stays on the server.
export function settle(state: ListState, read: DeliverySummary[], missing: string[] = []): ListState {
  const known = new Set(read.map((item) => item.id));
  const kept = state.items.filter((item) => !known.has(item.id) && !missing.includes(item.id));
  const last = state.items.at(-1);
  const fresh = read.filter((item) => matches(state.filter, item) && (!state.next || !last || later(item, last) <= 0));
  const done = new Set([...known, ...missing]);
  return { ...state, items: [...kept, ...fresh].sort(later), stale: state.stale.filter((id) => !done.has(id)) };
}
