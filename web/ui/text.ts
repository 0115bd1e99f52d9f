// The message catalogue. `t('key', {name})` gives the text in the viewer's language; a message with plural forms is chosen by
// `count`. Numbers in a message are written with the language's digits.
import { signal } from '@preact/signals';
import { Fragment, h, type ComponentChildren, type VNode } from 'preact';
import { chosen_locale, choose_locale } from './choices';
import { locales, type Locale } from './locales';
import en from './messages/en';

export type Key = Extract<keyof typeof en, string>;
export type Message = string | { one?: string; other: string };
export type Catalogue = Partial<Record<Key, Message>>;
type Values = Record<string, string | number>;

const loaders: Record<Locale, () => Promise<{ default: Catalogue }>> = {
  en: async () => ({ default: en }),
  it: () => import('./messages/it'),
  th: () => import('./messages/th'),
  ja: () => import('./messages/ja'),
  ko: () => import('./messages/ko'),
  fa: () => import('./messages/fa'),
};

const loaded = new Map<Locale, Catalogue>([['en', en]]);
export const locale = signal<Locale>('en');

export async function load_locale(wanted: Locale): Promise<void> {
  if (!loaded.has(wanted)) loaded.set(wanted, (await loaders[wanted]()).default);
}

export async function use_locale(wanted: Locale): Promise<void> {
  await load_locale(wanted);
  locale.value = wanted;
}

export async function change_locale(wanted: Locale): Promise<void> {
  await use_locale(wanted);
  choose_locale(wanted);
}

export async function start_locale(): Promise<void> {
  await use_locale(chosen_locale()).catch(() => use_locale('en'));
}

function message(language: Locale, key: Key): Message {
  return loaded.get(language)?.[key] ?? (en as Record<Key, Message>)[key];
}

function form(text: Message, language: Locale, count: string | number | undefined): string {
  if (typeof text === 'string') return text;
  const kind = new Intl.PluralRules(locales[language].tag).select(Number(count ?? 0));
  return (kind === 'one' ? text.one : undefined) ?? text.other;
}

// The text in a given language, which must be loaded (English is the fallback).
export function t_in(language: Locale, key: Key, values: Values = {}): string {
  const numbers = new Intl.NumberFormat(locales[language].tag);
  return form(message(language, key), language, values.count).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}

export function t(key: Key, values: Values = {}): string {
  return t_in(locale.value, key, values);
}

// A message with elements in the places of its {names}.
export function rich(key: Key, parts: Record<string, ComponentChildren>): VNode {
  const pieces = form(message(locale.value, key), locale.value, undefined).split(/(\{\w+\})/);
  return h(
    Fragment,
    null,
    pieces.map((piece) => (/^\{\w+\}$/.test(piece) ? (parts[piece.slice(1, -1)] ?? piece) : piece)),
  );
}

export function is_key(text: string): text is Key {
  return Object.hasOwn(en, text);
}
