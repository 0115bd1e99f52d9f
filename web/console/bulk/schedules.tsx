// Schedules: notices that go again and again, and jobs that start at a time to come.
import CalendarClock from 'icon:calendar-clock';
import Plus from 'icon:plus';
import type { Schedule } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useKinds } from '../notices/notices';
import { kind_name } from '../notices/words';
import { usePaged } from '../paged';
import { base } from '../router';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Listing } from '../shell/listing';

const tones: Record<Schedule['state'], string> = { active: 'assured', paused: 'warning', ended: 'quiet', deleted: 'quiet' };

export function ScheduleTag({ one }: { one: Schedule }) {
  return <span class={`tag ${tones[one.state]}`}>{t(`schedules.${one.state}`)}</span>;
}

export function Schedules() {
  const kinds = useKinds().value.value?.items;
  const list = usePaged<Schedule>('/v1/schedules', {}, (event) => /^(schedule|bulk)\./.test(event.kind));
  return (
    <AreaFrame
      title={t('schedules.title')}
      action={
        may('deliveries.send') && (
          <a class="button primary" href={`${base}/notices/new`}>
            <Plus size={16} /> {t('notices.new')}
          </a>
        )
      }
    >
      <Listing
        list={list}
        empty={
          <Empty icon={CalendarClock} title={t('schedules.none')}>
            <p>{t('schedules.none_text')}</p>
          </Empty>
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('schedules.title')}>
            {items.map((one) => (
              <li key={one.id}>
                <a class="notice-row" data-row href={`${base}/notices/schedules/${one.id}`}>
                  <span class="letter-what">
                    <span class="delivery-subject one-line"><bdi>{one.name}</bdi></span>
                    <span class="muted small one-line">
                      {kind_name(kinds?.find((kind) => kind.name === one.kind), one.kind)} · {t(one.bulk ? 'bulk.one' : 'schedules.to', { count: one.recipients })}
                      {one.recurrence && (
                        <>
                          {' · '}
                          <bdi class="ltr">{one.recurrence.rule}</bdi>
                        </>
                      )}
                    </span>
                  </span>
                  <ScheduleTag one={one} />
                  <span class="small muted notice-when">{one.next_at ? <Moment at={one.next_at} /> : '–'}</span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </Listing>
    </AreaFrame>
  );
}
