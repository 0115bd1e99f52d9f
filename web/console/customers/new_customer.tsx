// A new customer with one or two addresses.
import { useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import type { Customer, Locale, NewCustomer } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { Check, SelectField, TextField } from '../../ui/field';
import { locale_names, locales } from '../../ui/locales';
import { locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { error_at } from '../problems';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';

export function NewCustomerDialog({ on_close, on_done }: { on_close: () => void; on_done: (id: string) => void }) {
  const [name, set_name] = useState('');
  const [email, set_email] = useState('');
  const [second, set_second] = useState('');
  const [verified, set_verified] = useState(false);
  const [language, set_language] = useState<Locale>(locale.value);
  const [external, set_external] = useState('');
  const sending = useSending(['/name', '/locale', '/external_id', '/addresses']);
  const { errors } = sending;
  const submit = () =>
    sending.send(async () => {
      const addresses = [email, second].filter(Boolean).map((value) => ({ kind: 'email' as const, value, verified }));
      const body: NewCustomer = { name, locale: language, addresses, ...(external ? { external_id: external } : {}) };
      const made = await post<Customer>('/v1/customers', body);
      say(t('customers.made'));
      on_done(made.id);
    });
  return (
    <Dialog title={t('customers.new')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="new-name" label={t('customer.name')} value={name} on_change={set_name} error={errors['/name']} maxlength={200} focus />
        <TextField id="new-email" type="email" label={t('customer.email')} value={email} on_change={set_email} error={error_at(errors, '/addresses/0')} />
        <TextField id="new-second" type="email" label={t('customer.second')} optional hint={t('customer.second_hint')} value={second} on_change={set_second} error={error_at(errors, '/addresses/1')} />
        <Check id="new-verified" label={t('customer.vouch')} hint={t('customer.vouch_hint')} checked={verified} on_change={set_verified} />
        <SelectField id="new-locale" label={t('customer.language')} value={language} options={locale_names.map((one) => ({ value: one, label: locales[one].name }))} on_change={(value) => set_language(value as Locale)} error={errors['/locale']} />
        <TextField id="new-external" label={t('customer.external')} optional hint={t('customer.external_hint')} value={external} on_change={set_external} error={errors['/external_id']} maxlength={200} />
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
