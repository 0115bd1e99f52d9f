// The post room's own letters (src/post/templates), so that the preview says word for word what the mail will say. Their first line is
// the subject; what follows "=== html" is the HTML. Only what they use of the notation: {{name}} and {{#name}}…{{/name}}.
import en from '../../../src/post/templates/notification.en.txt';
import fa from '../../../src/post/templates/notification.fa.txt';
import it from '../../../src/post/templates/notification.it.txt';
import ja from '../../../src/post/templates/notification.ja.txt';
import ko from '../../../src/post/templates/notification.ko.txt';
import th from '../../../src/post/templates/notification.th.txt';
import type { Locale } from '../../ui/locales';

export type LetterData = Record<string, string | undefined>;

// A section's tag that stands alone on its line takes no room.
export function fill(template: string, data: LetterData): string {
  return template
    .replace(/^(\{\{[#/]\w+\}\})\n/gm, '$1')
    .replace(/\{\{#(\w+)\}\}([\s\S]*?)\{\{\/\1\}\}/g, (_, name: string, inner: string) => (data[name] ? inner : ''))
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => data[name] ?? '')
    .trim();
}

const letters: Record<Locale, string> = { en, it, th, ja, ko, fa };

export function invitation(locale: Locale, data: LetterData): { subject: string; text: string } {
  const words = letters[locale].split('\n=== html')[0]!;
  const end = words.indexOf('\n');
  return { subject: fill(words.slice(0, end), data), text: fill(words.slice(end + 1), data) };
}
