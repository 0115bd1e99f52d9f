// The customer's timeline: the journal's events about them, newest first, live.
import History from 'icon:history';
import type { Event } from '../../sdk/types';
import { Empty, Failed, Loading } from '../../ui/blank';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { base } from '../router';
import { More } from '../shell/more';

export function event_name(kind: string): string {
  const key = `happened.${kind}`;
  return is_key(key) ? t(key) : kind.replace('.', ': ').replaceAll('_', ' ');
}

export function Timeline({ id }: { id: string }) {
  const list = usePaged<Event>(`/v1/customers/${encodeURIComponent(id)}/timeline`, {}, (event) => event.customer === id || event.subject === id);
  const items = list.items.value;
  return (
    <section class="card" aria-labelledby="timeline-title">
      <header>
        <h2 id="timeline-title">{t('timeline.title')}</h2>
      </header>
      {!items ? (
        list.error.value ? <Failed text={list.error.value} retry={() => void list.load()} /> : <Loading rows={4} />
      ) : !items.length ? (
        <Empty icon={History} title={t('timeline.none')} />
      ) : (
        <ol class="timeline">
          {items.map((event) => (
            <li key={event.seq}>
              <span class="grow">
                {event.subject.startsWith('dlv_') ? <a href={`${base}/deliveries/${event.subject}`}>{event_name(event.kind)}</a> : event_name(event.kind)}
              </span>
              <span class="muted small"><Moment at={event.at} /></span>
            </li>
          ))}
        </ol>
      )}
      <More list={list} />
    </section>
  );
}
