// Routing: which teams, what conversations weigh, what agents can be given; and who would get one now.
import { useEffect, useState } from 'preact/hooks';
import { get, patch, post, put } from '../../../sdk/client';
import type { Label, Team } from '../../../sdk/conversations';
import type { Assignment, RoutedAgent, RoutingSettings } from '../../../sdk/routing';
import type { Calendar } from '../../../sdk/sla';
import type { Locale, Page } from '../../../sdk/types';
import { Dialog } from '../../../ui/dialog';
import { Check, FieldError, NumberField, SelectField } from '../../../ui/field';
import { locale_names, locales } from '../../../ui/locales';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { subscribe } from '../../live';
import { error_at } from '../../problems';
import { useResource } from '../../resource';
import { useSending } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';
import { Why } from '../assignment';

interface Around {
  settings: RoutingSettings;
  agents: RoutedAgent[];
  teams: Team[];
  labels: Label[];
  calendars: Calendar[];
}

async function look_around(signal: AbortSignal): Promise<Around> {
  const items = async <T,>(path: string) => (await get<Page<T>>(path, { signal })).items;
  const [settings, agents, teams, labels, calendars] = await Promise.all([
    get<RoutingSettings>('/v1/routing', { signal }), items<RoutedAgent>('/v1/routing/agents'), items<Team>('/v1/teams'), items<Label>('/v1/labels'), items<Calendar>('/v1/calendars'),
  ]);
  return { settings, agents, teams: teams.filter((one) => !one.retired), labels, calendars: calendars.filter((one) => !one.retired) };
}

const toggled = <T,>(list: T[], one: T, is: boolean): T[] => (is ? [...list, one] : list.filter((other) => other !== one));
const channels = ['email', 'form', 'chat'] as const;

export default function RoutingPage() {
  const all = useResource(look_around, []);
  const [editing, edit] = useState<RoutedAgent>();
  useEffect(() => subscribe((events) => events.some((event) => event.kind === 'presence.changed' || event.kind === 'routing.changed') && all.reload()), []);
  return (
    <AreaFrame narrow title={t('routing.title')}>
      <Loaded from={all} rows={4}>
        {(around) => (
          <div class="stack">
            <Settings around={around} on_done={all.reload} />
            <section class="card stack" aria-labelledby="agents-title">
              <h2 id="agents-title">{t('routing.agents')}</h2>
              <ul class="lines">
                {around.agents.map((one) => <Line key={one.agent} one={one} around={around} on_edit={() => edit(one)} />)}
              </ul>
            </section>
            {around.teams.length > 0 && <Try around={around} />}
            {editing && <AgentForm one={editing} around={around} on_close={() => edit(undefined)} on_done={all.reload} />}
          </div>
        )}
      </Loaded>
    </AreaFrame>
  );
}

function Settings({ around, on_done }: { around: Around; on_done: () => void }) {
  const [settings, set] = useState(around.settings);
  const sending = useSending(['/teams', '/weights', '/skills']);
  const can = may('mailboxes.manage');
  const submit = () =>
    sending.send(async () => {
      await put('/v1/routing', settings);
      say(t('routing.saved'));
      on_done();
    });
  return (
    <section class="card">
      <Form sending={sending} on_submit={() => void submit()}>
        <p>{t('routing.text')}</p>
        <fieldset disabled={!can}>
          <legend>{t('routing.teams')}</legend>
          {around.teams.map((one) => <Check key={one.id} id={`routed-${one.id}`} label={one.name} checked={settings.teams.includes(one.id)} on_change={(is) => set({ ...settings, teams: toggled(settings.teams, one.id, is) })} />)}
          <FieldError id="teams-wrong" error={error_at(sending.errors, '/teams')} />
        </fieldset>
        <fieldset disabled={!can}>
          <legend>{t('routing.weights')}</legend>
          <div class="columns">
            {channels.map((one) => <NumberField key={one} id={`weight-${one}`} label={t(`channel.${one}`)} value={String(settings.weights[one])} on_change={(text) => set({ ...settings, weights: { ...settings.weights, [one]: Number(text) } })} error={sending.errors[`/weights/${one}`]} />)}
          </div>
        </fieldset>
        {around.labels.length > 0 && (
          <fieldset disabled={!can}>
            <legend>{t('routing.skills')}</legend>
            {around.labels.map((one) => <Check key={one.id} id={`skill-${one.id}`} label={one.name} checked={settings.skills.includes(one.id)} on_change={(is) => set({ ...settings, skills: toggled(settings.skills, one.id, is) })} />)}
            <FieldError id="skills-wrong" error={error_at(sending.errors, '/skills')} />
          </fieldset>
        )}
        {can && <FormFoot sending={sending} go={t('action.save')} />}
      </Form>
    </section>
  );
}

function Line({ one, around, on_edit }: { one: RoutedAgent; around: Around; on_edit: () => void }) {
  const teams = around.teams.filter(({ id }) => one.teams.includes(id)).map(({ name }) => name);
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> <span class={`tag ${one.presence === 'online' ? 'assured' : 'quiet'}`}>{t(`presence.${one.presence}`)}</span>{' '}
        {!one.at_work && <span class="tag warning">{t('presence.outside')}</span>}
        <span class="small muted block">{t('routing.load', { load: one.load, capacity: one.capacity })}{teams.length > 0 && <> · <bdi>{teams.join(', ')}</bdi></>}</span>
      </span>
      {may('mailboxes.manage') && <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>}
    </li>
  );
}

function AgentForm({ one, around, on_close, on_done }: { one: RoutedAgent; around: Around; on_close: () => void; on_done: () => void }) {
  const [capacity, set_capacity] = useState(String(one.capacity));
  const [skills, set_skills] = useState(one.skills);
  const [languages, set_languages] = useState<Locale[]>(one.languages);
  const [calendar, set_calendar] = useState(one.calendar ?? '');
  const sending = useSending(['/capacity', '/skills', '/calendar']);
  const submit = () =>
    sending.send(async () => {
      await patch(`/v1/routing/agents/${one.agent}`, { capacity: Number(capacity), skills, languages, calendar });
      say(t('routing.saved'));
      on_close();
      on_done();
    });
  const known = around.labels.filter(({ id }) => around.settings.skills.includes(id) || skills.includes(id));
  return (
    <Dialog title={t('routing.agent', { name: one.name })} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <NumberField id="agent-capacity" label={t('routing.capacity')} value={capacity} on_change={set_capacity} error={sending.errors['/capacity']} focus />
        <SelectField id="agent-calendar" label={t('routing.calendar')} value={calendar} options={[{ value: '', label: t('routing.whenever') }, ...around.calendars.map(({ id, name }) => ({ value: id, label: name }))]} on_change={set_calendar} error={sending.errors['/calendar']} />
        {known.length > 0 && (
          <fieldset>
            <legend>{t('routing.own_skills')}</legend>
            {known.map(({ id, name }) => <Check key={id} id={`own-${id}`} label={name} checked={skills.includes(id)} on_change={(is) => set_skills(toggled(skills, id, is))} />)}
            <FieldError id="own-skills-wrong" error={error_at(sending.errors, '/skills')} />
          </fieldset>
        )}
        <fieldset>
          <legend>{t('routing.languages')}</legend>
          {locale_names.map((name) => <Check key={name} id={`speaks-${name}`} label={locales[name].name} checked={languages.includes(name)} on_change={(is) => set_languages(toggled(languages, name, is))} />)}
        </fieldset>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

function Try({ around }: { around: Around }) {
  const [team, set_team] = useState(around.teams[0]!.id);
  const [channel, set_channel] = useState('email');
  const [language, set_language] = useState<string>(locale_names[0]!);
  const [labels, set_labels] = useState<string[]>([]);
  const [made, answer] = useState<Assignment>();
  const sending = useSending(['/team']);
  const submit = () => sending.send(async () => answer(await post<Assignment>('/v1/routing/simulation', { team, channel, locale: language, labels })));
  const skills = around.labels.filter(({ id }) => around.settings.skills.includes(id));
  return (
    <section class="card stack" aria-labelledby="try-title">
      <h2 id="try-title">{t('routing.try')}</h2>
      <Form sending={sending} on_submit={() => void submit()}>
        <div class="columns">
          <SelectField id="try-team" label={t('policies.teams')} value={team} options={around.teams.map(({ id, name }) => ({ value: id, label: name }))} on_change={set_team} error={sending.errors['/team']} />
          <SelectField id="try-channel" label={t('routing.channel')} value={channel} options={channels.map((one) => ({ value: one, label: t(`channel.${one}`) }))} on_change={set_channel} />
          <SelectField id="try-language" label={t('language.label')} value={language} options={locale_names.map((one) => ({ value: one, label: locales[one].name }))} on_change={set_language} />
        </div>
        {skills.length > 0 && (
          <fieldset>
            <legend>{t('routing.own_skills')}</legend>
            {skills.map(({ id, name }) => <Check key={id} id={`try-${id}`} label={name} checked={labels.includes(id)} on_change={(is) => set_labels(toggled(labels, id, is))} />)}
          </fieldset>
        )}
        <FormFoot sending={sending} go={t('routing.ask')} quiet />
      </Form>
      <div role="status">{made && <Why made={made} />}</div>
    </section>
  );
}
