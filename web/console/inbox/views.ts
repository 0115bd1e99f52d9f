// What a list of conversations shows: a view and a state, both in the address.
import type { Conversation, ConversationState } from '../../sdk/conversations';
import { t } from '../../ui/text';

export const list_states = ['open', 'pending', 'snoozed', 'resolved', 'spam'] as const satisfies readonly ConversationState[];
export type ListedState = (typeof list_states)[number];

// One of the fixed views, a saved one (which has its own state), or everything of a team, a mailbox, a label or a customer.
export interface Filter {
  view?: 'all' | 'mine' | 'unassigned' | 'mentions';
  team?: string;
  mailbox?: string;
  label?: string;
  customer?: string;
  saved?: string;
  unread?: true;  // only what the viewer has not seen
  state: ListedState;
  order?: 'due';  // else last message first
}

// The server keeps what is due in order for some views only.
export const has_order = (filter: Filter): boolean => !filter.saved && !filter.mailbox && !filter.label && !filter.customer && filter.view !== 'mentions';

const others = ['saved', 'team', 'mailbox', 'label', 'customer'] as const;

export function filter_from(query: URLSearchParams): Filter {
  const asked = query.get('state') as ListedState;
  const state = list_states.includes(asked) ? asked : 'open';
  const unread = query.get('unread') === 'true' ? { unread: true as const } : {};
  const ordered = (filter: Filter): Filter => (query.get('order') === 'due' && has_order(filter) ? { ...filter, order: 'due' } : filter);
  for (const name of others) {
    const value = query.get(name);
    if (value) return ordered({ [name]: value, ...(name === 'saved' ? {} : unread), state });
  }
  const view = query.get('view');
  return ordered({ view: view === 'mine' || view === 'unassigned' || view === 'mentions' ? view : 'all', ...(view === 'mentions' ? {} : unread), state });
}

// The scope of the server's counters.
export function scope_of(filter: Filter): string {
  return filter.saved ?? filter.team ?? filter.mailbox ?? filter.label ?? filter.view ?? 'all';
}

export function query_of(filter: Filter): string {
  const pairs = Object.entries(filter).filter(([name, value]) => value && !(name === 'view' && value === 'all') && !(name === 'state' && value === 'open'));
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text ? `?${text}` : '';
}

// `me`: the viewer's identifier. A conversation that was read by itself says all mailboxes that it is shown in.
export function matches(filter: Filter, item: Conversation & { mailboxes?: string[] }, me: string | undefined): boolean {
  if (item.state !== filter.state || (filter.unread && !item.unread)) return false;
  if (filter.order === 'due' && !item.due?.due_at) return false;
  if (filter.team) return item.team === filter.team;
  if (filter.mailbox) return (item.mailboxes ?? [item.mailbox]).includes(filter.mailbox);
  if (filter.label) return item.labels.includes(filter.label);
  if (filter.customer) return item.from.customer === filter.customer;
  if (filter.view === 'mine') return item.assignee === me;
  if (filter.view === 'unassigned') return !item.assignee;
  return true;
}

export const state_name = (state: ConversationState): string => t(`cnv_state.${state}`);
export const state_tone: Record<ConversationState, string> = { open: '', pending: 'quiet', snoozed: 'warning', resolved: 'assured', spam: 'breach', merged: 'quiet' };
