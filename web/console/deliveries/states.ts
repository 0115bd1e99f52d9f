// What each state of a delivery (src/delivery/states.hpp) means on the ladder: how far it came, and how it stands.
import { is_key, t } from '../../ui/text';
import type { Kind } from '../../sdk/types';

export type Tone = 'quiet' | 'assured' | 'warning' | 'breach' | 'open';

interface Standing {
  reached: number;  // steps of the ladder that are behind it
  failed?: boolean;  // the next step went wrong
  tone: Tone;
}

const registered: Record<string, Standing> = {
  submitted: { reached: 1, tone: 'open' },
  notified: { reached: 2, tone: 'open' },
  notification_failed: { reached: 1, failed: true, tone: 'breach' },
  accepted: { reached: 3, tone: 'open' },
  consigned: { reached: 4, tone: 'assured' },
  handed_over: { reached: 5, tone: 'assured' },
  refused: { reached: 2, failed: true, tone: 'warning' },
  expired: { reached: 2, failed: true, tone: 'warning' },
  failed: { reached: 3, failed: true, tone: 'breach' },
};
const plain: Record<string, Standing> = {
  submitted: { reached: 1, tone: 'open' },
  sent: { reached: 2, tone: 'assured' },
  failed: { reached: 1, failed: true, tone: 'breach' },
};

export const states = ['submitted', 'notified', 'notification_failed', 'accepted', 'consigned', 'handed_over', 'refused', 'expired', 'failed', 'sent'] as const;

export const steps = { registered: 5, plain: 2 } as const;

export function standing(kind: Kind, state: string): Standing {
  return (kind === 'plain' ? plain : registered)[state] ?? { reached: 0, tone: 'quiet' };
}

// A state that this console does not know yet shows by its own name.
export function state_name(state: string): string {
  const key = `state.${state}`;
  return is_key(key) ? t(key) : state.replaceAll('_', ' ');
}

// Still waiting for the recipient: the deadline matters.
export function is_waiting(state: string): boolean {
  return state === 'submitted' || state === 'notified' || state === 'notification_failed';
}
export function is_over(state: string): boolean {
  return !is_waiting(state) && state !== 'accepted';
}
