// The schema of a kind (the subset of JSON Schema that src/templates/schema.cpp takes) as a form needs it: what to call a member, what
// an empty one is, money between what people write and the smallest unit.
import { plain_number } from '../../ui/number';
import { is_key, t } from '../../ui/text';

export interface Schema {
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  title?: string;
  description?: string;
  format?: 'date' | 'date-time' | 'email' | 'uri' | 'money';
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: string[];
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  default?: unknown;
}

export type Data = Record<string, unknown>;
export interface Money {
  amount: number;
  currency: string;
}

const human = (name: string): string => name.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());

// Members of the kinds that come with the program have words in every language; others say themselves what they are.
export function member_name(name: string, schema: Schema): string {
  const key = `data.${name}`;
  return schema.title ?? (is_key(key) ? t(key) : human(name));
}

export function value_name(value: string): string {
  const key = `value.${value}`;
  return is_key(key) ? t(key) : human(value);
}

export function empty_of(schema: Schema): unknown {
  switch (schema.type) {
    case 'object':
      return {};
    case 'array':
      return [];
    default:
      return undefined;
  }
}

// What was left empty is not sent; lists and groups that hold nothing neither, unless they have to be there.
export function pruned(value: unknown, schema: Schema | undefined): unknown {
  if (value === '' || value === null) return undefined;
  if (Array.isArray(value)) return value.map((one) => pruned(one, schema?.items) ?? empty_of(schema?.items ?? {})).filter((one) => one !== undefined);
  if (typeof value === 'object') {
    const entries = Object.entries(value as Data)
      .map(([name, part]) => [name, pruned(part, schema?.properties?.[name])] as const)
      .filter(([name, part]) => part !== undefined && (schema?.required?.includes(name) || !is_hollow(part)));
    return Object.fromEntries(entries);
  }
  return value;
}

function is_hollow(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

const digits_of = (currency: string): number => {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
};

export function money_text({ amount, currency }: Money): string {
  const digits = digits_of(currency);
  return Number.isFinite(amount) ? (amount / 10 ** digits).toFixed(digits) : '';
}

// "39,80", "39.8", "۳۹٫۸۰" → 3980 of EUR; undefined when it is no amount.
export function money_of(text: string, currency: string): number | undefined {
  const plain = plain_number(text, true);
  if (!plain) return undefined;
  return Math.round(Number(plain) * 10 ** digits_of(currency));
}
