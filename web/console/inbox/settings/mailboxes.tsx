// Addresses of ours that conversations come to and leave from.
import { useEffect, useState } from 'preact/hooks';
import Mail from 'icon:mail';
import { get, patch, post } from '../../../sdk/client';
import type { Mailbox, PickUp, Team } from '../../../sdk/conversations';
import type { Page } from '../../../sdk/types';
import { Dialog } from '../../../ui/dialog';
import { SelectField, TextArea, TextField } from '../../../ui/field';
import { is_locale, locale_names, locales } from '../../../ui/locales';
import { locale, t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { subscribe } from '../../live';
import { error_at } from '../../problems';
import { useResource } from '../../resource';
import { useSending } from '../../sending';
import { may } from '../../session';
import { Collection, EditOrRetire, useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';
import { EditPickUp, PickUpLine, list_pickups } from './pickups';

export default function MailboxesPage() {
  const boxes = useCollection<Mailbox>('/v1/mailboxes', 'mailbox.');
  const teams = useResource<Page<Team>>((signal) => get('/v1/teams', { signal }), []).value.value?.items ?? [];
  const pickups = useResource<Page<PickUp>>((signal) => (may('mailboxes.manage') ? list_pickups(signal) : Promise.resolve({ items: [] })), []);
  const [fetching, fetch_for] = useState<{ box: Mailbox; one?: PickUp }>();
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith('pickup.')) && pickups.reload()), []);
  return (
    <Collection
      title={t('mailboxes.title')}
      icon={Mail}
      none={t('inbox.no_mailbox')}
      none_text={t('mailboxes.none_text')}
      list={boxes}
      add={may('mailboxes.manage') && t('mailboxes.new')}
      line={(one, edit) => (
        <li key={one.id}>
          <Line one={one} team={teams.find((team) => team.id === one.team)} on_edit={edit} on_fetch={() => fetch_for({ box: one })} on_change={boxes.reload} />
          {(pickups.value.value?.items ?? [])
            .filter((pickup) => pickup.address.toLowerCase() === one.address.toLowerCase())
            .map((pickup) => <PickUpLine key={pickup.id} one={pickup} on_edit={() => fetch_for({ box: one, one: pickup })} on_change={pickups.reload} />)}
        </li>
      )}
      editor={(box, close) => <Edit box={box} teams={teams} on_close={close} on_done={boxes.reload} />}
    >
      {fetching && <EditPickUp box={fetching.box} one={fetching.one} on_close={() => fetch_for(undefined)} on_done={pickups.reload} />}
    </Collection>
  );
}

function Line({ one, team, on_edit, on_fetch, on_change }: { one: Mailbox; team: Team | undefined; on_edit: () => void; on_fetch: () => void; on_change: () => void }) {
  return (
    <div class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> {one.retired && <span class="tag warning">{t('mailboxes.retired')}</span>}
        <bdi class="ltr small block break">{one.address}</bdi>
        {one.aliases.length > 0 && <bdi class="ltr small muted block break">{one.aliases.join(', ')}</bdi>}
        <span class="small muted block">{locales[one.locale].name}{team && <> · <bdi>{team.name}</bdi></>}</span>
      </span>
      {may('mailboxes.manage') && (
        <EditOrRetire path={`/v1/mailboxes/${one.id}`} retired={one.retired} on_edit={on_edit} on_change={on_change}>
          {!one.retired && <button type="button" class="button small" onClick={on_fetch}>{t('pickup.add')}</button>}
        </EditOrRetire>
      )}
    </div>
  );
}

const split = (text: string): string[] => text.split(/[,;\s]+/).filter(Boolean);

function Edit({ box, teams, on_close, on_done }: { box: Mailbox | undefined; teams: Team[]; on_close: () => void; on_done: () => void }) {
  const [address, set_address] = useState('');
  const [name, set_name] = useState(box?.name ?? '');
  const [aliases, set_aliases] = useState(box?.aliases.join(', ') ?? '');
  const [language, set_language] = useState<string>(box?.locale ?? locale.value);
  const [team, set_team] = useState(box?.team ?? '');
  const [signatures, set_signatures] = useState<Record<string, string>>(box?.signatures ?? {});
  const sending = useSending(['/address', '/name', '/aliases', '/locale', '/team', '/signatures']);
  const { errors } = sending;
  const submit = () =>
    sending.send(async () => {
      const said = Object.fromEntries(Object.entries(signatures).filter(([, text]) => text.trim()));
      const words = { name: name.trim(), aliases: split(aliases), locale: language, signatures: said };
      if (box) await patch(`/v1/mailboxes/${box.id}`, { ...words, team });
      else await post('/v1/mailboxes', { address: address.trim(), ...words, ...(team ? { team } : {}) });
      say(t('mailboxes.saved'));
      on_close();
      on_done();
    });
  const shown = locale_names.filter((one) => is_locale(one) && (one === language || one === locale.value || signatures[one]));
  return (
    <Dialog title={t(box ? 'mailboxes.edit' : 'mailboxes.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={() => void submit()}>
        {!box && <TextField id="mailbox-address" type="email" direction="ltr" label={t('mailboxes.address')} value={address} on_change={set_address} error={error_at(errors, '/address')} focus />}
        <TextField id="mailbox-name" label={t('mailboxes.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} />
        <TextField id="mailbox-aliases" label={t('mailboxes.aliases')} direction="ltr" optional hint={t('mailboxes.aliases_hint')} value={aliases} on_change={set_aliases} error={error_at(errors, '/aliases')} />
        <div class="columns">
          <SelectField id="mailbox-locale" label={t('mailboxes.language')} value={language} options={locale_names.map((one) => ({ value: one, label: locales[one].name }))} on_change={set_language} error={errors['/locale']} />
          <SelectField id="mailbox-team" label={t('mailboxes.team')} value={team} options={[{ value: '', label: t('verb.no_team') }, ...teams.filter((one) => !one.retired || one.id === team).map((one) => ({ value: one.id, label: one.name }))]} on_change={set_team} error={errors['/team']} />
        </div>
        {shown.map((one) => (
          <TextArea key={one} id={`mailbox-signature-${one}`} label={t('mailboxes.signature', { language: locales[one].name })} optional rows={3} maxlength={2000} value={signatures[one] ?? ''} on_change={(text) => set_signatures({ ...signatures, [one]: text })} error={error_at(errors, `/signatures/${one}`)} />
        ))}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
