// Who may pick up in the recipient's place, and what speaks for somebody else trying to.
import { useState } from 'preact/hooks';
import { get, post, remove } from '../../sdk/client';
import type { Delegation, Delivery, Page } from '../../sdk/types';
import { TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';
import { act, useSending } from '../sending';
import { may } from '../session';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';
import { Sure } from '../shell/sure';
import { is_over } from './states';

// Sign-ins of somebody else, or codes asked for again and again: the recipient had better be reached in another way.
export function Trouble({ delivery }: { delivery: Delivery }) {
  const { trouble, refused, codes } = delivery.identification;
  if (!trouble) return null;
  return <Note tone="warning">{t('delivery.trouble', { refused, codes })}</Note>;
}

export function Delegates({ delivery }: { delivery: Delivery }) {
  const target = `/v1/deliveries/${delivery.id}/delegations`;
  const list = useResource<Page<Delegation>>((signal) => get(target, { signal }), [target]);
  const [naming, set_naming] = useState(false);
  const may_name = may('deliveries.send') && !delivery.erased && !is_over(delivery.state);
  const revoke = async (id: string) => {
    await act(() => remove(`${target}/${id}`), t('delegates.revoked'));
    list.reload();
  };
  return (
    <section class="card stack" aria-labelledby="delegates-title">
      <h2 id="delegates-title">{t('delegates.title')}</h2>
      <p class="small muted">{t('delegates.text')}</p>
      <Loaded from={list} rows={1}>
        {({ items }) => (
          <ul class="lines">
            {items.map((one) => (
              <li key={one.id} class="row apart">
                <span class="grow">
                  <bdi>{one.name}</bdi> <span class="small muted">{one.delivery ? t('delegates.one') : t('delegates.all')}</span>
                  <span class="small muted block">
                    <bdi class="ltr">{one.email}</bdi> · {one.revoked_at ? t('delegates.over') : t('delegates.until')} <Moment at={one.revoked_at ?? one.valid_until} />
                  </span>
                </span>
                {!one.revoked_at && may('deliveries.send') && <Sure label={t('delegates.revoke')} sure={t('delegates.revoke')} on_sure={() => void revoke(one.id)} />}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {may_name && !naming && (
        <button type="button" class="button" onClick={() => set_naming(true)}>
          {t('delegates.name')}
        </button>
      )}
      {naming && (
        <NewDelegate
          target={target}
          needs_second={delivery.assurance === 'low'}
          on_end={() => {
            set_naming(false);
            list.reload();
          }}
        />
      )}
    </section>
  );
}

function NewDelegate({ target, needs_second, on_end }: { target: string; needs_second: boolean; on_end: () => void }) {
  const [name, set_name] = useState('');
  const [email, set_email] = useState('');
  const [second, set_second] = useState('');
  const sending = useSending(['/name', '/email', '/second_email']);
  const submit = () =>
    sending.send(async () => {
      await post(target, { name: name.trim(), email: email.trim(), ...(second.trim() ? { second_email: second.trim() } : {}) });
      on_end();
    });
  return (
    <Form sending={sending} on_submit={() => void submit()} boxed>
      <TextField id="delegate-name" label={t('customer.name')} value={name} on_change={set_name} error={sending.errors['/name']} maxlength={200} />
      <TextField id="delegate-email" type="email" label={t('customer.email')} value={email} on_change={set_email} error={sending.errors['/email']} />
      {needs_second && <TextField id="delegate-second" type="email" label={t('delegates.second')} value={second} on_change={set_second} error={sending.errors['/second_email']} />}
      <FormFoot sending={sending} go={t('delegates.name')} on_cancel={on_end} quiet />
    </Form>
  );
}
