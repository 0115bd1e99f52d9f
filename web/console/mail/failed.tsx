// Dead letters: what failed or ran out of time, why, and sending it again: one, the chosen ones, or all that the filter finds.
import { useState } from 'preact/hooks';
import CircleCheck from 'icon:circle-check';
import type { DeadFilter, DeadLetter } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { purpose_name } from '../deliveries/letters';
import { usePaged } from '../paged';
import { base } from '../router';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { FilterMenu, filter_of } from '../shell/filters';
import { Listing } from '../shell/listing';
import { Replay, type Wanted } from './replay';

const reasons = ['expired', 'no_such_address', 'no_such_domain', 'mailbox_full', 'content', 'policy', 'cancelled', 'other'] as const;
const streams = ['transactional', 'legal', 'promotional'] as const;

export function Failed() {
  const filter = { reason: filter_of('reason') as DeadFilter['reason'], stream: filter_of('stream') };
  const list = usePaged<DeadLetter>('/v1/dead-letters', filter, (event) => event.kind.startsWith('outbox.'));
  const [chosen, set_chosen] = useState<Set<string>>(new Set());
  const [wanted, set_wanted] = useState<Wanted>();
  const choose = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    set_chosen(next);
  };
  return (
    <AreaFrame
      title={t('dead.title')}
      filters={
        <div class="filters">
          <FilterMenu name="reason" label={t('dead.reason')} all={t('dead.all_reasons')} options={reasons.map((one) => ({ value: one, label: t(`dead.${one}`) }))} />
          <FilterMenu name="stream" label={t('class.label')} all={t('class.all')} options={streams.map((one) => ({ value: one, label: t(`class.${one}`) }))} />
        </div>
      }
    >
      <Listing
        list={list}
        empty={
          <Empty icon={CircleCheck} title={t('dead.none')}>
            <p>{t('dead.none_text')}</p>
          </Empty>
        }
      >
        {(items) => (
          <>
            {may('outbox.manage') && (
              <div class="row" role="group" aria-label={t('dead.replay')}>
                <button type="button" class="button" disabled={!chosen.size} onClick={() => set_wanted({ ids: [...chosen] })}>
                  {t('dead.replay_chosen', { count: chosen.size })}
                </button>
                <button type="button" class="button" onClick={() => set_wanted({ filter })}>
                  {t(filter.reason || filter.stream ? 'dead.replay_filter' : 'dead.replay_all')}
                </button>
              </div>
            )}
            <ul class="list-frame rows" aria-label={t('dead.title')}>
              {items.map((item) => (
                <Line key={item.id} item={item} chosen={chosen.has(item.id)} on_choose={(on) => choose(item.id, on)} on_replay={() => set_wanted({ ids: [item.id] })} />
              ))}
            </ul>
          </>
        )}
      </Listing>
      {wanted && (
        <Replay
          wanted={wanted}
          on_close={() => {
            set_wanted(undefined);
            set_chosen(new Set());
            void list.load();
          }}
        />
      )}
    </AreaFrame>
  );
}

function Line({ item, chosen, on_choose, on_replay }: { item: DeadLetter; chosen: boolean; on_choose: (on: boolean) => void; on_replay: () => void }) {
  const manages = may('outbox.manage');
  return (
    <li class="letter-row pick-row">
      {manages ? <input type="checkbox" class="pick" aria-label={t('dead.choose', { to: item.to })} checked={chosen} disabled={!item.can_be_sent} onChange={(event) => on_choose(event.currentTarget.checked)} /> : <span />}
      <span class="letter-what">
        <span class="one-line">
          <strong>{purpose_name(item.purpose)}</strong> <bdi class="ltr">{item.to}</bdi>
        </span>
        <span class="small muted">
          <span class="tone-breach">{t(`dead.${item.reason}`)}</span> · {t('letters.attempts', { count: item.attempts })} · <Moment at={item.failed_at} />
          {item.owner.startsWith('dlv_') && (
            <>
              {' · '}
              <a href={`${base}/deliveries/${item.owner}`}>{t('outbox.delivery')}</a>
            </>
          )}
          {!item.can_be_sent && <> · {t('dead.gone')}</>}
        </span>
        {item.reply && <code class="small muted">{item.reply}</code>}
      </span>
      {manages && item.can_be_sent && (
        <button type="button" class="button small" onClick={on_replay}>
          {t('outbox.retry')}
        </button>
      )}
    </li>
  );
}
