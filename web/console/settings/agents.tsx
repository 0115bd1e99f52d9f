// The people who work here, and what their roles allow.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import { get, patch, post } from '../../sdk/client';
import type { Agent, Page, Role, SignInLink } from '../../sdk/types';
import { Command } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextField } from '../../ui/field';
import { locale_names, locales } from '../../ui/locales';
import { is_key, locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { permission_name } from '../permissions';
import { useResource } from '../resource';
import { act, useSending } from '../sending';
import { agent as me, may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';

export function role_name(role: string): string {
  const key = `role.${role}`;
  return is_key(key) ? t(key) : role;
}

export function Agents() {
  const agents = useResource<Page<Agent>>((signal) => get('/v1/agents', { signal }), []);
  const roles = useResource<Page<Role>>((signal) => get('/v1/roles', { signal }), []);
  const [making, set_making] = useState(false);
  const [link, set_link] = useState<string>();
  const role_list = roles.value.value?.items ?? [];
  return (
    <AreaFrame narrow
      title={t('settings.agents')}
      action={
        may('agents.manage') && (
          <button type="button" class="button primary" onClick={() => set_making(true)}>
            <Plus size={16} /> {t('agents.new')}
          </button>
        )
      }
    >
      {link && (
        <section class="card stack tight" aria-live="polite">
          <h2>{t('agents.link')}</h2>
          <p>{t('agents.link_text')}</p>
          <Command text={link} />
        </section>
      )}
      <Loaded from={agents} rows={3}>
        {({ items }) => (
          <ul class="card lines">
            {items.map((one) => (
              <Line key={one.id} one={one} roles={role_list} on_change={agents.reload} on_link={set_link} />
            ))}
          </ul>
        )}
      </Loaded>
      <section class="card" aria-labelledby="roles-title">
        <header>
          <h2 id="roles-title">{t('agents.roles')}</h2>
        </header>
        <dl class="facts">
          {role_list.map((role) => (
            <RoleRow key={role.name} role={role} />
          ))}
        </dl>
      </section>
      {making && (
        <NewAgent
          roles={role_list}
          on_close={() => set_making(false)}
          on_made={(made) => {
            set_making(false);
            set_link(made);
            agents.reload();
          }}
        />
      )}
    </AreaFrame>
  );
}

function RoleRow({ role }: { role: Role }) {
  return (
    <>
      <dt>{role_name(role.name)}</dt>
      <dd class="small">{role.permissions.map(permission_name).join(' · ')}</dd>
    </>
  );
}

function Line({ one, roles, on_change, on_link }: { one: Agent; roles: Role[]; on_change: () => void; on_link: (link: string) => void }) {
  const make_link = () => act(async () => on_link((await post<SignInLink>(`/v1/agents/${one.id}/link`)).url));
  const change = async (part: Partial<Agent>) => {
    await act(() => patch(`/v1/agents/${one.id}`, part), t('agents.changed'));
    on_change();
  };
  const own = one.id === me.value?.id;
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> {own && <span class="tag quiet">{t('agents.you')}</span>} {one.disabled && <span class="tag warning">{t('agents.inactive')}</span>}
        <span class="small muted block"><bdi class="ltr">{one.email}</bdi></span>
      </span>
      {may('agents.manage') && !own ? (
        <span class="row">
          <select class="input role-menu" aria-label={t('agents.role_of', { name: one.name })} value={one.role} onChange={(event) => void change({ role: event.currentTarget.value })}>
            {roles.map((role) => (
              <option key={role.name} value={role.name} selected={role.name === one.role}>{role_name(role.name)}</option>
            ))}
          </select>
          {!one.disabled && (
            <button type="button" class="button small" onClick={() => void make_link()}>
              {t('agents.link')}
            </button>
          )}
          <button type="button" class="button small" onClick={() => void change({ disabled: !one.disabled })}>
            {one.disabled ? t('agents.activate') : t('agents.deactivate')}
          </button>
        </span>
      ) : (
        <span class="muted">{role_name(one.role)}</span>
      )}
    </li>
  );
}

function NewAgent({ roles, on_close, on_made }: { roles: Role[]; on_close: () => void; on_made: (link: string) => void }) {
  const [name, set_name] = useState('');
  const [email, set_email] = useState('');
  const [role, set_role] = useState('agent');
  const [language, set_language] = useState<string>(locale.value);
  const sending = useSending(['/name', '/email', '/role', '/locale']);
  const { errors } = sending;
  const submit = () =>
    sending.send(async () => {
      const made = await post<Agent>('/v1/agents', { name, email, role, locale: language });
      const link = await post<SignInLink>(`/v1/agents/${made.id}/link`);
      say(t('agents.made', { name }));
      on_made(link.url);
    });
  return (
    <Dialog title={t('agents.new')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="agent-name" label={t('agents.name')} value={name} on_change={set_name} error={errors['/name']} maxlength={200} focus />
        <TextField id="agent-email" type="email" label={t('agents.email')} value={email} on_change={set_email} error={errors['/email']} />
        <SelectField id="agent-role" label={t('agents.role')} value={role} options={roles.map((one) => ({ value: one.name, label: role_name(one.name) }))} on_change={set_role} error={errors['/role']} />
        <SelectField id="agent-locale" label={t('customer.language')} value={language} options={locale_names.map((one) => ({ value: one, label: locales[one].name }))} on_change={set_language} error={errors['/locale']} />
        <FormFoot sending={sending} go={t('agents.make')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
