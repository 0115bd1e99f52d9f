// Who else is looking at conversations and writing there; and what this screen says of itself. Said and forgotten: whoever comes
// later reads what stands.
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call, get, put } from '../../sdk/client';
import type { LookedAt, LookingAgent } from '../../sdk/conversations';
import type { Page } from '../../sdk/types';
import { connection, generation, subscribe_passing } from '../live';
import { agent } from '../session';

export type Doing = LookingAgent['doing'];
const screen = crypto.randomUUID();  // of this page, as long as it is open
const again_ms = 25_000;
const writing_again_ms = 8_000;
const writes_for_ms = 60_000;  // without a key: then they look

const known = signal<ReadonlyMap<string, LookingAgent[]>>(new Map());
// The others; nothing is known without a connection.
export const others_at = computed(() => {
  const me = agent.value?.id;
  const found = new Map<string, LookingAgent[]>();
  if (connection.value === 'lost') return found;
  for (const [id, all] of known.value) {
    const others = all.filter((one) => one.agent !== me);
    if (others.length) found.set(id, others);
  }
  return found;
});

export function with_change(before: ReadonlyMap<string, LookingAgent[]>, id: string, lookers: LookingAgent[]): ReadonlyMap<string, LookingAgent[]> {
  const next = new Map(before);
  if (lookers.length) next.set(id, lookers);
  else next.delete(id);
  return next;
}

async function load(): Promise<void> {
  try {
    const { items } = await get<Page<LookedAt>>('/v1/looking');
    known.value = new Map(items.map((one) => [one.conversation, one.lookers]));
  } catch {
    // Changes come by themselves; the stream's return reads again.
  }
}

export function useLookers(): void {
  useEffect(() => {
    void load();
    const from_stream = subscribe_passing((event) => {
      if (event.kind === 'looking.changed') known.value = with_change(known.peek(), event.subject, (event.data as unknown as LookedAt).lookers);
    });
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        void load();
      }
    });
    return () => {
      from_stream();
      from_reconnect();
    };
  }, []);
}

// ---- this screen

let at: string | undefined;
let writes: { kind: 'replying' | 'noting'; last_key: number } | undefined;
let said = { what: '', when: 0 };
let timer: ReturnType<typeof setTimeout> | undefined;

function doing(): Doing {
  return writes && Date.now() - writes.last_key < writes_for_ms ? writes.kind : 'viewing';
}
function say(): void {
  clearTimeout(timer);
  if (!at || document.hidden) return;
  const now = doing();
  said = { what: `${at} ${now}`, when: Date.now() };
  put('/v1/looking', { screen, conversation: at, doing: now }).catch(() => undefined);
  timer = setTimeout(say, now === 'viewing' ? again_ms : writing_again_ms);
}
// A page that goes still gets it out.
function leave(): void {
  clearTimeout(timer);
  if (!at) return;
  call('PUT', '/v1/looking', { screen }, { keepalive: true }).catch(() => undefined);
}
function on_visible(): void {
  if (document.hidden) leave();
  else say();
}

export function useLookingAt(id: string): void {
  useEffect(() => {
    at = id;
    writes = undefined;
    say();
    document.addEventListener('visibilitychange', on_visible);
    addEventListener('pagehide', leave);
    return () => {
      leave();
      at = undefined;
      document.removeEventListener('visibilitychange', on_visible);
      removeEventListener('pagehide', leave);
    };
  }, [id]);
}

// With each key; said at once when it is news.
export function tell_writing(kind: 'reply' | 'note'): void {
  writes = { kind: kind === 'reply' ? 'replying' : 'noting', last_key: Date.now() };
  if (at && said.what !== `${at} ${writes.kind}`) say();
}
export function tell_not_writing(): void {
  if (!writes) return;
  writes = undefined;
  say();
}
