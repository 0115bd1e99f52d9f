// Canned replies: words kept ready, by language, with variables.
import { useState } from 'preact/hooks';
import Quotes from 'icon:message-square-quote';
import { get, post, put } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { CannedReply, Variable } from '../../../sdk/desk';
import type { Page } from '../../../sdk/types';
import { Dialog } from '../../../ui/dialog';
import { SelectField, TextArea, TextField } from '../../../ui/field';
import { is_locale, locale_names, locales, type Locale } from '../../../ui/locales';
import { locale, t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { error_at } from '../../problems';
import { useResource } from '../../resource';
import { useSending } from '../../sending';
import { may } from '../../session';
import { Collection, useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';
import { KeptLine, SharingFields, by_folder, folders_of, to_api, useTeams, type Shared } from './sharing';

export default function CannedRepliesPage() {
  const list = useCollection<CannedReply>('/v1/canned-replies', 'canned_reply.');
  const teams = useTeams();
  return (
    <Collection
      title={t('canned.title')}
      icon={Quotes}
      none={t('canned.none')}
      none_text={t('canned.none_text')}
      list={list}
      add={may('conversations.reply') && t('canned.new')}
      grouped={by_folder}
      line={(one, edit) => <Line key={one.id} one={one} teams={teams} on_edit={edit} on_change={list.reload} />}
      editor={(reply, close) => <Edit reply={reply} folders={folders_of(list)} teams={teams} on_close={close} on_done={list.reload} />}
    />
  );
}

function Line({ one, teams, on_edit, on_change }: { one: CannedReply; teams: Team[]; on_edit: () => void; on_change: () => void }) {
  const languages = locale_names.filter((name) => is_locale(name) && one.versions[name]);
  const text = one.versions[locale.value] ?? one.versions[languages[0] as Locale] ?? '';
  return (
    <KeptLine one={one} path="/v1/canned-replies" teams={teams} beside={one.shortcut && <bdi class="muted small ltr">/{one.shortcut}</bdi>} on_edit={on_edit} on_change={on_change}>
      <span class="small muted block one-line"><bdi>{text}</bdi></span>
      {languages.length > 1 && <span class="small muted block">{languages.map((name) => locales[name].name).join(' · ')}</span>}
    </KeptLine>
  );
}

interface EditProps {
  reply: CannedReply | undefined;
  folders: string[];
  teams: Team[];
  on_close: () => void;
  on_done: () => void;
}

function Edit({ reply, folders, teams, on_close, on_done }: EditProps) {
  const [name, set_name] = useState(reply?.name ?? '');
  const [shortcut, set_shortcut] = useState(reply?.shortcut ?? '');
  const [folder, set_folder] = useState(reply?.folder ?? '');
  const [shared, share] = useState<Shared>({ audience: reply?.audience ?? 'own', team: reply?.team ?? '' });
  const [versions, set_versions] = useState<Partial<Record<Locale, string>>>(reply?.versions ?? { [locale.value]: '' });
  const sending = useSending(['/name', '/shortcut', '/folder', '/audience', '/team', '/versions']);
  const { errors } = sending;
  const shown = locale_names.filter((one) => is_locale(one) && versions[one] !== undefined);
  const others = locale_names.filter((one) => is_locale(one) && versions[one] === undefined);
  const submit = () => {
    if (!name.trim()) return sending.find({ '/name': t('missing.name') });
    const said = Object.fromEntries(Object.entries(versions).filter(([, text]) => text?.trim()));
    if (!Object.keys(said).length) return sending.find({ [`/versions/${shown[0]}`]: t('missing.text') });
    void sending.send(async () => {
      const words = { name: name.trim(), folder: folder.trim(), versions: said, ...to_api(shared), ...(shortcut.trim() ? { shortcut: shortcut.trim().replace(/^\//, '') } : {}) };
      if (reply) await put(`/v1/canned-replies/${reply.id}`, words);
      else await post('/v1/canned-replies', words);
      say(t('kept.saved'));
      on_close();
      on_done();
    });
  };
  return (
    <Dialog title={t(reply ? 'canned.edit' : 'canned.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <TextField id="canned-name" label={t('kept.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
        <div class="columns">
          <TextField id="canned-shortcut" label={t('canned.shortcut')} direction="auto" optional hint={t('canned.shortcut_hint')} value={shortcut} on_change={set_shortcut} error={errors['/shortcut']} maxlength={40} />
          <TextField id="canned-folder" label={t('kept.folder')} direction="auto" optional value={folder} on_change={set_folder} error={errors['/folder']} maxlength={100} list="folders" />
          <datalist id="folders">{folders.map((one) => <option key={one} value={one} />)}</datalist>
        </div>
        <SharingFields shared={shared} teams={teams} errors={errors} on_change={share} />
        {shown.map((one) => (
          <TextArea key={one} id={`canned-text-${one}`} label={t('canned.text', { language: locales[one].name })} rows={6} maxlength={20000} value={versions[one] ?? ''} on_change={(text) => set_versions({ ...versions, [one]: text })} error={error_at(errors, `/versions/${one}`)} />
        ))}
        {others.length > 0 && <SelectField id="canned-language" label={t('canned.add_language')} value="" options={[{ value: '', label: '–' }, ...others.map((one) => ({ value: one, label: locales[one].name }))]} on_change={(one) => is_locale(one) && set_versions({ ...versions, [one]: '' })} />}
        <Variables />
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

export function Variables() {
  const found = useResource<Page<Variable>>((signal) => get('/v1/canned-replies/variables', { signal }), []);
  return (
    <details class="small">
      <summary>{t('canned.variables')}</summary>
      <p class="muted">{t('canned.variables_text')}</p>
      <p class="muted"><code class="ltr">{'{{customer.name|…}}'}</code></p>
      <ul class="row">
        {(found.value.value?.items ?? []).map((one) => <li key={one.name}><code class="ltr">{one.always ? `{{${one.name}}}` : `{{${one.name}|…}}`}</code></li>)}
      </ul>
    </details>
  );
}
