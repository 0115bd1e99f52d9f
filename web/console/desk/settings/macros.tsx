// Macros: several actions under one name.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import Wand from 'icon:wand-sparkles';
import { get, post, put, remove } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { Action, Macro } from '../../../sdk/desk';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { Dialog } from '../../../ui/dialog';
import { TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { useDesk } from '../../inbox/desk';
import { useResource } from '../../resource';
import { act, useSending } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';
import { Sure } from '../../shell/sure';
import { useKept } from '../kept';
import { ActionsEditor, Said, missing_in } from './actions';
import { Variables } from './canned_replies';
import { AudienceTag, SharingFields, by_folder, to_api, useKeptList, type Shared } from './sharing';

export default function MacrosPage() {
  useDesk();
  useKept();
  const list = useKeptList<Macro>('/v1/macros', 'macro');
  const teams = useResource<Page<Team>>((signal) => get('/v1/teams', { signal }), []);
  const [editing, edit] = useState<Macro | 'new'>();
  const all_teams = (teams.value.value?.items ?? []).filter((one) => !one.retired);
  const items = list.value.value?.items ?? [];
  const add = may('conversations.reply') && (
    <button type="button" class="button primary" onClick={() => edit('new')}>
      <Plus size={16} /> {t('macros.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('macros.title')} action={items.length > 0 && add}>
      <Loaded from={list} rows={3}>
        {({ items }) =>
          items.length ? (
            by_folder(items).map(([folder, some]) => (
              <section key={folder} class="stack">
                {folder && <h2 class="small muted"><bdi>{folder}</bdi></h2>}
                <ul class="card lines">
                  {some.map((one) => <Line key={one.id} one={one} teams={all_teams} on_edit={() => edit(one)} on_change={list.reload} />)}
                </ul>
              </section>
            ))
          ) : (
            <Empty icon={Wand} title={t('macros.none')}>
              <p>{t('macros.none_text')}</p>
              {add}
            </Empty>
          )
        }
      </Loaded>
      {editing && <Edit macro={editing === 'new' ? undefined : editing} folders={[...new Set(items.map((one) => one.folder).filter(Boolean))]} teams={all_teams} on_close={() => edit(undefined)} on_done={list.reload} />}
    </AreaFrame>
  );
}

function Line({ one, teams, on_edit, on_change }: { one: Macro; teams: Team[]; on_edit: () => void; on_change: () => void }) {
  const drop = async () => {
    if (await act(() => remove(`/v1/macros/${one.id}`), t('kept.removed'))) on_change();
  };
  return (
    <li class="row apart">
      <span class="grow kept-line">
        <strong><bdi>{one.name}</bdi></strong> <AudienceTag one={one} teams={teams} />
        <span class="small muted block">{one.actions.map((action, index) => <span key={index}>{index > 0 && ' · '}<Said action={action} /></span>)}</span>
      </span>
      {one.may_change && may('conversations.reply') && (
        <span class="row">
          <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
          <Sure label={t('kept.remove_one', { name: one.name })} sure={t('labels.remove')} on_sure={() => void drop()}><Trash size={16} /></Sure>
        </span>
      )}
    </li>
  );
}

interface EditProps {
  macro: Macro | undefined;
  folders: string[];
  teams: Team[];
  on_close: () => void;
  on_done: () => void;
}

function Edit({ macro, folders, teams, on_close, on_done }: EditProps) {
  const [name, set_name] = useState(macro?.name ?? '');
  const [folder, set_folder] = useState(macro?.folder ?? '');
  const [shared, share] = useState<Shared>({ audience: macro?.audience ?? 'own', team: macro?.team ?? '' });
  const [actions, set_actions] = useState<Action[]>(macro?.actions ?? [{ does: 'assign', assignee: 'me' }]);
  const sending = useSending(['/name', '/folder', '/audience', '/team', '/actions']);
  const { errors } = sending;
  const submit = () => {
    const found = { ...(name.trim() ? {} : { '/name': t('missing.name') }), ...missing_in(actions, '/actions') };
    if (Object.keys(found).length) return sending.find(found);
    void sending.send(async () => {
      const words = { name: name.trim(), folder: folder.trim(), actions, ...to_api(shared) };
      if (macro) await put(`/v1/macros/${macro.id}`, words);
      else await post('/v1/macros', words);
      say(t('kept.saved'));
      on_close();
      on_done();
    });
  };
  return (
    <Dialog title={t(macro ? 'macros.edit' : 'macros.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <div class="columns">
          <TextField id="macro-name" label={t('kept.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
          <TextField id="macro-folder" label={t('kept.folder')} direction="auto" optional value={folder} on_change={set_folder} error={errors['/folder']} maxlength={100} list="macro-folders" />
          <datalist id="macro-folders">{folders.map((one) => <option key={one} value={one} />)}</datalist>
        </div>
        <SharingFields shared={shared} teams={teams} errors={errors} on_change={share} />
        <ActionsEditor actions={actions} errors={errors} at="/actions" on_change={set_actions} />
        {actions.some((one) => one.does === 'note' || one.does === 'reply') && <Variables />}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
