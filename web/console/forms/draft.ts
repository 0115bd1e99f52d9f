// What the builder does to a definition, without a screen: keys, order, words by language, what is missing.
import type { FormDefinition, FormField, FormFieldKind, Words } from '../../sdk/forms';
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

export function new_field(kind: FormFieldKind, of: FormDefinition): FormField {
  const key = key_from(kind, of.fields.map((one) => one.key), 'field');
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
