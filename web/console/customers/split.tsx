// Two people who share a record: the addresses of one of them go to a new customer, with what certainly came by them.
import { useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import type { Customer, CustomerSplit } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { Check, FieldError, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { go } from '../router';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';
import { Note } from '../shell/note';

// Those that stand with the customer's own record: a merged one is taken out by undoing the merge.
export const splittable = (customer: Customer): Customer['addresses'] => customer.addresses.filter((one) => !one.record);

export function SplitDialog({ customer, on_close }: { customer: Customer; on_close: () => void }) {
  const [name, set_name] = useState('');
  const [chosen, set_chosen] = useState<string[]>([]);
  const [with_key, set_with_key] = useState(false);
  const sending = useSending(['/name', '/addresses']);
  const all = splittable(customer);
  const submit = () => {
    if (!chosen.length) return sending.find({ '/addresses': t('persons.split_none') });
    if (chosen.length === all.length && (!customer.external_id || with_key)) return sending.find({ '/addresses': t('persons.split_all') });
    return void sending.send(async () => {
      const done = await post<CustomerSplit>(`/v1/customers/${customer.id}/split`, { addresses: chosen, name: name.trim(), external_id: with_key });
      say([t('persons.split_done', { count: done.conversations.length }), ...(done.left.length ? [t('persons.split_left', { count: done.left.length })] : [])].join(' '));
      on_close();
      go(`/customers/${done.customer.id}`);
    });
  };
  return (
    <Dialog title={t('persons.split_title')} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <fieldset class="stack tight">
          <legend>{t('persons.split_addresses')}</legend>
          {all.map((one) => (
            <Check key={one.id} id={`split-${one.id}`} label={one.value} checked={chosen.includes(one.id)} on_change={(on) => set_chosen(on ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))} />
          ))}
          <FieldError id="split-wrong" error={sending.errors['/addresses']} />
        </fieldset>
        {customer.external_id && <Check id="split-key" label={t('persons.split_key')} hint={customer.external_id} checked={with_key} on_change={set_with_key} />}
        <TextField id="split-name" label={t('persons.split_name')} optional value={name} on_change={set_name} error={sending.errors['/name']} maxlength={200} />
        <Note>{t('persons.split_what')} {t('persons.split_stays')}</Note>
        <FormFoot sending={sending} go={t('persons.split_go')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
