// Sets a customer's preferences for them: what they told by telephone. A promotional category is only turned off here: on needs a consent.
import { useMemo, useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import { put } from '../../sdk/client';
import type { Category, Preferences, QuietWindow } from '../../sdk/types';
import { Check, TextField } from '../../ui/field';
import { to_local_input } from '../../ui/format';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { error_at } from '../problems';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';
import { category_name } from './preferences';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

interface PreferencesFormProps {
  at: string;
  found: Preferences;
  categories: Category[] | undefined;
  on_done: () => void;
  on_cancel: () => void;
}

export function PreferencesForm({ at, found, categories, on_done, on_cancel }: PreferencesFormProps) {
  const [zone, set_zone] = useState(found.time_zone ?? '');
  const [windows, set_windows] = useState<QuietWindow[]>(found.quiet_hours);
  const [paused, set_paused] = useState(found.paused_until ? to_local_input(new Date(found.paused_until)) : '');
  const [wanted, set_wanted] = useState<Record<string, boolean>>(Object.fromEntries(found.choices.map((one) => [one.category, one.wanted])));
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const sending = useSending(['/time_zone', '/quiet_hours', '/paused_until', '/choices']);
  const submit = () =>
    sending.send(async () => {
      const choices = found.choices.filter((one) => one.may_be_changed && wanted[one.category] !== one.wanted).map((one) => ({ category: one.category, channel: one.channel, wanted: wanted[one.category]! }));
      await put(at, { ...(zone.trim() ? { time_zone: zone.trim() } : {}), quiet_hours: windows, ...(paused ? { paused_until: new Date(paused).toISOString() } : {}), choices });
      say(t('prefs.saved'));
      on_done();
    });
  return (
    <Form sending={sending} on_submit={() => void submit()}>
      <fieldset>
        <legend>{t('prefs.choices')}</legend>
        {found.choices.filter((one) => one.may_be_changed).map((one) => (
          <Check
            key={one.category}
            id={`wanted-${one.category}`}
            label={category_name(categories, one.category)}
            {...(one.class === 'promotional' ? { hint: t(one.wanted ? 'class.promotional_hint' : 'prefs.needs_consent') } : {})}
            checked={wanted[one.category] ?? false}
            disabled={one.class === 'promotional' && !one.wanted}
            on_change={(on) => set_wanted({ ...wanted, [one.category]: on })}
          />
        ))}
        {error_at(sending.errors, '/choices') && <p class="small tone-breach">{error_at(sending.errors, '/choices')}</p>}
      </fieldset>
      <Windows windows={windows} error={error_at(sending.errors, '/quiet_hours')} on_change={set_windows} />
      <div class="columns">
        <div>
          <TextField id="zone" label={t('prefs.zone')} optional direction="ltr" list="zones" placeholder="Europe/Rome" value={zone} on_change={set_zone} error={sending.errors['/time_zone']} />
          <datalist id="zones">
            {zones.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </div>
        <TextField id="paused" type="datetime-local" label={t('prefs.paused')} optional min={to_local_input(new Date())} value={paused} on_change={set_paused} error={sending.errors['/paused_until']} hint={t('prefs.paused_hint')} />
      </div>
      <FormFoot sending={sending} go={t('action.save')} on_cancel={on_cancel} />
    </Form>
  );
}

function Windows({ windows, error, on_change }: { windows: QuietWindow[]; error: string | undefined; on_change: (windows: QuietWindow[]) => void }) {
  const change = (index: number, part: Partial<QuietWindow>) => on_change(windows.map((old, other) => (other === index ? { ...old, ...part } : old)));
  return (
    <fieldset class="stack tight">
      <legend>{t('prefs.quiet')}</legend>
      {windows.map((one, index) => (
        <div key={index} class="boxed list-item">
          <div class="stack tight">
            <div class="row" role="group" aria-label={t('prefs.days')}>
              {days.map((day) => (
                <button key={day} type="button" class="chip" aria-pressed={one.days.includes(day)} onClick={() => change(index, { days: one.days.includes(day) ? one.days.filter((other) => other !== day) : [...one.days, day] })}>
                  {t(`day.${day}`)}
                </button>
              ))}
            </div>
            <div class="columns">
              <TextField id={`from-${index}`} type="time" label={t('data.from')} value={one.from} on_change={(from) => change(index, { from })} />
              <TextField id={`until-${index}`} type="time" label={t('data.until')} value={one.until} on_change={(until) => change(index, { until })} />
            </div>
          </div>
          <button type="button" class="button small plain icon-only" aria-label={t('prefs.remove_window', { count: index + 1 })} onClick={() => on_change(windows.filter((_, other) => other !== index))}>
            <Trash size={16} />
          </button>
        </div>
      ))}
      {error && <p class="small tone-breach">{error}</p>}
      <div>
        <button type="button" class="button small" onClick={() => on_change([...windows, { days: [], from: '22:00', until: '07:00' }])}>
          <Plus size={14} /> {t('prefs.add_window')}
        </button>
      </div>
    </fieldset>
  );
}
