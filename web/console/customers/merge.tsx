// Two customers who are one person: found by name or address, who answers is chosen, and what will happen is said before.
import { useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import type { Customer } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { Choices, Field } from '../../ui/field';
import { Suggest } from '../../ui/suggest';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useCustomers } from '../deliveries/recipients';
import { go } from '../router';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';
import { Note } from '../shell/note';

const name_of = (one: Customer): string => one.name || t('customer.no_name');
const addresses_of = (one: Customer): string => [...one.addresses.map((address) => address.value), ...(one.external_id ? [one.external_id] : [])].join(', ');

export function MergeDialog({ customer, with_other, on_close, on_done }: { customer: Customer; with_other?: Customer | undefined; on_close: () => void; on_done: () => void }) {
  const [text, set_text] = useState('');
  const [other, set_other] = useState<Customer | undefined>(with_other);
  const [answers, set_answers] = useState(customer.id);
  const sending = useSending(['/other']);
  const found = useCustomers(other ? '' : text).filter((one) => one.id !== customer.id);
  const submit = () => {
    if (!other) return sending.find({ '/other': t('persons.other_missing') });
    const from = answers === customer.id ? other.id : customer.id;
    return void sending.send(async () => {
      const merged = await post<Customer>(`/v1/customers/${from}/merge`, { into: answers });
      say(t('persons.merged'));
      on_close();
      if (merged.id === customer.id) on_done();
      else go(`/customers/${merged.id}`);
    });
  };
  return (
    <Dialog title={t('persons.merge_title')} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <Field id="merge-other" label={t('persons.other')} hint={other ? addresses_of(other) : t('persons.other_hint')} error={sending.errors['/other']}>
          {(attributes) => (
            <Suggest
              attributes={attributes}
              value={other ? name_of(other) : text}
              on_input={(value) => { set_other(undefined); set_text(value); }}
              options={found}
              key_of={(one) => one.id}
              show={(one) => <span class="grow"><bdi class="one-line block">{name_of(one)}</bdi> <bdi class="muted small one-line block">{addresses_of(one)}</bdi></span>}
              on_take={(one) => { set_other(one); set_text(''); sending.find({}); }}
            />
          )}
        </Field>
        {other && (
          <Choices
            name="merge-answers"
            legend={t('persons.answers')}
            value={answers}
            on_change={set_answers}
            options={[customer, other].map((one) => ({ value: one.id, label: name_of(one), hint: addresses_of(one) }))}
          />
        )}
        <p class="small muted">{t('persons.answers_hint')}</p>
        <Note>{t('persons.merge_what')} {t('persons.merge_strict')}</Note>
        <FormFoot sending={sending} go={t('persons.merge_go')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
