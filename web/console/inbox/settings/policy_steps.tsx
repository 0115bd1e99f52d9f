// One step of a policy: when which promise is in danger or missed, what is done.
import Trash from 'icon:trash-2';
import type { Priority } from '../../../sdk/conversations';
import type { Metric, Step } from '../../../sdk/sla';
import { Check, FieldError, SelectField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { metrics, priorities, type Around } from './policies';

interface StepFieldsProps {
  index: number;
  step: Step;
  around: Around;
  error: string | undefined;
  on_change: (next: Step | undefined) => void;
}

// Without what is not said: absent members are absent in the API, too.
function changed(step: Step, part: Partial<Record<keyof Step, unknown>>): Step {
  const next = Object.entries({ ...step, ...part }).filter(([, value]) => value !== '' && value !== undefined);
  return Object.fromEntries(next) as unknown as Step;
}

export function StepFields({ index, step, around, error, on_change }: StepFieldsProps) {
  const set = (part: Partial<Record<keyof Step, unknown>>) => on_change(changed(step, part));
  const id = (name: string) => `step-${index}-${name}`;
  const teams = around.teams.filter((one) => !one.retired || one.id === step.team);
  return (
    <div class="step-fields stack" role="group" aria-label={`${t('policies.steps')} ${index + 1}`}>
      <div class="columns">
        <SelectField id={id('on')} label={t('policies.on')} value={step.on} options={(['warning', 'breach'] as const).map((one) => ({ value: one, label: t(`alarm.${one}`) }))} on_change={(on) => set({ on })} />
        <SelectField id={id('metric')} label={t('policies.metric')} value={step.metric ?? ''} options={[{ value: '', label: t('policies.any') }, ...metrics.map((one: Metric) => ({ value: one, label: t(`metric.${one}`) }))]} on_change={(metric) => set({ metric })} />
        <SelectField id={id('priority')} label={t('policies.set_priority')} value={step.priority ?? ''} options={[{ value: '', label: t('policies.unchanged') }, ...priorities.map((one: Priority) => ({ value: one, label: t(`priority.${one}`) }))]} on_change={(priority) => set({ priority })} />
        <SelectField id={id('team')} label={t('policies.give_team')} value={step.team ?? ''} options={[{ value: '', label: t('policies.unchanged') }, ...teams.map((one) => ({ value: one.id, label: one.name }))]} on_change={(team) => set({ team })} />
      </div>
      <Check id={id('assignee')} label={t('policies.tell_assignee')} checked={step.notify_assignee ?? false} on_change={(notify_assignee) => set({ notify_assignee })} />
      <details open={step.notify.length > 0}>
        <summary>{t('policies.tell')}{step.notify.length === 0 && `: ${t('policies.tell_nobody')}`}</summary>
        {around.people.map((one) => <Check key={one.id} id={id(one.id)} label={one.name} checked={step.notify.includes(one.id)} on_change={(is) => set({ notify: is ? [...step.notify, one.id] : step.notify.filter((other) => other !== one.id) })} />)}
      </details>
      <FieldError id={id('wrong')} error={error} />
      <span class="row end">
        <button type="button" class="button small" onClick={() => on_change(undefined)}><Trash size={14} /> {t('policies.remove_step', { count: index + 1 })}</button>
      </span>
    </div>
  );
}
