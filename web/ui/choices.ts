// The viewer's language and colour scheme: chosen here, remembered in this browser, applied to the document element.
import { is_locale, locales, type Locale } from './locales';

export type Scheme = 'system' | 'light' | 'dark';

const keep = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
};
const recall = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

export function chosen_scheme(): Scheme {
  const value = recall('rapport.scheme');
  return value === 'light' || value === 'dark' ? value : 'system';
}

// What was chosen, or the first of the browser's languages that we have, or English.
export function chosen_locale(): Locale {
  const value = recall('rapport.locale');
  if (value && is_locale(value)) return value;
  for (const wanted of navigator.languages ?? []) {
    const short = wanted.slice(0, 2).toLowerCase();
    if (is_locale(short) && locales[short].complete) return short;
  }
  return 'en';
}

export function has_chosen_locale(): boolean {
  return recall('rapport.locale') !== null;
}

export function apply_choices(): void {
  const root = document.documentElement;
  const locale = chosen_locale();
  root.lang = locale;
  root.dir = locales[locale].direction;
  const scheme = chosen_scheme();
  if (scheme === 'system') delete root.dataset.scheme;
  else root.dataset.scheme = scheme;
}

export function choose_scheme(scheme: Scheme): void {
  keep('rapport.scheme', scheme);
  apply_choices();
}

export function choose_locale(locale: Locale): void {
  keep('rapport.locale', locale);
  apply_choices();
}
