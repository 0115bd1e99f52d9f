// Macros: several actions under one name.
import { useState } from 'preact/hooks';
import Wand from 'icon:wand-sparkles';
import { post, put } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { Action, Macro } from '../../../sdk/desk';
import { Dialog } from '../../../ui/dialog';
import { TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { useDesk } from '../../inbox/desk';
import { useSending } from '../../sending';
import { may } from '../../session';
import { Collection, useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';
import { useKept } from '../kept';
import { ActionsEditor, Said, missing_in } from './actions';
import { Variables } from './canned_replies';
import { KeptLine, SharingFields, by_folder, folders_of, to_api, useTeams, type Shared } from './sharing';

export default function MacrosPage() {
  useDesk();
  useKept();
  const list = useCollection<Macro>('/v1/macros', 'macro.');
  const teams = useTeams();
  return (
    <Collection
      title={t('macros.title')}
      icon={Wand}
      none={t('macros.none')}
      none_text={t('macros.none_text')}
      list={list}
      add={may('conversations.reply') && t('macros.new')}
      grouped={by_folder}
      line={(one, edit) => (
        <KeptLine key={one.id} one={one} path="/v1/macros" teams={teams} on_edit={edit} on_change={list.reload}>
          <span class="small muted block">{one.actions.map((action, index) => <span key={index}>{index > 0 && ' · '}<Said action={action} /></span>)}</span>
        </KeptLine>
      )}
      editor={(macro, close) => <Edit macro={macro} folders={folders_of(list)} teams={teams} on_close={close} on_done={list.reload} />}
    />
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
