// The outbox: every letter and what became of it.
import { useSignal } from '@preact/signals';
import Send from 'icon:send';
import type { OutboxItem } from '../../sdk/types';
import { Empty, Failed, Loading } from '../../ui/blank';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { purpose_name } from '../deliveries/letters';
import { usePaged } from '../paged';
import { base, place, set_query } from '../router';
import { More } from '../shell/more';
import { Head } from '../shell/page';
import { LetterTag } from './letter_tag';
import { LetterVerbs } from './letter_verbs';

const states = ['queued', 'attempting', 'unknown', 'failed', 'accepted', 'cancelled'] as const;

export function Outbox() {
  const state = place.value.query.get('state') ?? undefined;
  const list = usePaged<OutboxItem>('/v1/outbox', { state }, (event) => event.kind.startsWith('outbox.') || event.kind.startsWith('letter.') || event.kind.startsWith('delivery.'));
  const guesses = useSignal<Record<string, string>>({});
  const items = list.items.value;
  const guess = (id: string, wanted: string | undefined) => {
    const { [id]: _, ...rest } = guesses.value;
    guesses.value = wanted ? { ...rest, [id]: wanted } : rest;
  };
  return (
    <>
      <Head title={t('area.outbox')} below={<Tabs state={state} />} />
      {!items ? (
        list.error.value ? <Failed text={list.error.value} retry={() => void list.load()} /> : <Loading />
      ) : !items.length ? (
        <Empty icon={Send} title={t('outbox.none')}>
          <p>{t('outbox.none_text')}</p>
        </Empty>
      ) : (
        <ul class="list-frame rows" aria-label={t('area.outbox')}>
          {items.map((item) => (
            <li key={item.id} class="letter-row" data-pending={guesses.value[item.id] !== undefined}>
              <LetterTag state={guesses.value[item.id] ?? item.state} />
              <span class="letter-what">
                <span class="one-line">
                  <strong>{purpose_name(item.purpose)}</strong> <bdi class="ltr">{item.to}</bdi>
                </span>
                <span class="small muted">
                  {t('letters.attempts', { count: item.attempts })} · <Moment at={item.changed_at} />
                  {item.next_at && item.state === 'queued' && (
                    <>
                      {' · '}
                      {t('outbox.next')} <Moment at={item.next_at} />
                    </>
                  )}
                  {item.owner.startsWith('dlv_') && (
                    <>
                      {' · '}
                      <a href={`${base}/deliveries/${item.owner}`}>{t('outbox.delivery')}</a>
                    </>
                  )}
                </span>
                {item.last_reply && <code class="small muted">{item.last_reply}</code>}
              </span>
              <LetterVerbs id={item.id} state={guesses.value[item.id] ?? item.state} on_change={() => void list.load()} on_guess={(wanted) => guess(item.id, wanted)} />
            </li>
          ))}
        </ul>
      )}
      <More list={list} />
    </>
  );
}

function Tabs({ state }: { state: string | undefined }) {
  return (
    <div class="tabs" role="group" aria-label={t('outbox.filter')}>
      <button type="button" aria-pressed={!state} onClick={() => set_query({ state: undefined })}>
        {t('outbox.all')}
      </button>
      {states.map((one) => (
        <button key={one} type="button" aria-pressed={state === one} onClick={() => set_query({ state: one })}>
          {t(`letter.${one}`)}
        </button>
      ))}
    </div>
  );
}
