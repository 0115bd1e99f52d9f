// Fields of the organisation's own on conversations.
import { useState } from 'preact/hooks';
import ListChecks from 'icon:list-checks';
import { patch, post } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { Field, FieldKind } from '../../../sdk/desk';
import { Dialog } from '../../../ui/dialog';
import { Check, FieldError, NumberField, SelectField, TextArea, TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { error_at } from '../../problems';
import { useSending } from '../../sending';
import { may } from '../../session';
import { Collection, EditOrRetire, useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';
import { useTeams } from './sharing';

export const kinds: FieldKind[] = ['text', 'number', 'date', 'choice', 'yes_no'];
export const lines_of = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean);

export default function FieldsPage() {
  const list = useCollection<Field>('/v1/conversation-fields', 'field.');
  const teams = useTeams();
  return (
    <Collection
      title={t('fields.title')}
      icon={ListChecks}
      none={t('fields.none')}
      none_text={t('fields.none_text')}
      list={list}
      add={may('mailboxes.manage') && t('fields.new')}
      line={(one, edit) => <Line key={one.id} one={one} teams={teams} on_edit={edit} on_change={list.reload} />}
      editor={(field, close) => <Edit field={field} teams={teams} on_close={close} on_done={list.reload} />}
    />
  );
}

function Line({ one, teams, on_edit, on_change }: { one: Field; teams: Team[]; on_edit: () => void; on_change: () => void }) {
  const of_teams = one.teams.map((id) => teams.find((team) => team.id === id)?.name ?? '…');
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> <code class="small muted ltr">{one.key}</code> {one.required && <span class="tag">{t('fields.required')}</span>} {one.retired && <span class="tag warning">{t('mailboxes.retired')}</span>}
        <span class="small muted block">{t(`kind.${one.kind}`)}{one.choices.length > 0 && <> · <bdi>{one.choices.join(', ')}</bdi></>}{of_teams.length > 0 && <> · <bdi>{of_teams.join(', ')}</bdi></>}</span>
      </span>
      {may('mailboxes.manage') && <EditOrRetire path={`/v1/conversation-fields/${one.id}`} retired={one.retired} on_edit={on_edit} on_change={on_change} />}
    </li>
  );
}

function Edit({ field, teams, on_close, on_done }: { field: Field | undefined; teams: Team[]; on_close: () => void; on_done: () => void }) {
  const [key, set_key] = useState(field?.key ?? '');
  const [name, set_name] = useState(field?.name ?? '');
  const [kind, set_kind] = useState<FieldKind>(field?.kind ?? 'text');
  const [choices, set_choices] = useState(field?.choices.join('\n') ?? '');
  const [required, set_required] = useState(field?.required ?? false);
  const [of, set_of] = useState<string[]>(field?.teams ?? []);
  const [place, set_place] = useState(`${field?.place ?? 0}`);
  const sending = useSending(['/key', '/name', '/kind', '/choices', '/required', '/teams', '/place']);
  const { errors } = sending;
  const submit = () => {
    if (!name.trim()) return sending.find({ '/name': t('missing.name') });
    void sending.send(async () => {
      const words = { name: name.trim(), required, teams: of, place: Number(place), ...(kind === 'choice' ? { choices: lines_of(choices) } : {}) };
      if (field) await patch(`/v1/conversation-fields/${field.id}`, words);
      else await post('/v1/conversation-fields', { key: key.trim(), kind, choices: [], ...words });
      say(t('kept.saved'));
      on_close();
      on_done();
    });
  };
  return (
    <Dialog title={t(field ? 'fields.edit' : 'fields.new')} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <TextField id="field-name" label={t('kept.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
        {!field && <TextField id="field-key" label={t('fields.key')} direction="ltr" hint={t('fields.key_hint')} value={key} on_change={set_key} error={errors['/key']} maxlength={40} />}
        {!field && <SelectField id="field-kind" label={t('fields.kind')} value={kind} options={kinds.map((one) => ({ value: one, label: t(`kind.${one}`) }))} on_change={(one) => set_kind(one as FieldKind)} error={errors['/kind']} />}
        {kind === 'choice' && <TextArea id="field-choices" label={t('fields.choices')} rows={4} value={choices} on_change={set_choices} error={error_at(errors, '/choices')} />}
        <NumberField id="field-place" label={t('kept.place')} hint={t('kept.place_hint')} value={place} on_change={set_place} error={errors['/place']} />
        <Check id="field-required" label={t('fields.required_long')} checked={required} on_change={set_required} />
        {teams.length > 0 && (
          <fieldset>
            <legend>{t('fields.teams')}</legend>
            {teams.map((one) => <Check key={one.id} id={`field-${one.id}`} label={one.name} checked={of.includes(one.id)} on_change={(is) => set_of(is ? [...of, one.id] : of.filter((id) => id !== one.id))} />)}
            <FieldError id="field-teams-wrong" error={error_at(errors, '/teams')} />
          </fieldset>
        )}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
