// The customer's timeline: the journal's events about them, newest first, live.
import History from 'icon:history';
import type { Event } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { Listing } from '../shell/listing';
import { Subject } from '../shell/subject';

export function event_name(kind: string): string {
  const key = `happened.${kind}`;
  return is_key(key) ? t(key) : kind.replace('.', ': ').replaceAll('_', ' ');
}

export function Timeline({ id }: { id: string }) {
  const list = usePaged<Event>(`/v1/customers/${encodeURIComponent(id)}/timeline`, {}, (event) => event.customer === id || event.subject === id);
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
                <span class="muted small"><Moment at={event.at} /></span>
              </li>
            ))}
          </ol>
        )}
      </Listing>
    </section>
  );
}
