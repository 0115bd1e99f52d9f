// One calendar: zone, hours of each weekday, holidays.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import { patch, post } from '../../../sdk/client';
import { weekdays, type Calendar, type Holiday, type Week } from '../../../sdk/sla';
import { Dialog } from '../../../ui/dialog';
import { Check, FieldError, TextField } from '../../../ui/field';
import { locales } from '../../../ui/locales';
import { locale, t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { error_at } from '../../problems';
import { useSending } from '../../sending';
import { Form, FormFoot } from '../../shell/form';
import { intervals_from, intervals_text } from './hours';

type Written<Of> = Omit<Of, 'open'> & { hours: string };
const usual = '09:00-13:00, 14:00-18:00';
const own_zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const monday = Date.UTC(2026, 0, 5);
const day_name = (index: number) => new Intl.DateTimeFormat(locales[locale.value].tag, { weekday: 'long', timeZone: 'UTC' }).format(monday + index * 86_400_000);

export function CalendarForm({ calendar, on_close, on_done }: { calendar: Calendar | undefined; on_close: () => void; on_done: () => void }) {
  const [name, set_name] = useState(calendar?.name ?? '');
  const [zone, set_zone] = useState(calendar?.zone ?? own_zone());
  const [week, set_week] = useState(() => weekdays.map((day, index) => (calendar ? intervals_text(calendar.week[day]) : index < 5 ? usual : '')));
  const [holidays, set_holidays] = useState<Written<Holiday>[]>(() => calendar?.holidays.map(({ open, ...one }) => ({ ...one, hours: intervals_text(open) })) ?? []);
  const sending = useSending(['/name', '/zone', '/week', '/holidays']);
  const { errors } = sending;
  const wrong_hours = () => {
    const found: Record<string, string> = {};
    week.forEach((text, index) => intervals_from(text) ?? (found[`/week/${weekdays[index]}`] = t('calendars.wrong_hours')));
    holidays.forEach((one, index) => intervals_from(one.hours) ?? (found[`/holidays/${index}/open`] = t('calendars.wrong_hours')));
    return found;
  };
  const submit = () => {
    const found = wrong_hours();
    if (Object.keys(found).length) return sending.find(found);
    return void sending.send(async () => {
      const hours = Object.fromEntries(weekdays.map((day, index) => [day, intervals_from(week[index]!) ?? []])) as Week;
      const days = holidays.map(({ hours: text, ...one }) => ({ ...one, open: intervals_from(text) ?? [] }));
      const body = { name: name.trim(), zone: zone.trim(), week: hours, holidays: days };
      if (calendar) await patch(`/v1/calendars/${calendar.id}`, body);
      else await post('/v1/calendars', body);
      say(t('calendars.saved'));
      on_close();
      on_done();
    });
  };
  const change = (index: number, part: Partial<Written<Holiday>>) => set_holidays(holidays.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <Dialog title={t(calendar ? 'calendars.edit' : 'calendars.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <div class="columns">
          <TextField id="calendar-name" label={t('calendars.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
          <TextField id="calendar-zone" label={t('calendars.zone')} direction="ltr" value={zone} on_change={set_zone} error={errors['/zone']} list="zones" />
        </div>
        <datalist id="zones">{Intl.supportedValuesOf('timeZone').map((one) => <option key={one} value={one} />)}</datalist>
        <fieldset>
          <legend>{t('calendars.hours')}</legend>
          <p class="hint">{t('calendars.hours_hint')}</p>
          <div class="columns">
            {weekdays.map((day, index) => (
              <TextField key={day} id={`day-${day}`} label={day_name(index)} direction="ltr" placeholder={t('calendars.closed')} value={week[index]!} on_change={(text) => set_week(week.map((one, at) => (at === index ? text : one)))} error={error_at(errors, `/week/${day}`)} />
            ))}
          </div>
        </fieldset>
        <fieldset>
          <legend>{t('calendars.holidays')}</legend>
          {holidays.map((one, index) => (
            <div class="columns holiday" key={index}>
              <TextField id={`holiday-${index}-date`} type="date" label={t('calendars.date')} value={one.date} on_change={(date) => change(index, { date })} error={error_at(errors, `/holidays/${index}/date`)} />
              <TextField id={`holiday-${index}-name`} label={t('calendars.name')} direction="auto" value={one.name} on_change={(text) => change(index, { name: text })} error={errors[`/holidays/${index}/name`]} maxlength={200} />
              <TextField id={`holiday-${index}-open`} label={t('calendars.open_on')} direction="ltr" placeholder={t('calendars.closed')} value={one.hours} on_change={(hours) => change(index, { hours })} error={error_at(errors, `/holidays/${index}/open`)} />
              <div class="row">
                <Check id={`holiday-${index}-yearly`} label={t('calendars.yearly')} checked={one.yearly ?? false} on_change={(yearly) => change(index, { yearly })} />
                <button type="button" class="button small plain icon-only" aria-label={t('calendars.remove_holiday', { name: one.name || one.date })} onClick={() => set_holidays(holidays.filter((_, at) => at !== index))}><Trash size={16} /></button>
              </div>
            </div>
          ))}
          <FieldError id="holidays-wrong" error={errors['/holidays']} />
          <button type="button" class="button small" onClick={() => set_holidays([...holidays, { date: '', name: '', hours: '' }])}><Plus size={14} /> {t('calendars.add_holiday')}</button>
        </fieldset>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
