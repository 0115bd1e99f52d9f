// Teams, and who belongs to them.
import { useEffect, useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Users from 'icon:users';
import { get, patch, post } from '../../../sdk/client';
import type { Assignee, Team } from '../../../sdk/conversations';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { Dialog } from '../../../ui/dialog';
import { Check, FieldError, TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { subscribe } from '../../live';
import { error_at } from '../../problems';
import { useResource } from '../../resource';
import { act, useSending } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';

export default function TeamsPage() {
  const teams = useResource<Page<Team>>((signal) => get('/v1/teams', { signal }), []);
  const people = useResource<Page<Assignee>>((signal) => get('/v1/assignees', { signal }), []);
  const [editing, edit] = useState<Team | 'new'>();
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith('team.')) && teams.reload()), []);
  const all = people.value.value?.items ?? [];
  const add = may('mailboxes.manage') && (
    <button type="button" class="button primary" onClick={() => edit('new')}>
      <Plus size={16} /> {t('teams.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('teams.title')} action={(teams.value.value?.items.length ?? 0) > 0 && add}>
      <Loaded from={teams} rows={3}>
        {({ items }) =>
          items.length ? (
            <ul class="card lines">
              {items.map((one) => <Line key={one.id} one={one} people={all} on_edit={() => edit(one)} on_change={teams.reload} />)}
            </ul>
          ) : (
            <Empty icon={Users} title={t('teams.none')}>
              <p>{t('teams.none_text')}</p>
              {add}
            </Empty>
          )
        }
      </Loaded>
      {editing && <Edit team={editing === 'new' ? undefined : editing} people={all} on_close={() => edit(undefined)} on_done={teams.reload} />}
    </AreaFrame>
  );
}

function Line({ one, people, on_edit, on_change }: { one: Team; people: Assignee[]; on_edit: () => void; on_change: () => void }) {
  const retire = async () => {
    if (await act(() => patch(`/v1/teams/${one.id}`, { retired: !one.retired }), t('teams.saved'))) on_change();
  };
  const names = one.members.map((id) => people.find((person) => person.id === id)?.name).filter((name) => name !== undefined);
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> {one.retired && <span class="tag warning">{t('mailboxes.retired')}</span>}
        <span class="small muted block">{t('teams.count', { count: one.members.length })}{names.length > 0 && <> · <bdi>{names.join(', ')}</bdi></>}</span>
      </span>
      {may('mailboxes.manage') && (
        <span class="row">
          <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
          <button type="button" class="button small" onClick={() => void retire()}>{t(one.retired ? 'mailboxes.revive' : 'mailboxes.retire')}</button>
        </span>
      )}
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
