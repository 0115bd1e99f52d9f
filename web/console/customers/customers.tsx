// All customers, found by the beginning of a name or an address.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Users from 'icon:users';
import type { Customer } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { base, go, place } from '../router';
import { may } from '../session';
import { useActions } from '../shell/actions';
import { Listing } from '../shell/listing';
import { Head } from '../shell/page';
import { SearchField } from '../shell/search_field';
import { NewCustomerDialog } from './new_customer';

export function Customers() {
  const q = place.value.query.get('q') ?? undefined;
  const list = usePaged<Customer>('/v1/customers', { q }, (event) => event.kind.startsWith('customer.'));
  const [making, set_making] = useState(false);
  useActions(() => (may('customers.write') ? [{ id: 'new-customer', name: t('customers.new'), group: 'group.actions', keys: 'n', run: () => set_making(true) }] : []), []);
  const button = may('customers.write') && (
    <button type="button" class="button primary" onClick={() => set_making(true)}>
      <Plus size={16} /> {t('customers.new')}
    </button>
  );
  return (
    <>
      <Head title={t('area.customers')} below={<div class="filters" role="search"><SearchField label={t('customers.search')} /></div>}>
        {button}
      </Head>
      <Listing
        list={list}
        empty={
          <Empty icon={Users} title={q ? t('customers.none_found') : t('customers.none')}>
            <p>{q ? t('customers.none_found_text') : t('customers.none_text')}</p>
          </Empty>
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('area.customers')}>
            {items.map((customer) => (
              <li key={customer.id}>
                <a class="customer-row" data-row href={`${base}/customers/${customer.id}`}>
                  <span class="grow one-line"><bdi>{customer.name || customer.addresses?.[0]?.value || customer.id}</bdi></span>
                  <span class="muted small one-line"><bdi class="ltr">{customer.addresses?.[0]?.value ?? ''}</bdi></span>
                  <span class="muted small">{locales[customer.locale]?.name}</span>
                  <span class="muted small"><Moment at={customer.created_at} /></span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </Listing>
      {making && <NewCustomerDialog on_close={() => set_making(false)} on_done={(id) => go(`/customers/${id}`)} />}
    </>
  );
}
