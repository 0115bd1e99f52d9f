// Where a customer can be reached, and whether somebody proved that they read it.
import { useState } from 'preact/hooks';
import BadgeCheck from 'icon:badge-check';
import CircleDashed from 'icon:circle-dashed';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import { post, remove } from '../../sdk/client';
import type { Address, Customer } from '../../sdk/types';
import { Check, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { act, useSending } from '../sending';
import { may } from '../session';
import { Form, FormFoot } from '../shell/form';
import { Sure } from '../shell/sure';

export function Addresses({ customer, on_change }: { customer: Customer; on_change: () => void }) {
  const [adding, set_adding] = useState(false);
  const addresses = customer.addresses ?? [];
  return (
    <section class="card" aria-labelledby="addresses-title">
      <header>
        <h2 id="addresses-title">{t('addresses.title')}</h2>
        {may('customers.write') && !adding && (
          <button type="button" class="button small" onClick={() => set_adding(true)}>
            <Plus size={14} /> {t('addresses.add')}
          </button>
        )}
      </header>
      {!addresses.length && <p class="muted">{t('addresses.none')}</p>}
      <ul class="lines">
        {addresses.map((one) => (
          <Line key={one.id} customer={customer} one={one} on_change={on_change} />
        ))}
      </ul>
      {adding && <Add customer={customer} on_close={() => set_adding(false)} on_change={on_change} />}
    </section>
  );
}

function Line({ customer, one, on_change }: { customer: Customer; one: Address; on_change: () => void }) {
  const drop = async () => {
    if (await act(() => remove(`/v1/customers/${customer.id}/addresses/${one.id}`), t('addresses.removed'))) on_change();
  };
  return (
    <li class="row apart">
      <span class="grow">
        <bdi class="ltr one-line block">{one.value}</bdi>
        {one.verified ? (
          <span class="mark tone-assured">
            <BadgeCheck size={14} /> {t('addresses.verified')} {one.verified_at && <Moment at={one.verified_at} />}
          </span>
        ) : (
          <span class="mark tone-quiet">
            <CircleDashed size={14} /> {t('addresses.unverified')}
          </span>
        )}
        {one.record && <span class="muted small"> · {t('persons.of_record')}</span>}
      </span>
      {may('customers.write') && (
        <Sure label={t('addresses.remove_one', { value: one.value })} sure={t('addresses.remove')} on_sure={() => void drop()}>
          <Trash size={16} />
        </Sure>
      )}
    </li>
  );
}

function Add({ customer, on_close, on_change }: { customer: Customer; on_close: () => void; on_change: () => void }) {
  const [value, set_value] = useState('');
  const [verified, set_verified] = useState(false);
  const sending = useSending(['/value']);
  const submit = () =>
    sending.send(async () => {
      await post(`/v1/customers/${customer.id}/addresses`, { kind: 'email', value, verified });
      on_close();
      on_change();
    });
  return (
    <Form sending={sending} on_submit={() => void submit()} boxed>
      <TextField id="add-address" type="email" label={t('customer.email')} value={value} on_change={set_value} error={sending.errors['/value']} focus />
      <Check id="add-verified" label={t('customer.vouch')} hint={t('customer.vouch_hint')} checked={verified} on_change={set_verified} />
      <FormFoot sending={sending} go={t('addresses.add')} on_cancel={on_close} />
    </Form>
  );
}
