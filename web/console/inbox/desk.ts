// What the whole inbox knows: mailboxes, teams, labels, who can be given a conversation, and the counters. Read when the inbox opens,
// again when events say that something changed.
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { Assignee, Label, Mailbox, ScopeCount, Team } from '../../sdk/conversations';
import type { Page } from '../../sdk/types';
import { generation, subscribe } from '../live';
import { words_for } from '../problems';
import { concerns } from './list_state';

interface Desk {
  mailboxes: Mailbox[];
  teams: Team[];
  labels: Label[];
  assignees: Assignee[];
}
export const desk = signal<Desk | undefined>(undefined);
export const desk_error = signal<string | undefined>(undefined);
const counts = signal<Map<string, ScopeCount>>(new Map());

export const names = computed(() => {
  const now = desk.value;
  const found = new Map<string, string>();
  for (const one of [...(now?.mailboxes ?? []), ...(now?.teams ?? []), ...(now?.labels ?? []), ...(now?.assignees ?? [])]) found.set(one.id, one.name);
  return found;
});

export const count_of = (scope: string, state: keyof Omit<ScopeCount, 'scope'> = 'open'): number => counts.value.get(scope)?.[state] ?? 0;

const items = async <T>(path: string): Promise<T[]> => (await get<Page<T>>(path)).items;

export async function load_desk(): Promise<void> {
  desk_error.value = undefined;
  try {
    const [mailboxes, teams, labels, assignees] = await Promise.all([items<Mailbox>('/v1/mailboxes'), items<Team>('/v1/teams'), items<Label>('/v1/labels'), items<Assignee>('/v1/assignees')]);
    desk.value = { mailboxes, teams, labels, assignees };
  } catch (failure) {
    desk_error.value = words_for(failure);
  }
}

async function load_counts(): Promise<void> {
  try {
    counts.value = new Map((await items<ScopeCount>('/v1/inbox')).map((one) => [one.scope, one]));
  } catch {
    // The numbers stay as they were; the next event, or the stream's return, reads them again.
  }
}

const pause_ms = 400;
let timer: ReturnType<typeof setTimeout> | undefined;
export function count_soon(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    void load_counts();
  }, pause_ms);
}

const belongs_to_desk = /^(mailbox|label|team|agent)\./;

export function useDesk(): void {
  useEffect(() => {
    const all = () => {
      void load_desk();
      void load_counts();
    };
    all();
    const from_events = subscribe((events) => {
      if (events.some((event) => belongs_to_desk.test(event.kind))) void load_desk();
      if (events.some(concerns)) count_soon();
    });
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        all();
      }
    });
    return () => {
      from_events();
      from_reconnect();
    };
  }, []);
}
