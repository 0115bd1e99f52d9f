// What is kept ready: canned replies, macros, fields and saved views, read when the inbox opens and again when events say that something changed.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { CannedReply, Field, Gap, Macro, SavedView } from '../../sdk/desk';
import type { Page } from '../../sdk/types';
import { generation, subscribe } from '../live';
import { locale } from '../../ui/text';

export const canned = signal<CannedReply[]>([]);
export const macros = signal<Macro[]>([]);
export const fields = signal<Field[]>([]);
export const saved_views = signal<SavedView[]>([]);
// Where a value was missing in the words that were put into the composer.
export const gaps = signal<Gap[]>([]);

const rank = { own: 0, team: 1, everyone: 2 };

// One's own first, then the team's, then everyone's.
async function read<T extends CannedReply | Macro>(path: string): Promise<T[]> {
  const { items } = await get<Page<T>>(path);
  const order = new Intl.Collator(locale.value);
  return items.sort((a, b) => rank[a.audience] - rank[b.audience] || order.compare(a.name, b.name));
}

async function load(): Promise<void> {
  try {
    const items = async <T>(path: string): Promise<T[]> => (await get<Page<T>>(path)).items;
    [fields.value, saved_views.value] = await Promise.all([items<Field>('/v1/conversation-fields'), items<SavedView>('/v1/views')]);
    [canned.value, macros.value] = await Promise.all([read<CannedReply>('/v1/canned-replies'), read<Macro>('/v1/macros')]);
  } catch {
    // What was read before stays; the next event, or the stream's return, reads it again.
  }
}

export function useKept(): void {
  useEffect(() => {
    void load();
    const from_events = subscribe((events) => {
      if (events.some((event) => /^(canned_reply|macro|field|view|team)\./.test(event.kind))) void load();
    });
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        void load();
      }
    });
    return () => {
      from_events();
      from_reconnect();
    };
  }, []);
}

export interface Fit {
  name: string;
  shortcut?: string;
}
// Those that a word after a slash can mean: by shortcut first, then by name.
export function fitting<T extends Fit>(all: T[], word: string, most = 8): T[] {
  const wanted = word.toLowerCase();
  const exact = all.filter((one) => one.shortcut === wanted);
  const begun = all.filter((one) => one.shortcut !== wanted && one.shortcut?.startsWith(wanted));
  const named = all.filter((one) => !one.shortcut?.startsWith(wanted) && one.name.toLowerCase().includes(wanted));
  return [...exact, ...begun, ...named].slice(0, most);
}

// The word after a slash, before the caret: "/refund" at the beginning or after a space.
export const slash_word = (before: string): string | undefined => /(?:^|\s)\/([^\s/]{0,40})$/.exec(before)?.[1];
// A variable that nobody filled in.
export const raw_variable = (text: string): string | undefined => /\{\{[^{}]{1,100}\}\}/.exec(text)?.[0];
