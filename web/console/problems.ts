// Turns a failed call into words, and its findings into errors at fields (by JSON Pointer).
import { Problem } from '../sdk/client';
import { is_key, t } from '../ui/text';
import { ask_to_sign_in, known } from './session';

export function words_for(error: unknown): string {
  if (!(error instanceof Problem)) return t('problem.unknown');
  if (error.status === 401 && known.value === 'somebody') {
    ask_to_sign_in();
    return t('problem.signed_out');
  }
  const key = `problem.${error.code}`;
  if (is_key(key)) return t(key);
  if (error.fields.length) return t('problem.fields', { count: error.fields.length });
  if (error.status === 403) return t('problem.forbidden');
  if (error.status === 404) return t('problem.not_found');
  if (error.status >= 500) return t('problem.server');
  return error.message;
}

// A rule in the reader's language, by its code, with what differs in it; in the server's English where the code is not known.
export interface BrokenRule {
  rule: string;
  fix: string;
  code?: string | undefined;
  values?: string[] | undefined;
}

const examples: Record<string, string> = {
  email: 'name@example.org', date: '2026-12-01', instant: '2026-12-01T09:30:00Z', money: '12.34 EUR', zone: 'Europe/Rome',
  local_instant: '2026-12-01T09:00', local_time: '08:00', recurrence: 'FREQ=WEEKLY;BYDAY=MO', colour: '#1a6b3c',
};

export function rule_words({ code, values, rule, fix }: BrokenRule): { text: string; english: boolean } {
  const key = `rule.${code}`;
  if (!is_key(key)) return { text: `${rule}: ${fix}`, english: true };
  const [a = '', b = ''] = values ?? [];
  return { text: t(key, { a, b, example: examples[code ?? ''] ?? '' }), english: false };
}

export type FieldErrors = Record<string, string>;

export function fields_of(error: unknown): FieldErrors {
  const found: FieldErrors = {};
  if (!(error instanceof Problem)) return found;
  for (const field of error.fields) found[field.pointer] ??= rule_words(field).text;
  return found;
}

// What stands at a pointer, or below it ("/recipients/0" also finds "/recipients/0/email").
export function error_at(errors: FieldErrors, pointer: string): string | undefined {
  if (errors[pointer]) return errors[pointer];
  const below = Object.keys(errors).find((key) => key.startsWith(pointer + '/'));
  return below ? errors[below] : undefined;
}

// Findings that no field on the page shows: never swallow one.
export function others(errors: FieldErrors, shown: string[]): string[] {
  return Object.entries(errors)
    .filter(([pointer]) => !shown.some((known_pointer) => pointer === known_pointer || pointer.startsWith(known_pointer + '/')))
    .map(([pointer, text]) => `${pointer} ${text}`);
}
