// The records that were merged into a customer, each with its way back; and who else could be the same person.
import { useState } from 'preact/hooks';
import { get, post } from '../../sdk/client';
import type { Customer, MergedRecord, Page, SimilarCustomer } from '../../sdk/types';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';
import { base } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { MergeDialog } from './merge';

export const undo_merge = (record: string): Promise<boolean> => act(() => post(`/v1/customers/${record}/unmerge`), t('persons.undone'));

export function Records({ customer, on_change }: { customer: Customer; on_change: () => void }) {
  if (!customer.merged?.length) return null;
  return (
    <section class="card" aria-labelledby="records-title">
      <header>
        <h2 id="records-title">{t('persons.records')}</h2>
      </header>
      <ul class="lines">
        {customer.merged.map((one) => (
          <Line key={one.id} one={one} on_change={on_change} />
        ))}
      </ul>
    </section>
  );
}

function Line({ one, on_change }: { one: MergedRecord; on_change: () => void }) {
  const name = one.name || t('customer.no_name');
  return (
    <li class="row apart">
      <span class="grow">
        <bdi class="one-line block">{name}</bdi>
        <span class="muted small">{one.external_id && <><bdi>{one.external_id}</bdi> · </>}<Moment at={one.merged_at} /></span>
      </span>
      {may('customers.write') && (
        <button type="button" class="button small" aria-label={t('persons.undo_one', { name })} onClick={() => void undo_merge(one.id).then((done) => done && on_change())}>
          {t('persons.undo')}
        </button>
      )}
    </li>
  );
}

const reason = (one: SimilarCustomer): string => (one.why === 'name' ? t('persons.similar_name') : one.verified ? t('persons.similar_verified') : t('persons.similar_address'));

export function SimilarCustomers({ customer, on_change }: { customer: Customer; on_change: () => void }) {
  const found = useResource<Page<SimilarCustomer>>((signal) => get(`/v1/customers/${customer.id}/similar`, { signal }), [customer.id, customer.changed_at]);
  const [merging, set_merging] = useState<Customer>();
  const items = found.value.value?.items ?? [];
  if (!items.length) return null;
  return (
    <section class="card" aria-labelledby="similar-title">
      <header>
        <h2 id="similar-title">{t('persons.similar')}</h2>
      </header>
      <ul class="lines">
        {items.map((one) => (
          <li key={one.customer.id} class="row apart">
            <span class="grow">
              <a class="one-line block" href={`${base}/customers/${one.customer.id}`}><bdi>{one.customer.name || t('customer.no_name')}</bdi></a>
              <span class="muted small">{reason(one)}</span>
            </span>
            {may('customers.write') && <button type="button" class="button small" onClick={() => set_merging(one.customer)}>{t('persons.merge_this')}</button>}
          </li>
        ))}
      </ul>
      {merging && <MergeDialog customer={customer} with_other={merging} on_close={() => set_merging(undefined)} on_done={on_change} />}
    </section>
  );
}
