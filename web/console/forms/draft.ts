// What the builder does to a definition, without a screen: keys, order, words by language, what is missing.
import type { Field } from '../../sdk/desk';
import type { FormChoice, FormDefinition, FormField, FormFieldKind, Words } from '../../sdk/forms';
import type { Locale } from '../../ui/locales';

export const kinds: FormFieldKind[] = ['short_text', 'long_text', 'email', 'phone', 'number', 'date', 'choice', 'choices', 'checkbox', 'file'];
export const is_chosen = (kind: FormFieldKind): boolean => kind === 'choice' || kind === 'choices';
export const is_text = (kind: FormFieldKind): boolean => kind === 'short_text' || kind === 'long_text';

// Small letters, digits and _, and none that is there.
export function key_from(text: string, taken: string[], or: string): string {
  const plain = text.normalize('NFD').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 30) || or;
  if (!taken.includes(plain)) return plain;
  for (let n = 2; ; ++n) if (!taken.includes(`${plain}_${n}`)) return `${plain}_${n}`;
}

export const slug_from = (text: string): string => text.normalize('NFD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);

// What stands with every submission beside its fields: no field may be called so.
const reserved = ['consent', 'question', 'reference'];
export const field_key = (text: string, others: FormField[]): string => key_from(text, [...reserved, ...others.map((one) => one.key)], 'field');

export function new_field(kind: FormFieldKind, of: FormDefinition): FormField {
  const key = field_key(kind, of.fields);
  return { key, kind, label: {}, help: {}, placeholder: {}, choices: is_chosen(kind) ? [{ value: '1', label: {} }] : [], file_types: [] };
}

export function with_words(words: Words, locale: Locale, text: string): Words {
  const next = { ...words, [locale]: text };
  if (!text) delete next[locale];
  return next;
}

export function moved<T>(list: T[], from: number, to: number): T[] {
  if (to < 0 || to >= list.length || from === to) return list;
  const next = [...list];
  const [one] = next.splice(from, 1);
  next.splice(to, 0, one!);
  return next;
}

// Words that are there in another language, and not in this one.
export function missing_in(definition: FormDefinition, locale: Locale): number {
  const all: Words[] = [definition.title, definition.intro, definition.button, definition.thanks, ...(definition.consent ? [definition.consent.text] : [])];
  for (const field of definition.fields) all.push(field.label, field.help, field.placeholder, ...field.choices.map((one) => one.label));
  return all.filter((words) => Object.values(words).some((text) => text?.trim()) && !words[locale]?.trim()).length;
}

// Lines that were edited, as choices. A line keeps its value and its words in other languages while it is edited, and when lines come or go above or below it. What is
// `settled` keeps its value for good: rules and programs know it; a new one is called as its line says, or as the conversation's field has it.
export function choices_from(lines: string[], before: FormChoice[], locale: Locale, settled: Set<string>, wanted: string[] = []): FormChoice[] {
  const text = (one: FormChoice | undefined) => one?.label[locale] ?? '';
  const least = Math.min(lines.length, before.length);
  let start = 0;
  while (start < least && text(before[start]) === lines[start]) ++start;
  let end = 0;
  while (end < least - start && text(before[before.length - 1 - end]) === lines[lines.length - 1 - end]) ++end;
  // Of a line that is new, nothing is known; the rest of what was edited follows in its order.
  const known = lines.map((_, index) => (index < start ? before[index] : index >= lines.length - end ? before[before.length - lines.length + index] : index < before.length - end ? before[index] : undefined));
  const taken = known.flatMap((one) => (one && settled.has(one.value) ? [one.value] : []));
  return lines.map((line, index) => {
    const one = known[index];
    const label = with_words(one?.label ?? {}, locale, line);
    if (one && settled.has(one.value)) return { value: one.value, label };
    const same = wanted.find((value) => value.toLowerCase() === line.toLowerCase() && !taken.includes(value));
    const value = same ?? key_from(line, taken, `choice_${index + 1}`);
    taken.push(value);
    return { value, label };
  });
}

// In another language than the first, lines are translations: none comes or goes.
export const translated = (lines: string[], before: FormChoice[], locale: Locale): FormChoice[] => before.map((one, index) => ({ ...one, label: with_words(one.label, locale, lines[index] ?? '') }));

// Whether answers of that kind can be values of the conversation's field.
export function fits(kind: FormFieldKind, field: Field): boolean {
  switch (field.kind) {
    case 'text': return kind !== 'file' && kind !== 'long_text' && kind !== 'choices';
    case 'number': return kind === 'number';
    case 'date': return kind === 'date';
    case 'choice': return kind === 'choice';
    default: return kind === 'checkbox';
  }
}

// Choices that fill a field of conversations have its values: by their words where these are the same, else all of the field's own.
export function choices_of(field: Field, now: FormChoice[], locale: Locale): FormChoice[] {
  const found = now.map((one) => field.choices.find((value) => value === one.value || Object.values(one.label).some((text) => text?.trim().toLowerCase() === value.toLowerCase())));
  if (found.every((value, index) => value !== undefined && found.indexOf(value) === index)) return now.map((one, index) => ({ ...one, value: found[index]! }));
  return field.choices.map((value) => now.find((one) => one.value === value) ?? { value, label: { [locale]: value } });
}
