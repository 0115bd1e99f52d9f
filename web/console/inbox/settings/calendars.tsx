// Business calendars: when we work.
import { useEffect, useRef, useState } from 'preact/hooks';
import Clock from 'icon:calendar-clock';
import Plus from 'icon:plus';
import { get, patch, upload } from '../../../sdk/client';
import type { Calendar, HolidayImport } from '../../../sdk/sla';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { format_deadline, format_number } from '../../../ui/format';
import { locale, t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { subscribe } from '../../live';
import { useResource } from '../../resource';
import { act } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Loaded } from '../../shell/listing';
import { CalendarForm } from './calendar_form';

export default function CalendarsPage() {
  const calendars = useResource<Page<Calendar>>((signal) => get('/v1/calendars', { signal }), []);
  const [editing, edit] = useState<Calendar | 'new'>();
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith('sla.calendar_')) && calendars.reload()), []);
  const add = may('sla.manage') && (
    <button type="button" class="button primary" onClick={() => edit('new')}>
      <Plus size={16} /> {t('calendars.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('calendars.title')} action={(calendars.value.value?.items.length ?? 0) > 0 && add}>
      <Loaded from={calendars} rows={3}>
        {({ items }) =>
          items.length ? (
            <ul class="card lines">
              {items.map((one) => <Line key={one.id} one={one} on_edit={() => edit(one)} on_change={calendars.reload} />)}
            </ul>
          ) : (
            <Empty icon={Clock} title={t('calendars.none')}>
              <p>{t('calendars.none_text')}</p>
              {add}
            </Empty>
          )
        }
      </Loaded>
      {editing && <CalendarForm calendar={editing === 'new' ? undefined : editing} on_close={() => edit(undefined)} on_done={calendars.reload} />}
    </AreaFrame>
  );
}

function opening(one: Calendar): string {
  if (one.open_now) return t('calendars.open_now');
  return one.opens_at ? t('calendars.opens', { when: format_deadline(new Date(one.opens_at), locale.value) }) : t('calendars.never');
}

function Line({ one, on_edit, on_change }: { one: Calendar; on_edit: () => void; on_change: () => void }) {
  const retire = async () => {
    if (await act(() => patch(`/v1/calendars/${one.id}`, { retired: !one.retired }), t('calendars.saved'))) on_change();
  };
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> {one.retired && <span class="tag warning">{t('policies.retired')}</span>}
        <span class="small muted block"><bdi class="ltr">{one.zone}</bdi> · {opening(one)} · {t('calendars.holidays')}: {format_number(one.holidays.length, locale.value)}</span>
      </span>
      {may('sla.manage') && (
        <span class="row">
          {!one.retired && <ImportButton calendar={one} on_done={on_change} />}
          <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
          <button type="button" class="button small" onClick={() => void retire()}>{t(one.retired ? 'policies.revive' : 'policies.retire')}</button>
        </span>
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
