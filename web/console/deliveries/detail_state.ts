// Which events make a shown delivery read itself again. The page shows only what was read, so that after an event it equals a
// fresh load by construction; what this must never do is miss one that matters.
import type { Delivery, Event } from '../../sdk/types';

// A time stamp or a place in the log is still on its way.
export function is_unfinished(delivery: Delivery): boolean {
  return delivery.evidence.some((piece) => !piece.logged || !piece.timestamped);
}

export function concerns(delivery: Delivery, event: Event): boolean {
  if (event.subject === delivery.id || event.data?.owner === delivery.id || event.data?.delivery === delivery.id) return true;
  if (delivery.letters.some((letter) => letter.id === event.subject)) return true;
  return is_unfinished(delivery) && /^(log|tsa|evidence)\./.test(event.kind);
}
