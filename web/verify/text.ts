// The page's words in the viewer's language, and the words that it has in common with the certificate.
import { signal } from '@preact/signals';
import en_words from '../../src/certificate/messages/en.json';
import fa_words from '../../src/certificate/messages/fa.json';
import it_words from '../../src/certificate/messages/it.json';
import ja_words from '../../src/certificate/messages/ja.json';
import ko_words from '../../src/certificate/messages/ko.json';
import th_words from '../../src/certificate/messages/th.json';
import { is_locale, locale_names, locales, type Locale } from '../ui/locales';
import en, { type Key, type Messages } from './messages/en';
import fa from './messages/fa';
import it from './messages/it';
import ja from './messages/ja';
import ko from './messages/ko';
import th from './messages/th';

export type { Key } from './messages/en';
export const catalogues: Record<Locale, Messages> = { en, it, th, ja, ko, fa };
export const words: Record<Locale, Record<string, string>> = { en: en_words, it: it_words, th: th_words, ja: ja_words, ko: ko_words, fa: fa_words };

const remembered = 'rapport.locale';

// On a page from a file there may be no storage.
function stored(): string | null {
  try {
    return localStorage.getItem(remembered);
  } catch {
    return null;
  }
}

export function wanted_locale(asked: string | null, before: string | null, languages: readonly string[]): Locale {
  const all = [asked, before, ...languages].map((one) => (one ?? '').slice(0, 2).toLowerCase());
  return (all.find(is_locale) as Locale | undefined) ?? 'en';
}

export const locale = signal<Locale>('en');

export function show_in(wanted: Locale): void {
  locale.value = wanted;
  document.documentElement.lang = wanted;
  document.documentElement.dir = locales[wanted].direction;
  document.title = t('page.title');
}

export function start_locale(): void {
  show_in(wanted_locale(new URLSearchParams(location.search).get('lang'), stored(), navigator.languages));
}

export function choose_locale(wanted: Locale): void {
  show_in(wanted);
  try {
    localStorage.setItem(remembered, wanted);
  } catch {
    // remembered for this visit only
  }
}

export function t(key: Key, values: Record<string, string | number | bigint> = {}): string {
  const numbers = new Intl.NumberFormat(locales[locale.value].tag);
  return catalogues[locale.value][key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'string' ? value : numbers.format(value);
  });
}

// A word of the certificate: names of events ("A1") and outcomes.
export const word = (key: string): string => words[locale.value][key] ?? key;
export const is_key = (text: string): text is Key => Object.hasOwn(en, text);
export { locale_names, locales };
