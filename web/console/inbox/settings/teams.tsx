// Teams, and who belongs to them.
import { useState } from 'preact/hooks';
import Users from 'icon:users';
import { get, patch, post } from '../../../sdk/client';
import type { Assignee, Team } from '../../../sdk/conversations';
import type { Page } from '../../../sdk/types';
import { Dialog } from '../../../ui/dialog';
import { Check, FieldError, TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { error_at } from '../../problems';
import { useResource } from '../../resource';
import { useSending } from '../../sending';
import { may } from '../../session';
import { Collection, EditOrRetire, useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';

export default function TeamsPage() {
  const teams = useCollection<Team>('/v1/teams', 'team.');
  const people = useResource<Page<Assignee>>((signal) => get('/v1/assignees', { signal }), []).value.value?.items ?? [];
  return (
    <Collection
      title={t('teams.title')}
      icon={Users}
      none={t('teams.none')}
      none_text={t('teams.none_text')}
      list={teams}
      add={may('mailboxes.manage') && t('teams.new')}
      line={(one, edit) => <Line key={one.id} one={one} people={people} on_edit={edit} on_change={teams.reload} />}
      editor={(team, close) => <Edit team={team} people={people} on_close={close} on_done={teams.reload} />}
    />
  );
}

function Line({ one, people, on_edit, on_change }: { one: Team; people: Assignee[]; on_edit: () => void; on_change: () => void }) {
  const names = one.members.map((id) => people.find((person) => person.id === id)?.name).filter((name) => name !== undefined);
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> {one.retired && <span class="tag warning">{t('mailboxes.retired')}</span>}
        <span class="small muted block">{t('teams.count', { count: one.members.length })}{names.length > 0 && <> · <bdi>{names.join(', ')}</bdi></>}</span>
      </span>
      {may('mailboxes.manage') && <EditOrRetire path={`/v1/teams/${one.id}`} retired={one.retired} on_edit={on_edit} on_change={on_change} />}
    </li>
  );
}

function Edit({ team, people, on_close, on_done }: { team: Team | undefined; people: Assignee[]; on_close: () => void; on_done: () => void }) {
  const [name, set_name] = useState(team?.name ?? '');
  const [members, set_members] = useState<string[]>(team?.members ?? []);
  const sending = useSending(['/name', '/members']);
  const submit = () =>
    sending.send(async () => {
      if (team) await patch(`/v1/teams/${team.id}`, { name: name.trim(), members });
      else await post('/v1/teams', { name: name.trim(), members });
      say(t('teams.saved'));
      on_close();
      on_done();
    });
  return (
    <Dialog title={t(team ? 'teams.edit' : 'teams.new')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="team-name" label={t('teams.name')} direction="auto" value={name} on_change={set_name} error={sending.errors['/name']} maxlength={100} focus />
        <fieldset>
          <legend>{t('teams.members')}</legend>
          {people.map((one) => <Check key={one.id} id={`member-${one.id}`} label={one.name} checked={members.includes(one.id)} on_change={(is) => set_members(is ? [...members, one.id] : members.filter((id) => id !== one.id))} />)}
          <FieldError id="members-wrong" error={error_at(sending.errors, '/members')} />
        </fieldset>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
