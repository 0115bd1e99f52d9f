// Names and descriptions in the languages of the help centre.
import type { Words } from '../../sdk/knowledge';
import { TextArea, TextField } from '../../ui/field';
import { locales, type Locale } from '../../ui/locales';
import { t, type Key } from '../../ui/text';
import type { FieldErrors } from '../problems';
import { main_locales } from './basics';

interface WordsFieldsProps {
  id: string;
  text_key: Key;
  words: Words;
  errors: FieldErrors;
  pointer: string;
  most: number;
  long?: boolean;
  optional?: boolean;
  focus?: boolean;
  on_change: (words: Words) => void;
}

export function WordsFields({ id, text_key, words, errors, pointer, most, long, optional, focus, on_change }: WordsFieldsProps) {
  const shown = [...new Set([...main_locales(), ...(Object.keys(words) as Locale[])])];
  const set = (locale: Locale, text: string) => on_change({ ...words, [locale]: text });
  return (
    <div class="stack tight">
      {shown.map((locale, index) => {
        const common = { id: `${id}-${locale}`, label: t(text_key, { language: locales[locale].name }), value: words[locale] ?? '', error: errors[`${pointer}/${locale}`] ?? (index ? undefined : errors[pointer]), optional: optional || index > 0, maxlength: most, on_change: (text: string) => set(locale, text) };
        return long ? <TextArea key={locale} {...common} rows={2} /> : <TextField key={locale} {...common} direction="auto" focus={!!focus && !index} />;
      })}
    </div>
  );
}

// Without the languages in which nothing is said.
export const said = (words: Words): Words => Object.fromEntries(Object.entries(words).map(([locale, text]) => [locale, text?.trim() ?? '']).filter(([, text]) => text)) as Words;
