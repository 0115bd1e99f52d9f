// All deliveries: filters in the address, a long list that follows events, the place kept over a reload.
import { useMemo } from 'preact/hooks';
import ArrowUp from 'icon:arrow-up';
import Plus from 'icon:plus';
import Search from 'icon:search';
import Stamp from 'icon:stamp';
import { Empty, Failed, Loading } from '../../ui/blank';
import { t } from '../../ui/text';
import { VirtualList } from '../../ui/virtual_list';
import { useLive } from '../paged';
import { base, place, set_query } from '../router';
import { may } from '../session';
import { Head } from '../shell/page';
import { SearchField } from '../shell/search_field';
import { useNarrow } from '../shell/width';
import { DeliveryList } from './list';
import { DeliveryRow } from './row';
import { state_name, states } from './states';

export function Deliveries() {
  const query = place.value.query;
  const filter = { state: query.get('state') ?? undefined, kind: query.get('kind') ?? undefined, q: query.get('q') ?? undefined, customer: query.get('customer') ?? undefined };
  const list = useMemo(() => new DeliveryList(filter), [JSON.stringify(filter)]);
  useLive(list, (events) => list.take(events));

  return (
    <div class="fill">
      <Head title={t('area.deliveries')} below={<Filters />}>
        {may('deliveries.send') && (
          <a class="button primary" href={`${base}/deliveries/new`}>
            <Plus size={16} /> {t('deliveries.new')}
          </a>
        )}
      </Head>
      <Body list={list} filtered={Object.values(filter).some(Boolean)} />
    </div>
  );
}

function Filters() {
  const query = place.value.query;
  const customer = query.get('customer');
  return (
    <div class="filters" role="search">
      <SearchField label={t('deliveries.search')} />
      <select class="input" aria-label={t('deliveries.filter_state')} value={query.get('state') ?? ''} onChange={(event) => set_query({ state: event.currentTarget.value || undefined })}>
        <option value="">{t('deliveries.all_states')}</option>
        {states.map((state) => (
          <option key={state} value={state} selected={state === query.get('state')}>
            {state_name(state)}
          </option>
        ))}
      </select>
      <select class="input" aria-label={t('deliveries.filter_kind')} value={query.get('kind') ?? ''} onChange={(event) => set_query({ kind: event.currentTarget.value || undefined })}>
        <option value="">{t('deliveries.all_kinds')}</option>
        <option value="registered">{t('kind.registered')}</option>
        <option value="plain">{t('kind.plain')}</option>
      </select>
      {customer && (
        <button type="button" class="button small" onClick={() => set_query({ customer: undefined })}>
          {t('deliveries.all_customers')}
        </button>
      )}
    </div>
  );
}

function Body({ list, filtered }: { list: DeliveryList; filtered: boolean }) {
  const narrow = useNarrow();
  const state = list.state.value;
  if (!state) return list.error.value ? <Failed text={list.error.value} retry={() => void list.load()} /> : <Loading rows={9} />;
  if (!state.items.length)
    return filtered ? (
      <Empty icon={Search} title={t('deliveries.none_found')}>
        <p>{t('deliveries.none_found_text')}</p>
        <button type="button" class="button" onClick={() => set_query({ q: undefined, state: undefined, kind: undefined, customer: undefined })}>
          {t('deliveries.clear')}
        </button>
      </Empty>
    ) : (
      <Empty icon={Stamp} title={t('deliveries.none')}>
        <p>{t('deliveries.none_text')}</p>
        {may('deliveries.send') && (
          <a class="button primary" href={`${base}/deliveries/new`}>
            <Plus size={16} /> {t('deliveries.new')}
          </a>
        )}
      </Empty>
    );
  return (
    <div class="list-frame">
      {list.arrived.value > 0 && (
        <button type="button" class="button small arrived" onClick={() => {
          list.show_arrived();
          document.querySelector('.virtual')?.scrollTo({ top: 0 });
        }}>
          <ArrowUp size={14} /> {t('deliveries.arrived', { count: list.arrived.value })}
        </button>
      )}
      <VirtualList
        items={state.items}
        key_of={(item) => item.id}
        row={(item) => <DeliveryRow item={item} />}
        row_height={narrow ? 92 : 64}
        label={t('area.deliveries')}
        more={state.next !== undefined}
        on_end={() => void list.more()}
        position={list.position}
        on_scroll={(top) => list.scrolled(top)}
      />
      {list.error.value && (
        <div class="list-foot" role="alert">
          {list.error.value}{' '}
          <button type="button" class="link" onClick={() => void list.more()}>
            {t('action.retry')}
          </button>
        </div>
      )}
    </div>
  );
}
