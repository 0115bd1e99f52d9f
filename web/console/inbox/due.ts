// How a promise stands at an instant, as data: the ring draws it, its words say it.
import type { Due } from '../../sdk/sla';
import { latin_digits } from '../../ui/number';

export interface Standing {
  share: number;  // of the time that there was, used: 0 to 1
  tone: 'assured' | 'warning' | 'breach' | 'paused';
}

export function standing(due: Due, now: Date): Standing {
  if (due.stage === 'paused') {
    const used = due.target_s > 0 ? 1 - due.left_s / due.target_s : 1;
    return { share: clamp(used), tone: due.left_s > 0 ? 'paused' : 'breach' };
  }
  if (!due.due_at) return { share: 0, tone: 'assured' };
  const [from, to, at] = [Date.parse(due.started_at), Date.parse(due.due_at), now.getTime()];
  if (at >= to) return { share: 1, tone: 'breach' };
  const tone = due.warns_at && at >= Date.parse(due.warns_at) ? 'warning' : 'assured';
  return { share: to > from ? clamp((at - from) / (to - from)) : 1, tone };
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

// Hours and minutes, as targets are written: "4:00". Nothing where the text is none; undefined where it is wrong.
export function minutes_from(text: string): number | null | undefined {
  const plain = latin_digits(text).trim();
  if (!plain) return null;
  const found = /^(\d{1,4}):([0-5]\d)$/.exec(plain);
  if (!found) return undefined;
  const minutes = Number(found[1]) * 60 + Number(found[2]);
  return minutes > 0 ? minutes : undefined;
}
export const minutes_text = (minutes: number | undefined): string => (minutes === undefined ? '' : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`);
