// Canned replies: words kept ready, by language, with variables.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Quotes from 'icon:message-square-quote';
import Trash from 'icon:trash-2';
import { get, post, put, remove } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { CannedReply, Variable } from '../../../sdk/desk';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { Dialog } from '../../../ui/dialog';
import { SelectField, TextArea, TextField } from '../../../ui/field';
import { is_locale, locale_names, locales, type Locale } from '../../../ui/locales';
import { locale, t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { error_at } from '../../problems';
import { useResource } from '../../resource';
import { act, useSending } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';
import { Sure } from '../../shell/sure';
import { AudienceTag, SharingFields, by_folder, to_api, useKeptList, type Shared } from './sharing';

export default function CannedRepliesPage() {
  const list = useKeptList<CannedReply>('/v1/canned-replies', 'canned_reply');
  const teams = useResource<Page<Team>>((signal) => get('/v1/teams', { signal }), []);
  const [editing, edit] = useState<CannedReply | 'new'>();
  const all_teams = (teams.value.value?.items ?? []).filter((one) => !one.retired);
  const items = list.value.value?.items ?? [];
  const add = may('conversations.reply') && (
    <button type="button" class="button primary" onClick={() => edit('new')}>
      <Plus size={16} /> {t('canned.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('canned.title')} action={items.length > 0 && add}>
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
            <Empty icon={Quotes} title={t('canned.none')}>
              <p>{t('canned.none_text')}</p>
              {add}
            </Empty>
          )
        }
      </Loaded>
      {editing && <Edit reply={editing === 'new' ? undefined : editing} folders={[...new Set(items.map((one) => one.folder).filter(Boolean))]} teams={all_teams} on_close={() => edit(undefined)} on_done={list.reload} />}
    </AreaFrame>
  );
}

function Line({ one, teams, on_edit, on_change }: { one: CannedReply; teams: Team[]; on_edit: () => void; on_change: () => void }) {
  const drop = async () => {
    if (await act(() => remove(`/v1/canned-replies/${one.id}`), t('kept.removed'))) on_change();
  };
  const languages = locale_names.filter((name) => is_locale(name) && one.versions[name]);
  const text = one.versions[locale.value] ?? one.versions[languages[0] as Locale] ?? '';
  return (
    <li class="row apart">
      <span class="grow kept-line">
        <strong><bdi>{one.name}</bdi></strong> {one.shortcut && <bdi class="muted small ltr">/{one.shortcut}</bdi>} <AudienceTag one={one} teams={teams} />
        <span class="small muted block one-line"><bdi>{text}</bdi></span>
        {languages.length > 1 && <span class="small muted block">{languages.map((name) => locales[name].name).join(' · ')}</span>}
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
