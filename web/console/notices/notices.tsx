// All notices, newest first: which kind, to whom, and how each stands.
import Bell from 'icon:bell';
import Plus from 'icon:plus';
import { get } from '../../sdk/client';
import type { Bulk, Notice, NoticeKind, Page } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { useResource } from '../resource';
import { base, go } from '../router';
import { may } from '../session';
import { useActions } from '../shell/actions';
import { AreaFrame } from '../shell/area_frame';
import { ClearFilters, FilterMenu, filter_of } from '../shell/filters';
import { Listing } from '../shell/listing';
import { SearchField } from '../shell/search_field';
import { kind_name, NoticeTag, reason_words } from './words';

export function useKinds() {
  return useResource<Page<NoticeKind>>((signal) => get('/v1/kinds', { signal }), []);
}

const states = ['submitted', 'suppressed', 'throttled', 'collected'] as const;
const offered_jobs = 50;

// The newest jobs; what else the address names (a schedule, a digest, an older job) stays as it is.
function OriginFilter() {
  const jobs = useResource<Page<Bulk>>((signal) => get('/v1/bulk', { query: { limit: offered_jobs }, signal }), []).value.value?.items ?? [];
  const chosen = filter_of('origin');
  const options = jobs.map((one) => ({ value: one.id, label: one.name || one.id }));
  if (chosen && !options.some((one) => one.value === chosen)) options.unshift({ value: chosen, label: chosen });
  return options.length > 0 ? <FilterMenu name="origin" label={t('notices.job')} all={t('notices.any_job')} options={options} /> : null;
}

export function Notices() {
  const kinds = useKinds().value.value?.items ?? [];
  const filter = { state: filter_of('state'), kind: filter_of('kind'), origin: filter_of('origin'), customer: filter_of('customer'), reference: filter_of('q') };
  const filtered = Object.values(filter).some(Boolean);
  const list = usePaged<Notice>('/v1/notices', filter, (event) => /^(notice|delivery)\./.test(event.kind));
  useActions(() => (may('deliveries.send') ? [{ id: 'new-notice', name: t('notices.new'), group: 'group.actions', keys: 'n', run: () => go('/notices/new') }] : []), []);
  const write = may('deliveries.send') && (
    <a class="button primary" href={`${base}/notices/new`}>
      <Plus size={16} /> {t('notices.new')}
    </a>
  );
  return (
    <AreaFrame
      title={t('area.notices')}
      action={write}
      filters={
        <div class="filters" role="search">
          <SearchField label={t('notices.search')} />
          <FilterMenu name="kind" label={t('delivery.kind')} all={t('deliveries.all_kinds')} options={kinds.map((one) => ({ value: one.name, label: kind_name(one, one.name) }))} />
          <FilterMenu name="state" label={t('notice.state')} all={t('notice.all_states')} options={states.map((one) => ({ value: one, label: t(`notice.${one}`) }))} />
          <OriginFilter />
          {filtered && <ClearFilters names={['state', 'kind', 'origin', 'customer', 'q']} />}
        </div>
      }
    >
      <Listing
        list={list}
        rows={9}
        empty={
          filtered ? (
            <Empty icon={Bell} title={t('notices.none_found')}>
              <p>{t('notices.none_found_text')}</p>
            </Empty>
          ) : (
            <Empty icon={Bell} title={t('notices.none')}>
              <p>{t('notices.none_text')}</p>
              {write}
            </Empty>
          )
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('area.notices')}>
            {items.map((one) => (
              <li key={one.id}>
                <Row one={one} kind={kinds.find((kind) => kind.name === one.kind)} />
              </li>
            ))}
          </ul>
        )}
      </Listing>
    </AreaFrame>
  );
}

function Row({ one, kind }: { one: Notice; kind: NoticeKind | undefined }) {
  const recipient = one.delivery?.recipient;
  return (
    <a class="notice-row" data-row href={`${base}/notices/${one.id}`}>
      <span class="letter-what">
        <span class="delivery-subject one-line">
          <bdi>{one.delivery?.subject ?? kind_name(kind, one.kind)}</bdi>
        </span>
        <span class="muted small one-line">
          {kind_name(kind, one.kind)}
          {recipient && (
            <>
              {' · '}
              <bdi>{recipient.name || recipient.email}</bdi>
            </>
          )}
          {one.reference && (
            <>
              {' · '}
              <bdi class="ltr">{one.reference}</bdi>
            </>
          )}
          {one.state === 'suppressed' && reason_words(one) && <> · {reason_words(one)}</>}
        </span>
      </span>
      <NoticeTag notice={one} />
      <span class="small muted notice-when"><Moment at={one.created_at} /></span>
    </a>
  );
}
