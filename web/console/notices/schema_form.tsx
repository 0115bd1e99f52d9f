// A form for the data that a kind takes, from its schema: every finding of the server at its own field.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import { Check, FieldError, NumberField, SelectField, TextArea, TextField } from '../../ui/field';
import { to_local_input } from '../../ui/format';
import { t } from '../../ui/text';
import { error_at, type FieldErrors } from '../problems';
import { empty_of, member_name, money_of, money_text, value_name, type Data, type Money, type Schema } from './schema';

const long_text = 200;

interface PartProps<T> {
  schema: Schema;
  value: T;
  at: string;  // the pointer of its findings
  errors: FieldErrors;
  on_change: (value: unknown) => void;
}

interface MemberProps extends PartProps<unknown> {
  label: string;
  optional: boolean;
}

const id_of = (at: string): string => at.slice(1).replaceAll('/', '-');

export function SchemaForm({ schema, value, at, errors, on_change }: PartProps<Data>) {
  const members = Object.entries(schema.properties ?? {});
  const short = members.filter(([, part]) => !is_wide(part));
  const wide = members.filter(([, part]) => is_wide(part));
  const member = ([name, part]: [string, Schema]) => (
    <Member
      key={name}
      schema={part}
      value={value[name]}
      at={`${at}/${name}`}
      errors={errors}
      label={member_name(name, part)}
      optional={!schema.required?.includes(name)}
      on_change={(next) => on_change({ ...value, [name]: next })}
    />
  );
  return (
    <div class="stack">
      {errors[at] && <FieldError id={`${id_of(at)}-wrong`} error={errors[at]} />}
      {short.length > 0 && <div class="columns">{short.map(member)}</div>}
      {wide.map(member)}
    </div>
  );
}

// What wants a line of its own.
function is_wide(schema: Schema): boolean {
  return schema.type === 'array' || (schema.type === 'object' && schema.format !== 'money') || (schema.type === 'string' && !schema.enum && !schema.format && (schema.maxLength ?? 0) > long_text);
}

function Member(props: MemberProps) {
  const { schema, value, at, errors, label, optional, on_change } = props;
  const common = { id: id_of(at), label, optional, error: errors[at], hint: schema.description };
  if (schema.format === 'money') return <MoneyField {...props} />;
  switch (schema.type) {
    case 'boolean':
      return <Check id={common.id} label={label} {...(schema.description ? { hint: schema.description } : {})} checked={value === true} on_change={on_change} />;
    case 'integer':
    case 'number':
      return <NumberField {...common} fraction value={value === undefined ? '' : String(value)} on_change={(text) => on_change(text === '' ? undefined : Number(text))} />;
    case 'array':
      return <List {...props} />;
    case 'object':
      return (
        <fieldset class="boxed">
          <legend>{label}</legend>
          <SchemaForm schema={schema} value={(value as Data) ?? {}} at={at} errors={errors} on_change={on_change} />
        </fieldset>
      );
    default:
      return <Words {...props} />;
  }
}

function Words({ schema, value, at, errors, label, optional, on_change }: MemberProps) {
  const common = { id: id_of(at), label, optional, error: errors[at], hint: schema.description };
  const text = typeof value === 'string' ? value : '';
  if (schema.enum) return <SelectField {...common} value={text} options={[{ value: '', label: optional ? '–' : t('data.choose') }, ...schema.enum.map((one) => ({ value: one, label: value_name(one) }))]} on_change={on_change} />;
  if (schema.format === 'date') return <TextField {...common} type="date" value={text} on_change={on_change} />;
  if (schema.format === 'date-time') return <TextField {...common} type="datetime-local" value={text ? to_local_input(new Date(text)) : ''} on_change={(local) => on_change(local ? new Date(local).toISOString() : '')} />;
  if (schema.format === 'email') return <TextField {...common} type="email" value={text} on_change={on_change} />;
  if (schema.format === 'uri') return <TextField {...common} direction="ltr" value={text} on_change={on_change} />;
  const most = schema.maxLength;
  if ((most ?? 0) > long_text) return <TextArea {...common} value={text} on_change={on_change} rows={6} {...(most ? { maxlength: most } : {})} />;
  return <TextField {...common} value={text} on_change={on_change} {...(most ? { maxlength: most } : {})} />;
}

const usual_currencies = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'KRW', 'THB', 'IRR'];

function MoneyField({ value, at, errors, label, optional, on_change }: MemberProps) {
  const found = value as Partial<Money> | undefined;
  const [currency, set_currency] = useState(found?.currency ?? 'EUR');
  const [text, set_text] = useState(found?.amount !== undefined ? money_text({ amount: found.amount, currency: found.currency ?? 'EUR' }) : '');
  const wrong = text.trim() !== '' && money_of(text, currency) === undefined;
  const put = (amount: string, unit: string) => {
    set_text(amount);
    set_currency(unit);
    on_change(amount.trim() ? { amount: money_of(amount, unit) ?? amount, currency: unit } : undefined);
  };
  const currencies = usual_currencies.includes(currency) ? usual_currencies : [currency, ...usual_currencies];
  return (
    <div class="money">
      <TextField id={id_of(at)} label={label} optional={optional} inputmode="numeric" direction="ltr" value={text} on_change={(amount) => put(amount, currency)} error={wrong ? t('data.no_amount') : error_at(errors, at)} />
      <SelectField id={`${id_of(at)}-currency`} label={t('data.currency')} value={currency} options={currencies.map((one) => ({ value: one, label: one }))} on_change={(unit) => put(text, unit)} />
    </div>
  );
}

function List({ schema, value, at, errors, label, optional, on_change }: MemberProps) {
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  const part = schema.items ?? {};
  const replace = (index: number, next: unknown) => on_change(items.map((old, other) => (other === index ? next : old)));
  const full = schema.maxItems !== undefined && items.length >= schema.maxItems;
  return (
    <fieldset class="boxed stack tight">
      <legend>
        {label} {optional && <span class="optional muted">({t('field.optional')})</span>}
      </legend>
      <FieldError id={`${id_of(at)}-wrong`} error={errors[at]} />
      <ol class="lines">
        {items.map((item, index) => (
          <li key={index} class="list-item">
            {part.type === 'object' && part.format !== 'money' ? (
              <SchemaForm schema={part} value={(item as Data) ?? {}} at={`${at}/${index}`} errors={errors} on_change={(next) => replace(index, next)} />
            ) : (
              <Member schema={part} value={item} at={`${at}/${index}`} errors={errors} label={`${label} ${index + 1}`} optional={false} on_change={(next) => replace(index, next)} />
            )}
            <button type="button" class="button small plain icon-only" aria-label={t('data.remove', { name: label, count: index + 1 })} onClick={() => on_change(items.filter((_, other) => other !== index))}>
              <Trash size={16} />
            </button>
          </li>
        ))}
      </ol>
      <button type="button" class="button small" id={items.length ? undefined : id_of(at)} aria-invalid={errors[at] ? 'true' : undefined} disabled={full} onClick={() => on_change([...items, empty_of(part) ?? ''])}>
        <Plus size={14} /> {t('data.add', { name: label })}
      </button>
    </fieldset>
  );
}
