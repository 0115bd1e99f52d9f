// Who is signed in: read from the server at the start, gone when any call says 401.
import { computed, signal } from '@preact/signals';
import { get, Problem, remove } from '../sdk/client';
import type { Session } from '../sdk/types';
import { has_chosen_locale } from '../ui/choices';
import { is_locale } from '../ui/locales';
import { use_locale } from '../ui/text';
import { go, place } from './router';

export type Known = 'asking' | 'nobody' | 'somebody' | 'unreachable';

export const session = signal<Session | undefined>(undefined);
export const known = signal<Known>('asking');
export const agent = computed(() => session.value?.agent);

// The names are those of people/permissions.hpp.
export type Permission =
  | 'deliveries.read' | 'deliveries.send' | 'deliveries.erase' | 'templates.write'
  | 'customers.read' | 'customers.write'
  | 'events.read'
  | 'outbox.read' | 'outbox.manage'
  | 'suppressions.read' | 'suppressions.manage'
  | 'webhooks.read' | 'webhooks.manage'
  | 'conversations.read' | 'conversations.reply' | 'conversations.manage' | 'mailboxes.manage' | 'sla.manage'
  | 'knowledge.read' | 'knowledge.write' | 'knowledge.publish'
  | 'agents.read' | 'agents.manage'
  | 'keys.manage'
  | 'audit.read'
  | 'settings.read' | 'settings.manage';

export function may(permission: Permission): boolean {
  return session.value?.permissions.includes(permission) ?? false;
}

export async function begin(found: Session): Promise<void> {
  if (!has_chosen_locale() && is_locale(found.agent.locale)) {
    const { locales } = await import('../ui/locales');
    if (locales[found.agent.locale].complete) await use_locale(found.agent.locale).catch(() => undefined);
    document.documentElement.lang = found.agent.locale;
    document.documentElement.dir = locales[found.agent.locale].direction;
  }
  session.value = found;
  known.value = 'somebody';
}

export async function ask_session(): Promise<void> {
  known.value = 'asking';
  try {
    await begin(await get<Session>('/v1/session'));
  } catch (error) {
    known.value = error instanceof Problem && (error.status === 401 || error.status === 403) ? 'nobody' : 'unreachable';
  }
}

export function end(): void {
  session.value = undefined;
  known.value = 'nobody';
}

export async function sign_out(): Promise<void> {
  await remove('/v1/session').catch(() => undefined);
  end();
  go('/sign-in');
}

// After signing in people come back to where they were.
export function ask_to_sign_in(): void {
  const from = place.value.path + (place.value.query.size ? `?${place.value.query}` : '');
  end();
  go(from === '/' || from.startsWith('/sign-in') ? '/sign-in' : `/sign-in?next=${encodeURIComponent(from)}`, 'replace');
}
