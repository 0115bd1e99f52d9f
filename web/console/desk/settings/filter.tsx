// Filters over conversations: of saved views, and the "if" of rules.
import type { Conversation, Priority } from '../../../sdk/conversations';
import type { Segment, ViewFilter } from '../../../sdk/desk';
import { Check, NumberField, type Option, SelectField } from '../../../ui/field';
import { is_locale, locale_names, locales } from '../../../ui/locales';
import { t } from '../../../ui/text';
import { desk, names } from '../../inbox/desk';
import { priorities } from '../../inbox/verbs';
import { list_states, state_name, type ListedState } from '../../inbox/views';
import { error_at, type FieldErrors } from '../../problems';
import { fields } from '../kept';
import { ValueField, shown_value, text_of, value_of } from '../value';

export const filter_pointers = ['state', 'assignee', 'label', 'mailbox', 'team', 'channel', 'priorities', 'locale', 'field', 'segment', 'waiting_minutes'].map((part) => `/filter/${part}`);
const channels: Conversation['channel'][] = ['email', 'form', 'chat'];

const name_of = (id: string): string => names.value.get(id) ?? '…';
const assignee_name = (id: string): string => (id === 'me' ? t('inbox.mine') : id ? name_of(id) : t('verb.nobody'));

export function filter_said(filter: ViewFilter, segments: Segment[], any_state = false): string[] {
  const field = fields.value.find((one) => one.key === filter.field?.field);
  return [
    ...(filter.state || !any_state ? [state_name(filter.state ?? 'open')] : []),
    ...(filter.channel ? [t(`channel.${filter.channel}`)] : []),
    ...(filter.assignee === undefined ? [] : [assignee_name(filter.assignee)]),
    ...[filter.label, filter.mailbox, filter.team].filter((id) => id !== undefined).map(name_of),
    ...filter.priorities.map((one) => t(`priority.${one}`)),
    ...(filter.locale ? [locales[filter.locale].name] : []),
    ...(filter.field ? [`${field?.name ?? filter.field.field}: ${shown_value(field ?? { kind: 'text' }, filter.field.value)}`] : []),
    ...(filter.segment ? [segments.find((one) => one.id === filter.segment)?.name ?? '…'] : []),
    ...(filter.waiting_minutes ? [t('views.waiting_for', { count: filter.waiting_minutes })] : []),
  ];
}

interface FilterProps {
  filter: ViewFilter;
  segments: Segment[];
  errors: FieldErrors;
  of_rule?: boolean;  // any state, and nobody looks
  on_change: (filter: ViewFilter) => void;
}

export function FilterFields({ filter, segments, errors, of_rule, on_change }: FilterProps) {
  const narrow = <K extends keyof ViewFilter>(part: K, value: ViewFilter[K] | undefined) => {
    const { [part]: _gone, ...rest } = filter;
    on_change({ priorities: [], ...rest, ...(value === undefined ? {} : { [part]: value }) } as ViewFilter);
  };
  const any: Option = { value: '*', label: t('views.any') };
  const choose = (part: 'label' | 'mailbox' | 'team' | 'segment', label: string, options: Option[]) =>
    options.length > 0 && <SelectField id={`view-${part}`} label={label} value={filter[part] ?? '*'} options={[any, ...options]} on_change={(value) => narrow(part, value === '*' ? undefined : value)} error={errors[`/filter/${part}`]} />;
  const now = desk.value;
  const named = (list: { id: string; name: string }[] | undefined) => (list ?? []).map((one) => ({ value: one.id, label: one.name }));
  const field = fields.value.find((one) => one.key === filter.field?.field);
  return (
    <>
        <div class="columns">
          <SelectField id="view-state" label={t('inbox.state')} value={filter.state ?? (of_rule ? '*' : 'open')} options={[...(of_rule ? [any] : []), ...list_states.map((one) => ({ value: one, label: state_name(one) }))]} on_change={(state) => narrow('state', state === '*' ? undefined : (state as ListedState))} error={errors['/filter/state']} />
          <SelectField id="view-assignee" label={t('views.assignee')} value={filter.assignee ?? '*'} options={[any, ...(of_rule ? [] : [{ value: 'me', label: t('views.me') }]), { value: '', label: t('verb.nobody') }, ...named(now?.assignees)]} on_change={(value) => narrow('assignee', value === '*' ? undefined : value)} error={errors['/filter/assignee']} />
          {choose('label', t('labels.one'), named(now?.labels))}
          {choose('mailbox', t('mailboxes.one'), named(now?.mailboxes))}
          {choose('team', t('verb.team'), named(now?.teams.filter((one) => !one.retired)))}
          <SelectField id="view-channel" label={t('views.channel')} value={filter.channel ?? '*'} options={[any, ...channels.map((one) => ({ value: one, label: t(`channel.${one}`) }))]} on_change={(value) => narrow('channel', channels.find((one) => one === value))} error={errors['/filter/channel']} />
          {choose('segment', t('segments.one'), named(segments))}
          <SelectField id="view-locale" label={t('mailboxes.language')} value={filter.locale ?? '*'} options={[any, ...locale_names.map((one) => ({ value: one, label: locales[one].name }))]} on_change={(value) => narrow('locale', is_locale(value) ? value : undefined)} error={errors['/filter/locale']} />
          <NumberField id="view-waiting" label={t('views.waiting')} optional value={filter.waiting_minutes ? `${filter.waiting_minutes}` : ''} on_change={(text) => narrow('waiting_minutes', Number(text) > 0 ? Math.floor(Number(text)) : undefined)} error={errors['/filter/waiting_minutes']} />
          {fields.value.length > 0 && <SelectField id="view-field" label={t('fields.one')} value={filter.field?.field ?? '*'} options={[any, ...fields.value.map((one) => ({ value: one.key, label: one.name }))]} on_change={(key) => narrow('field', key === '*' ? undefined : { field: key, value: fields.value.find((one) => one.key === key)?.choices[0] ?? '' })} error={errors['/filter/field/field']} />}
          {field && <ValueField shape={field} id="view-field-value" label={field.name} value={text_of(filter.field?.value)} error={error_at(errors, '/filter/field')} on_change={(text) => narrow('field', { field: field.key, value: value_of(field, text) ?? '' })} />}
        </div>
        <fieldset>
          <legend>{t('verb.priority')}</legend>
          <div class="row">
            {priorities.map((one: Priority) => <Check key={one} id={`view-priority-${one}`} label={t(`priority.${one}`)} checked={filter.priorities.includes(one)} on_change={(is) => narrow('priorities', is ? [...filter.priorities, one] : filter.priorities.filter((other) => other !== one))} />)}
          </div>
        </fieldset>
    </>
  );
}
