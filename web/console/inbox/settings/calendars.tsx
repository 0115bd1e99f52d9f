// Business calendars: when we work.
import { useRef } from 'preact/hooks';
import Clock from 'icon:calendar-clock';
import { upload } from '../../../sdk/client';
import type { Calendar, HolidayImport } from '../../../sdk/sla';
import { format_deadline, format_number } from '../../../ui/format';
import { locale, t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { act } from '../../sending';
import { may } from '../../session';
import { Collection, EditOrRetire, useCollection } from '../../shell/collection';
import { CalendarForm } from './calendar_form';

export default function CalendarsPage() {
  const calendars = useCollection<Calendar>('/v1/calendars', 'sla.calendar_');
  return (
    <Collection
      title={t('calendars.title')}
      icon={Clock}
      none={t('calendars.none')}
      none_text={t('calendars.none_text')}
      list={calendars}
      add={may('sla.manage') && t('calendars.new')}
      line={(one, edit) => <Line key={one.id} one={one} on_edit={edit} on_change={calendars.reload} />}
      editor={(calendar, close) => <CalendarForm calendar={calendar} on_close={close} on_done={calendars.reload} />}
    />
  );
}

function opening(one: Calendar): string {
  if (one.open_now) return t('calendars.open_now');
  return one.opens_at ? t('calendars.opens', { when: format_deadline(new Date(one.opens_at), locale.value) }) : t('calendars.never');
}

function Line({ one, on_edit, on_change }: { one: Calendar; on_edit: () => void; on_change: () => void }) {
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> {one.retired && <span class="tag warning">{t('policies.retired')}</span>}
        <span class="small muted block"><bdi class="ltr">{one.zone}</bdi> · {opening(one)} · {t('calendars.holidays')}: {format_number(one.holidays.length, locale.value)}</span>
      </span>
      {may('sla.manage') && (
        <EditOrRetire path={`/v1/calendars/${one.id}`} retired={one.retired} on_edit={on_edit} on_change={on_change}>
          {!one.retired && <ImportButton calendar={one} on_done={on_change} />}
        </EditOrRetire>
      )}
    </li>
  );
}

function ImportButton({ calendar, on_done }: { calendar: Calendar; on_done: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined) => {
    if (!file) return;
    await act(async () => {
      const { added, changed, skipped } = await upload<HolidayImport>(`/v1/calendars/${calendar.id}/holidays`, file, () => undefined).done;
      say([t('calendars.imported', { added, changed, skipped: skipped.length }), ...skipped].join(' · '));
      on_done();
    });
    if (input.current) input.current.value = '';
  };
  return (
    <>
      <input ref={input} type="file" accept=".ics,text/calendar" hidden aria-label={t('calendars.import')} onChange={(event) => void take(event.currentTarget.files?.[0])} />
      <button type="button" class="button small" onClick={() => input.current?.click()}>{t('calendars.import')}</button>
    </>
  );
}
