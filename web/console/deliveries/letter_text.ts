// The post room's own templates (src/post/templates), so that the preview says word for word what the mail will say. Only what these
// templates use of Mustache: {{name}} and {{#name}}…{{/name}}.
import code_en from '../../../src/post/templates/notification.en.txt';
import subject_en from '../../../src/post/templates/notification.en.subject';
import code_fa from '../../../src/post/templates/notification.fa.txt';
import subject_fa from '../../../src/post/templates/notification.fa.subject';
import type { Locale } from '../../ui/locales';

export type LetterData = Record<string, string | undefined>;

export function fill(template: string, data: LetterData): string {
  return template
    .replace(/\{\{#(\w+)\}\}([\s\S]*?)\{\{\/\1\}\}/g, (_, name: string, inner: string) => (data[name] ? inner : ''))
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => data[name] ?? '')
    .trim();
}

// The templates break their lines for plain-text mail; on a narrow page the browser breaks them.
function unfold(text: string): string {
  return text.replace(/^(.{80,})\n(?=[^\s{])/gm, '$1 ');
}

const english = { subject: subject_en, text: code_en };
const templates: Partial<Record<Locale, typeof english>> = { en: english, fa: { subject: subject_fa, text: code_fa } };

// A language without templates gets the English ones, as the post room does it.
export function letter_language(locale: Locale): Locale {
  return templates[locale] ? locale : 'en';
}

export function invitation(locale: Locale, data: LetterData): { subject: string; text: string } {
  const { subject, text } = templates[locale] ?? english;
  return { subject: fill(subject, data), text: fill(unfold(text), data) };
}
