// The people who work here, and what their roles allow.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import { get, patch, post } from '../../sdk/client';
import type { Agent, Page, Role, SignInLink } from '../../sdk/types';
import { Failed, Loading } from '../../ui/blank';
import { Command } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextField } from '../../ui/field';
import { locale_names, locales } from '../../ui/locales';
import { is_key, locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { fields_of, words_for, type FieldErrors } from '../problems';
import { useResource } from '../resource';
import { agent as me, may } from '../session';
import { Note } from '../shell/note';
import { permission_name } from './api_keys';
import { SettingsFrame } from './frame';

export function role_name(role: string): string {
  const key = `role.${role}`;
  return is_key(key) ? t(key) : role;
}

export function Agents() {
  const agents = useResource<Page<Agent>>((signal) => get('/v1/agents', { signal }), []);
  const roles = useResource<Page<Role>>((signal) => get('/v1/roles', { signal }), []);
  const [making, set_making] = useState(false);
  const [link, set_link] = useState<string>();
  const found = agents.value.value;
  const role_list = roles.value.value?.items ?? [];
  return (
    <SettingsFrame
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
      {!found ? (
        agents.error.value ? <Failed text={agents.error.value} retry={agents.reload} /> : <Loading rows={3} />
      ) : (
        <ul class="card lines">
          {found.items.map((one) => (
            <Line key={one.id} one={one} roles={role_list} on_change={agents.reload} on_link={set_link} />
          ))}
        </ul>
      )}
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
    </SettingsFrame>
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
  const make_link = async () => {
    try {
      on_link((await post<SignInLink>(`/v1/agents/${one.id}/link`)).url);
    } catch (failure) {
      say(words_for(failure), 'bad');
    }
  };
  const change = async (part: Partial<Agent>) => {
    try {
      await patch(`/v1/agents/${one.id}`, part);
      say(t('agents.changed'));
    } catch (failure) {
      say(words_for(failure), 'bad');
    }
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
  const [errors, set_errors] = useState<FieldErrors>({});
  const [failure, set_failure] = useState<string>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const made = await post<Agent>('/v1/agents', { name, email, role, locale: language });
      const link = await post<SignInLink>(`/v1/agents/${made.id}/link`);
      say(t('agents.made', { name }));
      on_made(link.url);
    } catch (error) {
      set_errors(fields_of(error));
      set_failure(words_for(error));
    }
  };
  return (
    <Dialog title={t('agents.new')} on_close={on_close}>
      <form class="stack" noValidate onSubmit={submit}>
        {failure && <Note tone="breach">{failure}</Note>}
        <TextField id="agent-name" label={t('agents.name')} value={name} on_change={set_name} error={errors['/name']} maxlength={200} focus />
        <TextField id="agent-email" type="email" label={t('agents.email')} value={email} on_change={set_email} error={errors['/email']} />
        <SelectField id="agent-role" label={t('agents.role')} value={role} options={roles.map((one) => ({ value: one.name, label: role_name(one.name) }))} on_change={set_role} error={errors['/role']} />
        <SelectField id="agent-locale" label={t('customer.language')} value={language} options={locale_names.map((one) => ({ value: one, label: locales[one].name }))} on_change={set_language} error={errors['/locale']} />
        <footer class="row end">
          <button type="button" class="button" onClick={on_close}>{t('action.cancel')}</button>
          <button class="button primary">{t('agents.make')}</button>
        </footer>
      </form>
    </Dialog>
  );
}
