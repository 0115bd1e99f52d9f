// Again and again: how often in words, as a rule of calendars (RRULE), with the next times that it gives in its zone.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import type { Occurrences, Recurrence } from '../../sdk/types';
import { SelectField, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { fields_of, words_for, type FieldErrors } from '../problems';

const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const by_day = { mon: 'MO', tue: 'TU', wed: 'WE', thu: 'TH', fri: 'FR', sat: 'SA', sun: 'SU' } as const;
export type Every = 'day' | 'week' | 'month' | 'rule';

export interface Again {
  every: Every;
  days: string[];
  day: string;  // of the month; "-1" is the last
  rule: string;
  begins: string;
  zone: string;
}

export const once_a_day: Again = { every: 'day', days: ['mon'], day: '1', rule: '', begins: '', zone: '' };

export function recurrence_of(again: Again): Recurrence {
  const rules: Record<Every, string> = {
    day: 'FREQ=DAILY',
    week: `FREQ=WEEKLY;BYDAY=${again.days.map((day) => by_day[day as keyof typeof by_day]).join(',')}`,
    month: `FREQ=MONTHLY;BYMONTHDAY=${again.day}`,
    rule: again.rule.trim(),
  };
  return { rule: rules[again.every], begins: again.begins, ...(again.zone.trim() ? { zone: again.zone.trim() } : {}) };
}

interface RecurrenceProps {
  again: Again;
  errors: FieldErrors;  // below /recurrence
  on_change: (again: Again) => void;
}

export function RecurrenceFields({ again, errors, on_change }: RecurrenceProps) {
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const put = (part: Partial<Again>) => on_change({ ...again, ...part });
  return (
    <div class="stack">
      <div class="columns">
        <SelectField id="every" label={t('again.every')} value={again.every} options={(['day', 'week', 'month', 'rule'] as const).map((value) => ({ value, label: t(`again.${value}`) }))} on_change={(every) => put({ every: every as Every })} />
        <TextField id="begins" type="datetime-local" label={t('again.begins')} value={again.begins} on_change={(begins) => put({ begins })} error={errors['/recurrence/begins']} />
        <div>
          <TextField id="again-zone" label={t('prefs.zone')} optional direction="ltr" list="again-zones" placeholder="Europe/Rome" value={again.zone} on_change={(zone) => put({ zone })} error={errors['/recurrence/zone']} />
          <datalist id="again-zones">
            {zones.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </div>
      </div>
      {again.every === 'week' && (
        <div class="row" role="group" aria-label={t('prefs.days')}>
          {week.map((day) => (
            <button key={day} type="button" class="chip" aria-pressed={again.days.includes(day)} onClick={() => put({ days: again.days.includes(day) ? again.days.filter((other) => other !== day) : week.filter((one) => one === day || again.days.includes(one)) })}>
              {t(`day.${day}`)}
            </button>
          ))}
        </div>
      )}
      {again.every === 'month' && <SelectField id="month-day" label={t('again.on_day')} value={again.day} options={[...Array.from({ length: 31 }, (_, index) => ({ value: String(index + 1), label: String(index + 1) })), { value: '-1', label: t('again.last_day') }]} on_change={(day) => put({ day })} />}
      {again.every === 'rule' && <TextField id="rule" label={t('again.rule_field')} hint={t('again.rule_hint')} direction="ltr" placeholder="FREQ=MONTHLY;BYDAY=-1FR" value={again.rule} on_change={(rule) => put({ rule })} error={errors['/recurrence/rule']} />}
      {again.begins && <NextTimes again={again} />}
    </div>
  );
}

function NextTimes({ again }: { again: Again }) {
  const [found, set_found] = useState<Occurrences>();
  const [wrong, set_wrong] = useState<string>();
  const rule = recurrence_of(again);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      post<Occurrences>('/v1/recurrence-previews', rule, { signal: stop.signal }).then(
        (next) => {
          set_found(next);
          set_wrong(undefined);
        },
        (error: unknown) => !stop.signal.aborted && set_wrong(Object.values(fields_of(error))[0] ?? words_for(error)),
      );
    }, 300);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [JSON.stringify(rule)]);
  if (wrong) return <p class="small tone-breach" role="status">{wrong}</p>;
  if (!found) return null;
  return <NextList found={found} />;
}

export function NextList({ found }: { found: Occurrences }) {
  return (
    <div class="stack tight" role="status">
      <h3>{t('again.next')}</h3>
      {!found.items.length && <p class="muted">{t('again.never')}</p>}
      <ol class="stack tight small">
        {found.items.slice(0, 5).map((one) => (
          <li key={one.at}>
            <Moment at={one.at} exact /> <span class="muted"><bdi class="ltr">{one.local}</bdi></span>
            {one.clocks && <span class="tone-warning block">{t(`again.clocks_${one.clocks}`, { time: (one.wanted ?? one.local).slice(11, 16) })}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}
