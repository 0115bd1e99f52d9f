// A time: relative in the text, exact with its zone on hover and for machines. All times on a page share one clock.
import { signal } from '@preact/signals';
import { format_exact, format_moment, format_relative } from './format';
import { locale } from './text';

export const now = signal(new Date());
if (typeof window !== 'undefined') window.setInterval(() => (now.value = new Date()), 20_000);

export function Moment({ at, exact = false }: { at: string; exact?: boolean }) {
  const date = new Date(at);
  const text = exact ? format_moment(date, locale.value) : format_relative(date, now.value, locale.value);
  return (
    <time dateTime={at} title={format_exact(date, locale.value)}>
      {text}
    </time>
  );
}
