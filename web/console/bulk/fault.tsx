// What is wrong with a row, in the reader's language: the rule by its code, with what differs in it.
import type { BulkRow } from '../../sdk/types';
import { is_key, t } from '../../ui/text';

export type Fault = NonNullable<BulkRow['faults']>[number];

const examples: Record<string, string> = { email: 'name@example.org', date: '2026-12-01', instant: '2026-12-01T09:30:00Z', money: '12.34 EUR' };

export function fault_words({ code, values, rule, fix }: Fault): { text: string; english: boolean } {
  const key = `rule.${code}`;
  if (!is_key(key)) return { text: `${rule}: ${fix}`, english: true };
  const [a = '', b = ''] = values ?? [];
  return { text: t(key, { a, b, example: examples[code ?? ''] ?? '' }), english: false };
}

export function FaultLine({ fault }: { fault: Fault }) {
  const { text, english } = fault_words(fault);
  return (
    <span class="tone-breach block">
      {fault.field && <bdi><code>{fault.field}</code></bdi>} <span lang={english ? 'en' : undefined} dir={english ? 'ltr' : undefined}>{text}</span>
    </span>
  );
}
