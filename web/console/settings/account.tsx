// My account: language and colours, password, the authenticator, signing out.
import { useState } from 'preact/hooks';
import LogOut from 'icon:log-out';
import { post } from '../../sdk/client';
import { TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useSending } from '../sending';
import { agent, sign_out } from '../session';
import { Identities } from '../sign-in/providers';
import { least_password } from '../sign-in/set_password';
import { role_name } from './agents';
import { LanguageMenu, SchemeMenu } from './choices';
import { AreaFrame } from '../shell/area_frame';
import { Form, FormFoot } from '../shell/form';
import { Sessions } from './sessions';
import { Totp } from './totp';

export function Account() {
  return (
    <AreaFrame narrow title={t('settings.account')}>
      <section class="card">
        <div class="row apart">
          <span class="grow">
            <strong><bdi>{agent.value?.name}</bdi></strong>
            <span class="muted small block">
              <bdi class="ltr">{agent.value?.email}</bdi> · {role_name(agent.value?.role ?? '')}
            </span>
          </span>
          <button type="button" class="button" onClick={() => void sign_out()}>
            <LogOut size={16} class="turns" /> {t('account.sign_out')}
          </button>
        </div>
      </section>
      <section class="card" aria-labelledby="looks-title">
        <header>
          <h2 id="looks-title">{t('account.looks')}</h2>
        </header>
        <div class="columns">
          <LanguageMenu />
          <SchemeMenu />
        </div>
      </section>
      <Password />
      <Totp />
      <Identities />
      <Sessions />
    </AreaFrame>
  );
}

function Password() {
  const [current, set_current] = useState('');
  const [password, set_password] = useState('');
  const [again, set_again] = useState('');
  const sending = useSending(['/current', '/password', '/again']);
  const { errors } = sending;
  const submit = async () => {
    if (password.length < least_password) return sending.find({ '/password': t('password.too_short', { least: least_password }) });
    if (password !== again) return sending.find({ '/again': t('password.differ') });
    await sending.send(async () => {
      await post('/v1/agents/me/password', { password, ...(current ? { current } : {}) });
      say(t('password.done'));
      set_current('');
      set_password('');
      set_again('');
    });
  };
  return (
    <section class="card" aria-labelledby="password-title">
      <header>
        <h2 id="password-title">{t('password.change')}</h2>
      </header>
      <Form sending={sending} on_submit={() => void submit()}>
        <input type="text" hidden autocomplete="username" value={agent.value?.email ?? ''} readOnly />
        <TextField id="current" type="password" label={t('password.current')} value={current} on_change={set_current} autocomplete="current-password" error={errors['/current']} />
        <div class="columns">
          <TextField id="password" type="password" label={t('password.new')} hint={t('password.hint', { least: least_password })} value={password} on_change={set_password} autocomplete="new-password" error={errors['/password']} />
          <TextField id="again" type="password" label={t('password.again')} value={again} on_change={set_again} autocomplete="new-password" error={errors['/again']} />
        </div>
        <FormFoot sending={sending} go={t('password.save')} quiet />
      </Form>
    </section>
  );
}
