// The messages of one conversation as data: a window that ends with the newest one. What was read again replaces what is shown, so
// that the window equals a fresh load: thread_state.test.ts holds it to that.
import type { Message } from '../../sdk/conversations';
import type { Event, Page } from '../../sdk/types';

export interface ThreadState {
  items: Message[];  // oldest first, as they are read
  next?: string;     // older ones are on the server
}

const by_age = (a: Message, b: Message): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const more = (page: Page<Message>): Pick<ThreadState, 'next'> => (page.next ? { next: page.next } : {});

// The newest page: the truth about everything from its oldest message on.
export function take_newest(state: ThreadState | undefined, page: Page<Message>): ThreadState {
  const items = [...page.items].sort(by_age);
  if (!state || !page.next) return { items, ...more(page) };
  const oldest = items[0]?.id ?? '';
  const older = state.items.filter((item) => item.id < oldest);
  // Older ones were shown: what is on the server behind them is as before.
  return older.length ? { items: [...older, ...items], ...(state.next ? { next: state.next } : {}) } : { items, ...more(page) };
}

export function take_older(state: ThreadState, page: Page<Message>): ThreadState {
  const have = new Set(state.items.map((item) => item.id));
  return { items: [...page.items.filter((item) => !have.has(item.id)), ...state.items].sort(by_age), ...more(page) };
}

// One message, read by itself; `undefined`: it is gone.
export function take_one(state: ThreadState, id: string, read: Message | undefined): ThreadState {
  const items = state.items.flatMap((item) => (item.id === id ? (read ? [read] : []) : [item]));
  return { ...state, items };
}

// Which shown messages events are about that the newest page did not hold: they are read by themselves.
export function touched(state: ThreadState, events: Event[], newest: Page<Message>): string[] {
  const read = new Set(newest.items.map((item) => item.id));
  const shown = new Set(state.items.map((item) => item.id));
  const named = events.map((event) => event.data.message).filter((id): id is string => typeof id === 'string' && shown.has(id) && !read.has(id));
  return [...new Set(named)];
}

// Day by day, for the marks between them; `day_of` in the viewer's zone.
export function by_day(items: Message[], day_of: (at: Date) => string = (at) => at.toDateString()): { at: string; items: Message[] }[] {
  const days: { at: string; items: Message[] }[] = [];
  for (const item of items) {
    const last = days.at(-1);
    if (last && day_of(new Date(last.at)) === day_of(new Date(item.at))) last.items.push(item);
    else days.push({ at: item.at, items: [item] });
  }
  return days;
}
