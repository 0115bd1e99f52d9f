// Sites whose pages carry the chat: where it may stand, what it looks like, when somebody is there, and the line to put there.
import { useEffect, useState } from 'preact/hooks';
import Chat from 'icon:message-circle';
import Plus from 'icon:plus';
import { get, patch, post } from '../../../sdk/client';
import type { Mailbox, Team } from '../../../sdk/conversations';
import type { ChatSite } from '../../../sdk/ratings';
import type { Calendar } from '../../../sdk/sla';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { Command } from '../../../ui/copy';
import { Dialog } from '../../../ui/dialog';
import { Check, Field, NumberField, SelectField, TextArea, TextField } from '../../../ui/field';
import { is_locale, locale_names, locales } from '../../../ui/locales';
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
import { Once } from '../../shell/once';
import { Sure } from '../../shell/sure';

interface All {
  sites: ChatSite[];
  boxes: Mailbox[];
  teams: Team[];
  calendars: Calendar[];
}
async function load(signal: AbortSignal): Promise<All> {
  const items = async <T,>(path: string) => (await get<Page<T>>(path, { signal })).items;
  const [sites, boxes, teams, calendars] = await Promise.all([items<ChatSite>('/v1/chat-sites'), items<Mailbox>('/v1/mailboxes'), items<Team>('/v1/teams'), items<Calendar>('/v1/calendars')]);
  return { sites, boxes, teams, calendars };
}

export default function ChatSitesPage() {
  const all = useResource<All>(load, []);
  const [editing, edit] = useState<ChatSite | 'new'>();
  const [secret, show_secret] = useState<string>();
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith('chat_site.')) && all.reload()), []);
  const rotate = (one: ChatSite) => act(async () => show_secret((await post<{ secret: string }>(`/v1/chat-sites/${one.id}/secret`)).secret));
  const add = may('mailboxes.manage') && (
    <button type="button" class="button primary" onClick={() => edit('new')}><Plus size={16} /> {t('chat_sites.new')}</button>
  );
  return (
    <AreaFrame narrow title={t('chat_sites.title')} action={(all.value.value?.sites.length ?? 0) > 0 && add}>
      {secret && <Once title={t('chat_sites.secret_title')} text={secret} on_kept={() => show_secret(undefined)} />}
      <Loaded from={all} rows={2}>
        {(found) =>
          found.sites.length ? (
            found.sites.map((one) => <Site key={one.id} one={one} box={found.boxes.find((box) => box.id === one.mailbox)} on_edit={() => edit(one)} on_secret={() => void rotate(one)} on_change={all.reload} />)
          ) : (
            <Empty icon={Chat} title={t('chat_sites.none')}>
              <p>{t(found.boxes.length ? 'chat_sites.none_text' : 'chat_sites.no_mailbox')}</p>
              {found.boxes.length > 0 && add}
            </Empty>
          )
        }
      </Loaded>
      {editing && all.value.value && <Edit site={editing === 'new' ? undefined : editing} all={all.value.value} on_close={() => edit(undefined)} on_done={all.reload} />}
    </AreaFrame>
  );
}

function Site({ one, box, on_edit, on_secret, on_change }: { one: ChatSite; box: Mailbox | undefined; on_edit: () => void; on_secret: () => void; on_change: () => void }) {
  const retire = async () => {
    if (await act(() => patch(`/v1/chat-sites/${one.id}`, { retired: !one.retired }), t('chat_sites.saved'))) on_change();
  };
  return (
    <section class="card stack tight" aria-label={one.name}>
      <div class="row apart">
        <span class="grow">
          <strong><bdi>{one.name}</bdi></strong> {one.retired && <span class="tag warning">{t('mailboxes.retired')}</span>}
          <bdi class="ltr small muted block break">{one.origins.join(', ')}</bdi>
          {box && <span class="small muted block"><bdi>{box.name}</bdi></span>}
        </span>
        {may('mailboxes.manage') && (
          <span class="row">
            <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
            <button type="button" class="button small" onClick={() => void retire()}>{t(one.retired ? 'mailboxes.revive' : 'mailboxes.retire')}</button>
          </span>
        )}
      </div>
      {!one.retired && (
        <>
          <p class="small">{t('chat_sites.embed')}</p>
          <Command text={one.embed} />
          {may('mailboxes.manage') && (
            <div class="row apart">
              <span class="small grow">{t('chat_sites.rotate_text')}</span>
              <Sure label={t('chat_sites.rotate')} sure={t('chat_sites.rotate')} on_sure={on_secret} />
            </div>
          )}
        </>
      )}
    </section>
  );
}

const split = (text: string): string[] => text.split(/[,;\s]+/).filter(Boolean);

function Edit({ site, all, on_close, on_done }: { site: ChatSite | undefined; all: All; on_close: () => void; on_done: () => void }) {
  const boxes = all.boxes.filter((one) => !one.retired || one.id === site?.mailbox);
  const [name, set_name] = useState(site?.name ?? '');
  const [origins, set_origins] = useState(site?.origins.join('\n') ?? '');
  const [mailbox, set_mailbox] = useState(site?.mailbox ?? boxes[0]?.id ?? '');
  const [team, set_team] = useState(site?.team ?? '');
  const [calendar, set_calendar] = useState(site?.calendar ?? '');
  const [colour, set_colour] = useState(site?.colour ?? '#B3372A');
  const [spoken, set_spoken] = useState<string[]>(site?.locales ?? []);
  const [greeting, set_greeting] = useState(site?.greeting ?? {});
  const [minutes, set_minutes] = useState(String(Math.round((site?.mail_after_s ?? 300) / 60)));
  const sending = useSending(['/name', '/origins', '/mailbox', '/team', '/calendar', '/colour', '/greeting', '/mail_after_s']);
  const { errors } = sending;
  const submit = () =>
    sending.send(async () => {
      const said = Object.fromEntries(Object.entries(greeting).filter(([, text]) => text.trim()));
      const made = { name: name.trim(), origins: split(origins), mailbox, colour, locales: spoken, greeting: said, mail_after_s: Math.round(Number(minutes) * 60) };
      if (site) await patch(`/v1/chat-sites/${site.id}`, { ...made, team, calendar });
      else await post('/v1/chat-sites', { ...made, ...(team ? { team } : {}), ...(calendar ? { calendar } : {}) });
      say(t('chat_sites.saved'));
      on_close();
      on_done();
    });
  return (
    <Dialog title={t(site ? 'chat_sites.edit' : 'chat_sites.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="site-name" label={t('chat_sites.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
        <TextArea id="site-origins" label={t('chat_sites.origins')} rows={2} hint={t('chat_sites.origins_hint')} value={origins} on_change={set_origins} error={error_at(errors, '/origins')} />
        <div class="columns">
          <SelectField id="site-mailbox" label={t('chat_sites.mailbox')} value={mailbox} options={boxes.map((one) => ({ value: one.id, label: one.name }))} on_change={set_mailbox} error={errors['/mailbox']} />
          <SelectField id="site-team" label={t('mailboxes.team')} value={team} options={[{ value: '', label: t('verb.no_team') }, ...all.teams.filter((one) => !one.retired || one.id === team).map((one) => ({ value: one.id, label: one.name }))]} on_change={set_team} error={errors['/team']} />
        </div>
        <div class="columns">
          <SelectField id="site-calendar" label={t('chat_sites.hours')} hint={t('chat_sites.hours_hint')} value={calendar} options={[{ value: '', label: t('chat_sites.no_hours') }, ...all.calendars.filter((one) => !one.retired || one.id === calendar).map((one) => ({ value: one.id, label: one.name }))]} on_change={set_calendar} error={errors['/calendar']} />
          <NumberField fraction id="site-mail" label={t('chat_sites.mail_after')} hint={t('chat_sites.mail_after_hint')} value={minutes} on_change={set_minutes} error={errors['/mail_after_s']} />
        </div>
        <Field id="site-colour" label={t('chat_sites.colour')} error={errors['/colour']}>
          {(attributes) => <input {...attributes} class="input" type="color" value={colour} onInput={(event) => set_colour(event.currentTarget.value)} />}
        </Field>
        <fieldset class="stack tight">
          <legend>{t('chat_sites.languages')}</legend>
          <div class="row">{locale_names.map((one) => <Check key={one} id={`site-locale-${one}`} checked={spoken.includes(one)} on_change={(yes) => set_spoken(yes ? [...spoken, one] : spoken.filter((other) => other !== one))} label={locales[one].name} />)}</div>
          <p class="hint">{t('chat_sites.languages_hint')}</p>
        </fieldset>
        {locale_names.filter((one) => is_locale(one) && (!spoken.length || spoken.includes(one))).map((one) => (
          <TextArea key={one} id={`site-greeting-${one}`} label={t('chat_sites.greeting', { language: locales[one].name })} optional rows={2} maxlength={500} value={greeting[one] ?? ''} on_change={(text) => set_greeting({ ...greeting, [one]: text })} error={error_at(errors, `/greeting/${one}`)} />
        ))}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
