// What a customer consented to, so that it can be proven: the words they saw, when, how; given, asked for and withdrawn.
import { useState } from 'preact/hooks';
import Download from 'icon:download';
import Plus from 'icon:plus';
import { get, post } from '../../sdk/client';
import type { Consent, Customer, Page } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';
import { act } from '../sending';
import { may } from '../session';
import { Loaded } from '../shell/listing';
import { Sure } from '../shell/sure';
import { NewConsent } from './new_consent';
import { category_name, useCategories } from './preferences';

const tones: Record<Consent['state'], string> = { given: 'assured', pending: 'warning', withdrawn: 'quiet', renewed: 'quiet', lapsed: 'quiet' };

export function Consents({ customer, on_change }: { customer: Customer; on_change: () => void }) {
  const consents = useResource<Page<Consent>>((signal) => get(`/v1/customers/${customer.id}/consents`, { signal }), [customer.id]);
  const categories = useCategories().value.value?.items;
  const [making, set_making] = useState(false);
  const changed = () => {
    consents.reload();
    on_change();
  };
  const withdraw = async (one: Consent) => {
    if (await act(() => post(`/v1/consents/${one.id}/withdrawal`), t('consent.withdrawn_now'))) changed();
  };
  return (
    <section class="card stack" aria-labelledby="consents-title">
      <header class="row apart">
        <h2 id="consents-title">{t('consent.title')}</h2>
        {may('customers.write') && (
          <button type="button" class="button small" onClick={() => set_making(true)}>
            <Plus size={14} /> {t('consent.new')}
          </button>
        )}
      </header>
      <Loaded from={consents} rows={2}>
        {({ items }) => (
          <>
            {!items.length && <p class="muted">{t('consent.none')}</p>}
            <ul class="lines">
              {items.map((one) => (
                <Line key={one.id} one={one} name={category_name(categories, one.category)} on_withdraw={() => void withdraw(one)} />
              ))}
            </ul>
            {items.length > 0 && (
              <a class="row small" href={`/v1/customers/${customer.id}/consents/export`} download={`consents-${customer.id}.json`}>
                <Download size={14} /> {t('consent.export')}
              </a>
            )}
          </>
        )}
      </Loaded>
      {making && (
        <Dialog title={t('consent.new')} on_close={() => set_making(false)} wide>
          <NewConsent
            customer={customer}
            categories={(categories ?? []).filter((one) => one.needs_consent && !one.retired)}
            on_cancel={() => set_making(false)}
            on_done={() => {
              set_making(false);
              changed();
            }}
          />
        </Dialog>
      )}
    </section>
  );
}

function Line({ one, name, on_withdraw }: { one: Consent; name: string; on_withdraw: () => void }) {
  const was_given = one.given_at !== undefined;
  return (
    <li class="stack tight">
      <div class="row apart">
        <strong>{name}</strong>
        <span class={`tag ${tones[one.state]}`}>{t(`consent.${one.state}`)}</span>
      </div>
      <span class="small muted">
        {t(`method.${one.method}`)} · <Moment at={one.given_at ?? one.requested_at} /> · <bdi class="ltr">{one.address}</bdi>
        {one.ended_at && (
          <>
            {' · '}
            {t('consent.ended')} <Moment at={one.ended_at} />
          </>
        )}
      </span>
      <details>
        <summary>{t('consent.wording', { version: one.wording_version })}</summary>
        <p class="small pre" dir="auto" lang={one.locale}>{one.wording}</p>
      </details>
      <div class="row end">
        {was_given && (
          <a class="button small" href={`/v1/consents/${one.id}/proof`} download={`${one.id}.json`}>
            <Download size={14} /> {t('consent.proof')}
          </a>
        )}
        {may('customers.write') && (one.state === 'given' || one.state === 'pending') && <Sure label={t('consent.withdraw')} sure={t('consent.withdraw_sure')} on_sure={on_withdraw} />}
      </div>
    </li>
  );
}
