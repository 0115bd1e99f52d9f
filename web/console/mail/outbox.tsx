// The outbox: every letter and what became of it.
import { useSignal } from '@preact/signals';
import Send from 'icon:send';
import type { OutboxItem } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { purpose_name } from '../deliveries/letters';
import { usePaged } from '../paged';
import { base } from '../router';
import { AreaFrame } from '../shell/area_frame';
import { FilterChips, filter_of } from '../shell/filters';
import { Listing } from '../shell/listing';
import { LetterTag } from './letter_tag';
import { LetterVerbs } from './letter_verbs';

const states = ['queued', 'attempting', 'unknown', 'failed', 'accepted', 'cancelled'] as const;

export function Outbox() {
  const state = filter_of('state');
  const list = usePaged<OutboxItem>('/v1/outbox', { state }, (event) => event.kind.startsWith('outbox.') || event.kind.startsWith('letter.') || event.kind.startsWith('delivery.'));
  const guesses = useSignal<Record<string, string>>({});
  const guess = (id: string, wanted: string | undefined) => {
    const { [id]: _, ...rest } = guesses.value;
    guesses.value = wanted ? { ...rest, [id]: wanted } : rest;
  };
  return (
    <AreaFrame title={t('area.outbox')} filters={<FilterChips name="state" label={t('outbox.filter')} all={t('outbox.all')} options={states.map((one) => ({ value: one, label: t(`letter.${one}`) }))} />}>
      <Listing
        list={list}
        empty={
          <Empty icon={Send} title={t('outbox.none')}>
            <p>{t('outbox.none_text')}</p>
          </Empty>
        }
      >
        {(items) => (
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
      </Listing>
    </AreaFrame>
  );
}
