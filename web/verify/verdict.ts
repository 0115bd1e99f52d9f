// What a report comes to, for people: its outcome, its checks in the order in which a reader wants them.
import type { Check, Report } from './core/package';
import type { Key } from './text';
import { is_key } from './text';

export interface Grouped {
  package_checks: Check[];
  records: { file: string; checks: Check[] }[];
}

const record_name = /^(evidence\/[^/]+)\/([a-z_]+)$/;

export function grouped(checks: Check[]): Grouped {
  const out: Grouped = { package_checks: [], records: [] };
  for (const check of checks) {
    const found = record_name.exec(check.name);
    if (!found) {
      out.package_checks.push(check);
      continue;
    }
    let group = out.records.find(({ file }) => file === found[1]);
    if (!group) out.records.push((group = { file: found[1]!, checks: [] }));
    group.checks.push(check);
  }
  return out;
}

export const failed_first = (checks: Check[]): Check[] => [...checks.filter(({ ok }) => !ok), ...checks.filter(({ ok }) => ok)];

// The key of the sentence that holds when the check is good; undefined for a check that has none.
export function sentence(name: string): Key | undefined {
  const found = record_name.exec(name);
  const key = found ? `record.${found[2]}` : `check.${name}`;
  return is_key(key) ? key : undefined;
}

// Keys of the certificate's words.
export function outcome(report: Report): string {
  const codes = new Set(report.evidence.map(({ code }) => code));
  const had = (...all: string[]): boolean => all.some((code) => codes.has(code));
  if (had('E1')) return 'outcome_handed_over';
  if (had('A2')) return 'outcome_rejected';
  if (had('C4')) return 'outcome_refused';
  if (had('C5')) return 'outcome_expired';
  if (had('D2', 'E2', 'C2')) return 'outcome_failed';
  if (had('C3')) return 'outcome_accepted';
  return 'outcome_waiting';
}

// The built-in authority says in its own name what it is (src/evidence/certificates.cpp).
export const is_non_qualified = (report: Report): boolean => [report.signed_by, report.root].some((one) => one?.subject_text.includes('NON-QUALIFIED demo') ?? false);
