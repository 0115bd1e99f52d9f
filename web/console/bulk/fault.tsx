// What is wrong with a row, in the reader's language: the rule by its code, with what differs in it.
import type { BulkRow } from '../../sdk/types';
import { rule_words } from '../problems';

export type Fault = NonNullable<BulkRow['faults']>[number];

export function FaultLine({ fault }: { fault: Fault }) {
  const { text, english } = rule_words(fault);
  return (
    <span class="tone-breach block">
      {fault.field && <bdi><code>{fault.field}</code></bdi>} <span lang={english ? 'en' : undefined} dir={english ? 'ltr' : undefined}>{text}</span>
    </span>
  );
}
