// Actions in order: what each does, and with what.
import type { VNode } from 'preact';
import ArrowDown from 'icon:arrow-down';
import ArrowUp from 'icon:arrow-up';
import Close from 'icon:x';
import Plus from 'icon:plus';
import type { Priority } from '../../../sdk/conversations';
import type { Action, Does } from '../../../sdk/desk';
import { FieldError, SelectField, TextArea, type Option } from '../../../ui/field';
import { t, type Key } from '../../../ui/text';
import { desk, names } from '../../inbox/desk';
import { priorities } from '../../inbox/verbs';
import { state_name, type ListedState } from '../../inbox/views';
import { error_at, type FieldErrors } from '../../problems';
import { canned, fields } from '../kept';
import { ValueField, shown_value, text_of, value_of } from '../value';

export const all_does: Does[] = ['set_state', 'assign', 'give_to_team', 'set_priority', 'add_label', 'remove_label', 'snooze', 'set_field', 'reply', 'note', 'notify'];
const states: ListedState[] = ['open', 'pending', 'resolved', 'spam'];
const naps: [minutes: number, name: Key][] = [[180, 'does.hours_3'], [1440, 'does.day'], [4320, 'does.days_3'], [10080, 'does.week']];

function fresh(does: Does): Action {
  switch (does) {
    case 'set_state': return { does, state: 'resolved' };
    case 'assign': return { does, assignee: 'me' };
    case 'give_to_team': return { does, team: '' };
    case 'set_priority': return { does, priority: 'high' };
    case 'add_label':
    case 'remove_label': return { does, label: desk.value?.labels[0]?.id ?? '' };
    case 'snooze': return { does, minutes: 1440 };
    case 'set_field': return { does, field: fields.value[0]?.key ?? '', value: '' };
    case 'notify': return { does, people: ['assignee'], text: '' };
    default: return { does, text: '' };
  }
}

export function missing_in(actions: Action[], at: string): FieldErrors {
  const found: FieldErrors = {};
  if (!actions.length) found[at] = t('does.missing');
  actions.forEach((one, index) => {
    if (one.text !== undefined && !one.text.trim()) found[`${at}/${index}/text`] = t('missing.text');
    if (one.does === 'set_field' && (one.value === undefined || one.value === '')) found[`${at}/${index}/value`] = t('does.no_value');
    if (one.label === '') found[`${at}/${index}/label`] = t('does.no_label');
  });
  return found;
}

const name_of = (id: string): string => names.value.get(id) ?? '…';
const nap_name = (minutes: number): string => {
  const known = naps.find(([length]) => length === minutes);
  return known ? t(known[1]) : t('does.minutes', { count: minutes });
};
const assignee_name = (id: string): string => (id === 'me' ? t('does.me') : id ? name_of(id) : t('verb.nobody'));

function field_said({ field, value }: Action): string {
  const shape = fields.value.find((one) => one.key === field);
  return `${shape?.name ?? field} = ${shown_value(shape ?? { kind: 'text' }, value)}`;
}

const person_name = (id: string): string => (id === 'assignee' ? t('does.assignee_then') : name_of(id));
const told_names = ({ people, team }: Action): string => [...(people ?? []).map(person_name), ...(team ? [name_of(team)] : [])].join(', ');

// In words: "Add a label Refund".
export function Said({ action }: { action: Action }): VNode {
  const value =
    action.does === 'set_state' ? state_name(action.state!)
    : action.does === 'assign' ? assignee_name(action.assignee!)
    : action.does === 'give_to_team' ? (action.team ? name_of(action.team) : t('verb.no_team'))
    : action.does === 'set_priority' ? t(`priority.${action.priority!}`)
    : action.label !== undefined ? name_of(action.label)
    : action.minutes !== undefined ? nap_name(action.minutes)
    : action.does === 'set_field' ? field_said(action)
    : action.does === 'notify' ? `${told_names(action)}: ${(action.text ?? '').slice(0, 60)}`
    : action.canned_reply ? (canned.value.find((one) => one.id === action.canned_reply)?.name ?? '…')
    : (action.text ?? '').slice(0, 60);
  return <>{t(`does.${action.does}`)} <bdi>{value}</bdi></>;
}

interface EditorProps {
  actions: Action[];
  at: string;  // where the server points to
  errors: FieldErrors;
  of_rule?: boolean;  // which answers nobody and is nobody
  on_change: (actions: Action[]) => void;
}

export function ActionsEditor({ actions, at, errors, of_rule, on_change }: EditorProps) {
  const put = (index: number, action: Action) => on_change(actions.map((one, place) => (place === index ? action : one)));
  const move = (index: number, by: number) => {
    const next = [...actions];
    next.splice(index + by, 0, ...next.splice(index, 1));
    on_change(next);
  };
  return (
    <fieldset class="actions">
      <legend>{t('does.title')}</legend>
      <ol class="stack">
        {actions.map((action, index) => (
          <li key={index} class="action-line">
            <SelectField id={`does-${index}`} label={t('does.what')} value={action.does} options={all_does.filter((one) => (one !== 'set_field' || fields.value.length > 0) && (one !== 'reply' || !of_rule)).map((one) => ({ value: one, label: t(`does.${one}`) }))} on_change={(does) => put(index, of_rule && does === 'assign' ? { does, assignee: '' } : fresh(does as Does))} error={errors[`${at}/${index}/does`]} />
            <Value action={action} of_rule={of_rule ?? false} id={`does-value-${index}`} errors={errors} at={`${at}/${index}`} on_change={(next) => put(index, next)} />
            <span class="row action-tools">
              <button type="button" class="button small plain icon-only" aria-label={t('does.up')} title={t('does.up')} disabled={index === 0} onClick={() => move(index, -1)}><ArrowUp size={16} /></button>
              <button type="button" class="button small plain icon-only" aria-label={t('does.down')} title={t('does.down')} disabled={index === actions.length - 1} onClick={() => move(index, 1)}><ArrowDown size={16} /></button>
              <button type="button" class="button small plain icon-only" aria-label={t('does.remove')} title={t('does.remove')} onClick={() => on_change(actions.filter((_, place) => place !== index))}><Close size={16} /></button>
            </span>
          </li>
        ))}
      </ol>
      <FieldError id="actions-wrong" error={errors[at]} />
      <button type="button" class="button small" disabled={actions.length >= 20} onClick={() => on_change([...actions, fresh('set_state')])}>
        <Plus size={14} /> {t('does.add')}
      </button>
    </fieldset>
  );
}

function Value({ action, of_rule, id, at, errors, on_change }: { action: Action; of_rule: boolean; id: string; at: string; errors: FieldErrors; on_change: (action: Action) => void }) {
  const { does } = action;
  const choose = (member: string, value: string, options: Option[], put: (value: string) => Action) => <SelectField id={id} label={t('does.to')} value={value} options={options} on_change={(next) => on_change(put(next))} error={error_at(errors, `${at}/${member}`)} />;
  const now = desk.value;
  if (does === 'set_state') return choose('state', action.state!, states.map((one) => ({ value: one, label: state_name(one) })), (state) => ({ does, state: state as ListedState }));
  if (does === 'assign') return choose('assignee', action.assignee!, [...(of_rule ? [] : [{ value: 'me', label: t('does.me') }]), { value: '', label: t('verb.nobody') }, ...(now?.assignees ?? []).map((one) => ({ value: one.id, label: one.name }))], (assignee) => ({ does, assignee }));
  if (does === 'give_to_team') return choose('team', action.team!, [{ value: '', label: t('verb.no_team') }, ...(now?.teams ?? []).filter((one) => !one.retired).map((one) => ({ value: one.id, label: one.name }))], (team) => ({ does, team }));
  if (does === 'set_priority') return choose('priority', action.priority!, priorities.map((one) => ({ value: one, label: t(`priority.${one}`) })), (priority) => ({ does, priority: priority as Priority }));
  if (does === 'add_label' || does === 'remove_label') return choose('label', action.label!, [...(action.label ? [] : [{ value: '', label: '–' }]), ...(now?.labels ?? []).map((one) => ({ value: one.id, label: one.name }))], (label) => ({ does, label }));
  if (does === 'snooze') {
    const known = naps.some(([minutes]) => minutes === action.minutes) ? [] : [{ value: `${action.minutes}`, label: nap_name(action.minutes!) }];
    return choose('minutes', `${action.minutes}`, [...known, ...naps.map(([minutes, name]) => ({ value: `${minutes}`, label: t(name) }))], (minutes) => ({ does, minutes: Number(minutes) }));
  }
  if (does === 'set_field') {
    const shape = fields.value.find((one) => one.key === action.field);
    return (
      <div class="stack">
        {choose('field', action.field ?? '', fields.value.filter((one) => !one.retired || one.key === action.field).map((one) => ({ value: one.key, label: one.name })), (field) => ({ does, field, value: '' }))}
        {shape && <ValueField shape={shape} id={`${id}-value`} value={text_of(action.value)} error={error_at(errors, `${at}/value`)} on_change={(text) => on_change({ does, field: shape.key, value: value_of(shape, text) ?? '' })} />}
      </div>
    );
  }
  if (does === 'notify') return <Told action={action} id={id} at={at} errors={errors} on_change={on_change} />;
  return (
    <div class="stack">
      {canned.value.length > 0 && choose('canned_reply', action.canned_reply ?? '', [{ value: '', label: t('does.own_words') }, ...canned.value.map((one) => ({ value: one.id, label: one.name }))], (canned_reply) => (canned_reply ? { does, canned_reply } : { does, text: '' }))}
      {action.canned_reply === undefined && <TextArea id={`${id}-text`} label={t('does.words')} rows={3} maxlength={20000} value={action.text ?? ''} on_change={(text) => on_change({ does, text })} error={error_at(errors, `${at}/text`)} />}
    </div>
  );
}

// Whom a note is brought to: one of them here; several were named through the API, and stay until another choice is made.
function Told({ action, id, at, errors, on_change }: { action: Action; id: string; at: string; errors: FieldErrors; on_change: (action: Action) => void }) {
  const now = desk.value;
  const { people = [], team, text = '' } = action;
  const one = team && !people.length ? team : people.length === 1 && !team ? people[0]! : '*';
  const is_team = (wanted: string): boolean => (now?.teams ?? []).some((some) => some.id === wanted);
  const options: Option[] = [
    ...(one === '*' ? [{ value: '*', label: told_names(action) || '–' }] : []),
    { value: 'assignee', label: t('does.assignee_then') },
    ...(now?.teams ?? []).filter((some) => !some.retired).map((some) => ({ value: some.id, label: some.name })),
    ...(now?.assignees ?? []).map((some) => ({ value: some.id, label: some.name })),
  ];
  const { people: _p, team: _t, ...rest } = action;
  return (
    <div class="stack">
      <SelectField id={id} label={t('does.whom')} value={one} options={options} on_change={(next) => on_change(next === '*' ? action : { ...rest, ...(is_team(next) ? { team: next } : { people: [next] }) })} error={error_at(errors, `${at}/people`) ?? error_at(errors, `${at}/team`)} />
      <TextArea id={`${id}-text`} label={t('does.words')} rows={3} maxlength={20000} value={text} on_change={(words) => on_change({ ...action, text: words })} error={error_at(errors, `${at}/text`)} />
    </div>
  );
}
