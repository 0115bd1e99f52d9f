// Signing in: e-mail and password, then the code of the authenticator where one is set; or a one-time link (#token=…).
import { useEffect, useState } from 'preact/hooks';
import ArrowRight from 'icon:arrow-right';
import Loader from 'icon:loader-circle';
import { post, Problem } from '../../sdk/client';
import type { Session } from '../../sdk/types';
import { TextField } from '../../ui/field';
import { latin_digits } from '../../ui/number';
import { t } from '../../ui/text';
import { fields_of, words_for } from '../problems';
import { go, place } from '../router';
import { agent, begin, known } from '../session';
import { Note } from '../shell/note';
import { ReturnedProblem, SignInWith } from './providers';
import { Sheet } from './sheet';

function leave(): void {
  const next = place.value.query.get('next');
  go(next?.startsWith('/') && !next.startsWith('//') ? next : '/deliveries', 'replace');
}

// After a one-time link: whoever has no password yet is asked to choose one.
function arrive(): void {
  if (agent.value?.has_password) leave();
  else go('/set-password', 'replace');
}

export function SignIn() {
  const [email, set_email] = useState('');
  const [password, set_password] = useState('');
  const [code, set_code] = useState('');
  const [asks_code, set_asks_code] = useState(false);
  const [token, set_token] = useState<string>();  // of a one-time link
  const [busy, set_busy] = useState(false);
  const [error, set_error] = useState<string>();
  const [fields, set_fields] = useState<Record<string, string>>({});

  const attempt = async (work: () => Promise<Session>, then: () => void) => {
    set_busy(true);
    set_error(undefined);
    set_fields({});
    try {
      await begin(await work());
      then();
    } catch (failure) {
      if (failure instanceof Problem && failure.code === 'totp_required') set_asks_code(true);
      else {
        set_error(words_for(failure));
        set_fields(fields_of(failure));
      }
    } finally {
      set_busy(false);
    }
  };

  useEffect(() => {
    const from_link = new URLSearchParams(location.hash.slice(1)).get('token');
    if (!from_link) {
      if (known.value === 'somebody') leave();
      return;
    }
    history.replaceState(null, '', location.pathname + location.search);
    set_token(from_link);
    void attempt(() => post<Session>('/v1/session/link', { token: from_link }), arrive);
  }, []);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const totp = asks_code ? { totp: code.replace(/\s/g, '') } : {};
    if (token && asks_code) void attempt(() => post<Session>('/v1/session/link', { token, ...totp }), arrive);
    else void attempt(() => post<Session>('/v1/session', { email, password, ...totp }), leave);
  };

  return (
    <Sheet title={asks_code ? t('sign_in.code_title') : t('sign_in.title')}>
      <form class="stack" onSubmit={submit} noValidate>
        {error ? <Note tone="breach">{error}</Note> : <ReturnedProblem />}
        {asks_code ? (
          <>
            <p class="muted">{t('sign_in.code_text')}</p>
            <TextField id="totp" label={t('sign_in.code')} value={code} on_change={(text) => set_code(latin_digits(text))} inputmode="numeric" autocomplete="one-time-code" direction="ltr" error={fields['/totp']} focus />
          </>
        ) : (
          <>
            <TextField id="email" type="email" label={t('sign_in.email')} value={email} on_change={set_email} autocomplete="username" error={fields['/email']} focus required />
            <TextField id="password" type="password" label={t('sign_in.password')} value={password} on_change={set_password} autocomplete="current-password" error={fields['/password']} required />
          </>
        )}
        <button class="button primary" disabled={busy}>
          {busy ? <Loader size={16} class="spin" /> : null}
          {t('sign_in.go')}
          {busy ? null : <ArrowRight size={16} class="turns" />}
        </button>
        {asks_code && (
          <button type="button" class="link small" onClick={() => { set_asks_code(false); set_token(undefined); set_code(''); }}>
            {t('sign_in.other')}
          </button>
        )}
        {!asks_code && <SignInWith />}
        <p class="muted small">{t('sign_in.help')}</p>
      </form>
    </Sheet>
  );
}
