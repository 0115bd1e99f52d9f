// Who gets it: customers found while typing, or addresses typed. Each becomes a delivery of its own; none sees the others.
import { useEffect, useState } from 'preact/hooks';
import Close from 'icon:x';
import UserPlus from 'icon:user-plus';
import { get } from '../../sdk/client';
import type { Customer, Page } from '../../sdk/types';
import { Field, SelectField, TextField } from '../../ui/field';
import { Suggest } from '../../ui/suggest';
import { is_locale, locale_names, locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { error_at, type FieldErrors } from '../problems';
import { may } from '../session';
import type { KnownRecipient, Recipient, TypedRecipient } from './draft';

const address = /^[^\s@]+@[^\s@]+\.[^\s@]+$|^[^\s@]+@localhost$/;

type Option = { kind: 'customer'; customer: Customer } | { kind: 'address'; email: string };

export function known(customer: Customer): KnownRecipient {
  const addresses = customer.addresses ?? [];
  return { kind: 'known', customer: customer.id, name: customer.name, email: addresses[0]?.value ?? '', locale: customer.locale, addresses: addresses.length };
}

export function useCustomers(text: string): Customer[] {
  const [found, set_found] = useState<Customer[]>([]);
  useEffect(() => {
    const q = text.trim();
    if (!q || !may('customers.read')) return set_found([]);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      get<Page<Customer>>('/v1/customers', { query: { q, limit: 8 }, signal: stop.signal }).then((page) => set_found(page.items), () => undefined);
    }, 100);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return found;
}

// Whether a typed recipient has a second address, where the code goes.
export type Second = 'needed' | 'optional' | 'none';

interface RecipientsProps {
  recipients: Recipient[];
  second: Second;
  errors: FieldErrors;
  on_change: (recipients: Recipient[]) => void;
}

export function Recipients({ recipients, second, errors, on_change }: RecipientsProps) {
  const [text, set_text] = useState('');
  const [wrong, set_wrong] = useState<string>();
  const found = useCustomers(text);
  const typed = text.trim();
  const taken = new Set(recipients.map((one) => (one.kind === 'known' ? one.customer : one.email.toLowerCase())));
  const options: Option[] = [
    ...found.filter((customer) => !taken.has(customer.id)).map((customer): Option => ({ kind: 'customer', customer })),
    ...(address.test(typed) && !taken.has(typed.toLowerCase()) ? [{ kind: 'address', email: typed } as Option] : []),
  ];
  const add = (one: Recipient) => {
    on_change([...recipients, one]);
    set_text('');
    set_wrong(undefined);
  };
  const take = (option: Option) => add(option.kind === 'customer' ? known(option.customer) : { kind: 'typed', email: option.email, name: '', second_email: '', locale: '' });
  const enter = () => {
    if (!typed) return;
    if (address.test(typed)) take({ kind: 'address', email: typed });
    else if (options[0]) take(options[0]);
    else set_wrong(t('recipients.not_found'));
  };
  const own_error = wrong ?? errors['/recipients'];
  return (
    <div class="stack">
      <Field id="recipients" label={t('recipients.label')} hint={t('recipients.hint')} error={own_error}>
        {(attributes) => (
          <Suggest
            attributes={attributes}
            value={text}
            on_input={(value) => { set_text(value); set_wrong(undefined); }}
            options={options}
            key_of={(option) => (option.kind === 'customer' ? option.customer.id : option.email)}
            show={(option) => (option.kind === 'customer' ? <CustomerOption customer={option.customer} /> : <span class="row"><UserPlus size={16} /> {t('recipients.use', { email: option.email })}</span>)}
            on_take={take}
            on_enter={enter}
            placeholder={t('recipients.placeholder')}
          />
        )}
      </Field>
      {recipients.length > 0 && (
        <ul class="recipients">
          {recipients.map((one, index) => (
            <li key={one.kind === 'known' ? one.customer : one.email}>
              <div class="row apart">
                <span class="one-line grow">
                  <bdi>{one.name || one.email}</bdi> {one.name && <span class="muted small"><bdi class="ltr">{one.email}</bdi></span>}
                </span>
                <button type="button" class="button small plain icon-only" aria-label={t('recipients.remove', { name: one.name || one.email })} onClick={() => on_change(recipients.filter((_, other) => other !== index))}>
                  <Close size={16} />
                </button>
              </div>
              {one.kind === 'typed' ? (
                <Typed index={index} one={one} second={second} errors={errors} on_change={(part) => on_change(recipients.map((old, other) => (other === index ? ({ ...old, ...part } as Recipient) : old)))} />
              ) : (
                <KnownHints index={index} one={one} second={second} errors={errors} />
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function CustomerOption({ customer }: { customer: Customer }) {
  return (
    <>
      <span class="one-line">{customer.name}</span>
      <span class="small muted one-line ltr">{(customer.addresses ?? []).map((one) => one.value).join(', ')}</span>
    </>
  );
}

function KnownHints({ index, one, second, errors }: { index: number; one: KnownRecipient; second: Second; errors: FieldErrors }) {
  const error = error_at(errors, `/recipients/${index}`);
  const needs_second = second === 'needed' && one.addresses === 1;
  if (error) return <p class="small tone-breach">{error}</p>;
  return needs_second ? <p class="small tone-warning">{t('recipients.needs_second')}</p> : null;
}

function Typed({ index, one, second, errors, on_change }: { index: number; one: TypedRecipient; second: Second; errors: FieldErrors; on_change: (part: Partial<TypedRecipient>) => void }) {
  const at = `/recipients/${index}`;
  const languages = [{ value: '', label: t('recipients.language_default') }, ...locale_names.map((name) => ({ value: name, label: locales[name].name }))];
  const own = errors[at] ?? errors[`${at}/email`];
  return (
    <div class="stack tight">
      {own && <p class="small tone-breach">{own}</p>}
      <div class="columns">
        <TextField id={`name-${index}`} label={t('recipients.name')} optional value={one.name} on_change={(name) => on_change({ name })} error={errors[`${at}/name`]} maxlength={200} />
        {second !== 'none' && (
          <TextField id={`second-${index}`} type="email" label={t('recipients.second')} optional={second === 'optional'} value={one.second_email} on_change={(second_email) => on_change({ second_email })} error={errors[`${at}/second_email`]} />
        )}
        <SelectField id={`language-${index}`} label={t('recipients.language')} value={one.locale} options={languages} on_change={(value) => on_change({ locale: is_locale(value) ? value : '' })} error={errors[`${at}/locale`]} />
      </div>
    </div>
  );
}
