// One policy: targets for each priority, whom it applies to, what follows.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import { patch, post } from '../../../sdk/client';
import type { Priority } from '../../../sdk/conversations';
import type { Metric, Policy, Step, Targets } from '../../../sdk/sla';
import { Dialog } from '../../../ui/dialog';
import { Check, FieldError, NumberField, SelectField, TextField } from '../../../ui/field';
import { locale_names, locales } from '../../../ui/locales';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { error_at } from '../../problems';
import { useSending } from '../../sending';
import { Form, FormFoot } from '../../shell/form';
import { minutes_from, minutes_text } from '../due';
import { metrics, priorities, type Around } from './policies';
import { StepFields } from './policy_steps';

type Written = Record<Priority, Record<Metric, string>>;
const written = (policy: Policy | undefined): Written =>
  Object.fromEntries(priorities.map((priority) => [priority, Object.fromEntries(metrics.map((metric) => [metric, minutes_text(policy?.targets[priority]?.[metric])]))])) as Written;

const nothing: Policy['applies_to'] = { teams: [], mailboxes: [], labels: [], locales: [], channels: [] };

interface PolicyFormProps {
  policy: Policy | undefined;
  around: Around;
  on_close: () => void;
  on_done: () => void;
}

export function PolicyForm({ policy, around, on_close, on_done }: PolicyFormProps) {
  const [name, set_name] = useState(policy?.name ?? '');
  const [place, set_place] = useState(policy ? String(policy.place) : '');
  const [calendar, set_calendar] = useState(policy?.calendar ?? '');
  const [targets, set_targets] = useState(() => written(policy));
  const [applies, set_applies] = useState(policy?.applies_to ?? nothing);
  const [warn, set_warn] = useState(String(policy?.warn_at_percent ?? 75));
  const [snooze, set_snooze] = useState(policy?.pause_when_snoozed ?? false);
  const [api, set_api] = useState(policy?.api_answers_count ?? false);
  const [steps, set_steps] = useState<Step[]>(policy?.steps ?? []);
  const sending = useSending(['/name', '/place', '/calendar', '/targets', '/warn_at_percent', '/steps', '/applies_to']);
  const { errors } = sending;
  const submit = () => {
    const wrong: Record<string, string> = {};
    const promised: Partial<Record<Priority, Targets>> = {};
    for (const priority of priorities)
      for (const metric of metrics) {
        const minutes = minutes_from(targets[priority][metric]);
        if (minutes === undefined) wrong[`/targets/${priority}/${metric}`] = t('policies.wrong_target');
        else if (minutes !== null) (promised[priority] ??= {})[metric] = minutes;
      }
    if (Object.keys(wrong).length) return sending.find(wrong);
    return void sending.send(async () => {
      const body = { name: name.trim(), applies_to: applies, targets: promised, warn_at_percent: Number(warn), pause_when_snoozed: snooze, api_answers_count: api, steps, ...(place.trim() ? { place: Number(place) } : {}) };
      if (policy) await patch(`/v1/sla-policies/${policy.id}`, { ...body, calendar });
      else await post('/v1/sla-policies', { ...body, ...(calendar ? { calendar } : {}) });
      say(t('policies.saved'));
      on_close();
      on_done();
    });
  };
  const calendars = around.calendars.filter((one) => !one.retired || one.id === calendar);
  return (
    <Dialog title={t(policy ? 'policies.edit' : 'policies.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <div class="columns">
          <TextField id="policy-name" label={t('policies.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
          <SelectField id="policy-calendar" label={t('policies.calendar')} value={calendar} options={[{ value: '', label: t('policies.always') }, ...calendars.map((one) => ({ value: one.id, label: one.name }))]} on_change={set_calendar} error={errors['/calendar']} />
          <NumberField id="policy-place" label={t('policies.place')} optional value={place} on_change={set_place} error={errors['/place']} />
        </div>
        <fieldset>
          <legend>{t('policies.targets')}</legend>
          <p class="hint">{t('policies.targets_hint')}</p>
          {priorities.map((priority) => (
            <div class="targets" key={priority} role="group" aria-label={t(`priority.${priority}`)}>
              <strong class="target-priority">{t(`priority.${priority}`)}</strong>
              {metrics.map((metric) => (
                <TextField key={metric} id={`target-${priority}-${metric}`} label={t(`metric.${metric}`)} direction="ltr" value={targets[priority][metric]} on_change={(text) => set_targets({ ...targets, [priority]: { ...targets[priority], [metric]: text } })} error={errors[`/targets/${priority}/${metric}`]} />
              ))}
            </div>
          ))}
          <FieldError id="targets-wrong" error={errors['/targets']} />
        </fieldset>
        <Applies applies={applies} around={around} on_change={set_applies} />
        <FieldError id="applies-wrong" error={error_at(errors, '/applies_to')} />
        <div class="columns">
          <NumberField id="policy-warn" label={t('policies.warn')} value={warn} on_change={set_warn} error={errors['/warn_at_percent']} />
        </div>
        <Check id="policy-snooze" label={t('policies.snooze')} checked={snooze} on_change={set_snooze} />
        <Check id="policy-api" label={t('policies.api')} checked={api} on_change={set_api} />
        <fieldset>
          <legend>{t('policies.steps')}</legend>
          {steps.map((step, index) => <StepFields key={index} index={index} step={step} around={around} error={error_at(errors, `/steps/${index}`)} on_change={(next) => set_steps(steps.flatMap((one, at) => (at !== index ? [one] : next ? [next] : [])))} />)}
          <FieldError id="steps-wrong" error={errors['/steps']} />
          <button type="button" class="button small" onClick={() => set_steps([...steps, { on: 'breach', notify: [], notify_assignee: true }])}><Plus size={14} /> {t('policies.add_step')}</button>
        </fieldset>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

function Applies({ applies, around, on_change }: { applies: Policy['applies_to']; around: Around; on_change: (next: Policy['applies_to']) => void }) {
  const lists = [
    ['teams', t('policies.teams'), around.teams.filter((one) => !one.retired)],
    ['mailboxes', t('policies.mailboxes'), around.mailboxes.filter((one) => !one.retired)],
    ['labels', t('policies.labels'), around.labels],
    ['locales', t('policies.languages'), locale_names.map((one) => ({ id: one, name: locales[one].name }))],
  ] as const;
  const count = lists.reduce((sum, [key]) => sum + applies[key].length, 0);
  return (
    <details open={count > 0}>
      <summary>{t('policies.applies')}{count === 0 && `: ${t('policies.everything')}`}</summary>
      <div class="columns">
        {lists.filter(([, , items]) => items.length).map(([key, title, items]) => (
          <fieldset key={key}>
            <legend>{title}</legend>
            {items.map((one) => {
              const chosen = applies[key] as string[];
              return <Check key={one.id} id={`applies-${one.id}`} label={one.name} checked={chosen.includes(one.id)} on_change={(is) => on_change({ ...applies, [key]: is ? [...chosen, one.id] : chosen.filter((id) => id !== one.id) })} />;
            })}
          </fieldset>
        ))}
      </div>
    </details>
  );
}
