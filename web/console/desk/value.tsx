// A value of a field or an attribute: shown, and asked for.
import { SelectField, TextField } from '../../ui/field';
import { format_number } from '../../ui/format';
import { plain_number } from '../../ui/number';
import { locale, t } from '../../ui/text';
import type { FieldKind, FieldValue } from '../../sdk/desk';

export interface Shape {
  key: string;
  name: string;
  kind: FieldKind;
  choices: string[];
}

export function shown_value(shape: Pick<Shape, 'kind'>, value: FieldValue | undefined): string {
  if (value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (typeof value === 'number') return format_number(value, locale.value);
  if (shape.kind === 'date') return new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${value}T00:00:00Z`));
  return value;
}

// What was typed as the value of its kind; undefined: nothing.
export function value_of(shape: Pick<Shape, 'kind'>, text: string): FieldValue | undefined {
  if (!text.trim()) return undefined;
  // What is no number is said by the server, at its field.
  if (shape.kind === 'number') return plain_number(text, true) ? Number(plain_number(text, true)) : text;
  if (shape.kind === 'yes_no') return text === 'true';
  return text.trim();
}
export const text_of = (value: FieldValue | undefined): string => (value === undefined ? '' : `${value}`);

export function ValueField({ shape, id, label, value, error, on_change, optional }: { shape: Shape; id: string; label?: string; value: string; error?: string | undefined; on_change: (text: string) => void; optional?: boolean }) {
  const own = { id, label: label ?? shape.name, value, on_change, error, ...(optional ? { optional } : {}) };
  if (shape.kind === 'choice') return <SelectField {...own} options={[{ value: '', label: '–' }, ...shape.choices.map((one) => ({ value: one, label: one }))]} />;
  if (shape.kind === 'yes_no') return <SelectField {...own} options={[{ value: '', label: '–' }, { value: 'true', label: t('value.yes') }, { value: 'false', label: t('value.no') }]} />;
  if (shape.kind === 'date') return <TextField {...own} type="date" />;
  return <TextField {...own} direction="auto" {...(shape.kind === 'number' ? { inputmode: 'numeric' as const } : {})} maxlength={500} />;
}
