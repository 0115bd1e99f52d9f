// The list of conversations as data. `apply(state, event)` says what must be read again, `settle(state, read)` takes what was read.
// Both together equal a fresh load of the same list: list_state.test.ts holds them to it.
import type { Conversation } from '../../sdk/conversations';
import type { Event, Page } from '../../sdk/types';
import { matches, type Filter } from './views';

interface Edge {
  at: string;
  id: string;
}
export interface ListState {
  filter: Filter;
  me: string | undefined;
  items: Conversation[];  // in the filter's order
  next?: string;          // there is more on the server,
  edge?: Edge;            // behind this one, where it stood when the page was read
  stale: string[];        // conversations to read again
}

// Instants as texts that sort: the server leaves out fractions of seconds that are zero.
const instant = (at: string): string => at.replace(/(?:\.(\d+))?Z$/, (_, fraction: string | undefined) => `.${(fraction ?? '').padEnd(6, '0')}`);
const place_of = (filter: Filter, item: Conversation): Edge => ({ at: (filter.order === 'due' ? item.due?.due_at : undefined) ?? item.last_at, id: item.id });
const text_of = (edge: Edge): string => `${instant(edge.at)} ${edge.id}`;
// Negative: `a` comes first. Last message first, or what is due first.
function compare(filter: Filter, a: Edge, b: Edge): number {
  const [one, other] = [text_of(a), text_of(b)];
  const rising = one < other ? -1 : one > other ? 1 : 0;
  return filter.order === 'due' ? rising : -rising;
}
const sorted = (filter: Filter, items: Conversation[]): Conversation[] => [...items].sort((a, b) => compare(filter, place_of(filter, a), place_of(filter, b)));

function edge_of(filter: Filter, page: Page<Conversation>): Pick<ListState, 'next' | 'edge'> {
  const last = page.items.at(-1);
  return page.next && last ? { next: page.next, edge: place_of(filter, last) } : {};
}

export function from_page(filter: Filter, me: string | undefined, page: Page<Conversation>): ListState {
  return { filter, me, items: page.items, stale: [], ...edge_of(filter, page) };
}

export function append(state: ListState, page: Page<Conversation>): ListState {
  const have = new Set(state.items.map((item) => item.id));
  const { next: _n, edge: _e, ...rest } = state;
  return { ...rest, items: sorted(state.filter, [...state.items, ...page.items.filter((item) => !have.has(item.id))]), ...edge_of(state.filter, page) };
}

export const concerns = (event: Event): boolean => event.subject.startsWith('cnv_') && (event.kind.startsWith('conversation.') || event.kind.startsWith('message.'));

export function apply(state: ListState, event: Event): ListState {
  if (!concerns(event) || state.stale.includes(event.subject)) return state;
  return { ...state, stale: [...state.stale, event.subject] };
}

// Changed in place, new ones put where they belong; gone ones (`missing`) and those that the filter no longer finds taken out. What
// belongs behind the edge stays on the server.
export function settle(state: ListState, read: (Conversation & { mailboxes?: string[] })[], missing: string[] = []): ListState {
  const done = new Set([...read.map((item) => item.id), ...missing]);
  const kept = state.items.filter((item) => !done.has(item.id));
  const { edge, filter } = state;
  // What a verb answers does not say whether it is unread: that stands.
  const before = new Map(state.items.map((item) => [item.id, item.unread]));
  const marked = read.map((item) => (item.unread === undefined && before.has(item.id) ? { ...item, unread: before.get(item.id)! } : item));
  const fresh = marked.filter((item) => matches(filter, item, state.me) && (!edge || compare(filter, place_of(filter, item), edge) <= 0));
  return { ...state, items: sorted(filter, [...kept, ...fresh]), stale: state.stale.filter((id) => !done.has(id)) };
}

// The viewer's own marks, which come by no journal. What becomes unread elsewhere is read again: it may belong into this list.
export function mark(state: ListState, id: string | undefined, unread: boolean): ListState {
  const is_meant = (item: Conversation) => id === undefined || item.id === id;
  if (state.filter.unread && unread && id !== undefined) return state.stale.includes(id) ? state : { ...state, stale: [...state.stale, id] };
  const items = state.items.map((item) => (is_meant(item) ? { ...item, unread } : item));
  return { ...state, items: state.filter.unread ? items.filter((item) => item.unread) : items };
}

// What the viewer did and the server has not confirmed yet: shown at once.
export function guess(state: ListState, id: string, part: Partial<Conversation>): ListState {
  return { ...state, items: state.items.map((item) => (item.id === id ? { ...item, ...part } : item)) };
}
