// The languages of Rapport. A language that is not complete shows English where its catalogue has no text.
export type Locale = 'en' | 'it' | 'th' | 'ja' | 'ko' | 'fa';

interface Language {
  name: string;  // in the language itself
  tag: string;   // for Intl: digits and calendar follow
  direction: 'ltr' | 'rtl';
  complete: boolean;
}

export const locales: Record<Locale, Language> = {
  en: { name: 'English', tag: 'en-GB', direction: 'ltr', complete: true },
  it: { name: 'Italiano', tag: 'it-IT', direction: 'ltr', complete: true },
  th: { name: 'ไทย', tag: 'th-TH', direction: 'ltr', complete: true },
  ja: { name: '日本語', tag: 'ja-JP', direction: 'ltr', complete: true },
  ko: { name: '한국어', tag: 'ko-KR', direction: 'ltr', complete: true },
  fa: { name: 'فارسی', tag: 'fa-IR', direction: 'rtl', complete: true },
};

export const locale_names = Object.keys(locales) as Locale[];

export function is_locale(text: string): text is Locale {
  return Object.hasOwn(locales, text);
}
