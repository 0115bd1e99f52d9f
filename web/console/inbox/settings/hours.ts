// Intervals of a day as people write them: "09:00-13:00, 14:00-18:00".
import type { Interval } from '../../../sdk/sla';
import { latin_digits } from '../../../ui/number';

const one = /^(\d{1,2}):([0-5]\d)\s*[-–—]\s*(\d{1,2}):([0-5]\d)$/;

// Undefined where it is wrong; none where nothing is written.
export function intervals_from(text: string): Interval[] | undefined {
  const plain = latin_digits(text).replace(/،/g, ',').trim();
  if (!plain) return [];
  const found: Interval[] = [];
  for (const piece of plain.split(',')) {
    const match = one.exec(piece.trim());
    if (!match) return undefined;
    const [from, to] = [`${match[1]!.padStart(2, '0')}:${match[2]}`, `${match[3]!.padStart(2, '0')}:${match[4]}`];
    if (from >= to || to > '24:00') return undefined;
    found.push({ from, to });
  }
  return found;
}

export const intervals_text = (list: Interval[]): string => list.map(({ from, to }) => `${from}-${to}`).join(', ');
