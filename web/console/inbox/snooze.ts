// Until when a conversation may sleep: the usual choices, in the viewer's zone.
const hour = 8;  // when a working day begins

function at_day(now: Date, days: number): Date {
  const day = new Date(now);
  day.setDate(day.getDate() + days);
  day.setHours(hour, 0, 0, 0);
  return day;
}

export type Nap = 'later' | 'tomorrow' | 'monday' | 'week';
export const naps: Nap[] = ['later', 'tomorrow', 'monday', 'week'];

export function wake_at(nap: Nap, now: Date): Date {
  if (nap === 'later') return new Date(now.getTime() + 3 * 3_600_000);
  if (nap === 'tomorrow') return at_day(now, 1);
  if (nap === 'week') return at_day(now, 7);
  return at_day(now, ((8 - now.getDay()) % 7) || 7);
}
