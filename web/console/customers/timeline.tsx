// The customer's timeline: the journal's events about them, newest first, live.
import History from 'icon:history';
import type { Event, MergedRecord } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { may } from '../session';
import { Listing } from '../shell/listing';
import { Subject } from '../shell/subject';
import { undo_merge } from './records';

export function event_name(kind: string): string {
  const key = `happened.${kind}`;
  return is_key(key) ? t(key) : kind.replace('.', ': ').replaceAll('_', ' ');
}

// The newest line of a merge that is in force: there it can be undone.
const ends = (event: Event, items: Event[], merged: MergedRecord[]): boolean =>
  event.kind === 'customer.merged' && merged.some((one) => one.id === event.subject) && items.find((one) => one.kind === 'customer.merged' && one.subject === event.subject) === event;

export function Timeline({ id, merged = [], on_change }: { id: string; merged?: MergedRecord[]; on_change?: () => void }) {
  const theirs = [id, ...merged.map((one) => one.id)];
  const list = usePaged<Event>(`/v1/customers/${encodeURIComponent(id)}/timeline`, {}, (event) => theirs.includes(event.customer ?? '') || theirs.includes(event.subject));
  return (
    <section class="card" aria-labelledby="timeline-title">
      <header>
        <h2 id="timeline-title">{t('timeline.title')}</h2>
      </header>
      <Listing list={list} rows={4} empty={<Empty icon={History} title={t('timeline.none')} />}>
        {(items) => (
          <ol class="timeline">
            {items.map((event) => (
              <li key={event.seq}>
                <span class="grow">
                  <Subject subject={event.subject}>{event_name(event.kind)}</Subject>
                </span>
                {on_change && may('customers.write') && ends(event, items, merged) && (
                  <button type="button" class="button small" onClick={() => void undo_merge(event.subject).then((done) => done && on_change())}>
                    {t('persons.undo')}
                  </button>
                )}
                <span class="muted small"><Moment at={event.at} /></span>
              </li>
            ))}
          </ol>
        )}
      </Listing>
    </section>
  );
}
