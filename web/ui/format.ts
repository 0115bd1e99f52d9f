// Numbers, sizes and times as the viewer's language writes them: digits and calendar come from Intl (Persian digits and the
// Persian calendar for fa). Pure functions of their arguments, so that they can be tested.
import { locales, type Locale } from './locales';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const cached = <T>(make: (tag: string) => T): ((locale: Locale) => T) => {
  const made = new Map<Locale, T>();
  return (locale) => {
    let value = made.get(locale);
    if (!value) made.set(locale, (value = make(locales[locale].tag)));
    return value;
  };
};

const relative = cached((tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto', style: 'short' }));
const dates = cached((tag) => new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short' }));
const dates_of_year = cached((tag) => new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short', year: 'numeric' }));
const exact = cached((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'long' }));
const deadlines = cached((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'short' }));
const moments = cached((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' }));
const numbers = cached((tag) => new Intl.NumberFormat(tag));
const sizes = cached((tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: 1 }));

export function format_number(value: number, locale: Locale): string {
  return numbers(locale).format(value);
}

// "3 min ago", "in 2 hrs", "yesterday"; beyond a week the date.
export function format_relative(at: Date, now: Date, locale: Locale): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const size = Math.abs(seconds);
  const format = relative(locale);
  if (size < 45) return format.format(0, 'second');
  if (size < hour) return format.format(Math.round(seconds / minute), 'minute');
  if (size < day) return format.format(Math.round(seconds / hour), 'hour');
  if (size < 7 * day) return format.format(Math.round(seconds / day), 'day');
  return format_date(at, now, locale);
}

export function format_date(at: Date, now: Date, locale: Locale): string {
  return (at.getFullYear() === now.getFullYear() ? dates : dates_of_year)(locale).format(at);
}

// Date, time to the second and zone.
export function format_exact(at: Date, locale: Locale): string {
  return exact(locale).format(at);
}

// Date and time to the minute, as a letter would say it.
export function format_deadline(at: Date, locale: Locale): string {
  return deadlines(locale).format(at);
}

export function format_moment(at: Date, locale: Locale): string {
  return moments(locale).format(at);
}

const units = ['B', 'KB', 'MB', 'GB'] as const;

export function format_size(bytes: number, locale: Locale): string {
  let value = bytes;
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  const unit = units[step]!;
  const words: Record<(typeof units)[number], string> = { B: 'byte', KB: 'kilobyte', MB: 'megabyte', GB: 'gigabyte' };
  if (locale === 'en') return `${sizes(locale).format(value)} ${unit}`;
  return new Intl.NumberFormat(locales[locale].tag, { style: 'unit', unit: words[unit], unitDisplay: 'short', maximumFractionDigits: 1 }).format(value);
}

// A value for <input type="datetime-local">, in the viewer's zone.
export function to_local_input(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
