// The authenticator (RFC 6238): shown as a picture and as text, in force once a code from it was right.
import { useState } from 'preact/hooks';
import { post, Problem, put, remove } from '../../sdk/client';
import type { RecoveryCodes, TotpSecret } from '../../sdk/types';
import { Command } from '../../ui/copy';
import { TextField } from '../../ui/field';
import { Qr } from '../../ui/qr';
import { latin_digits } from '../../ui/number';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { fields_of, words_for } from '../problems';
import { session } from '../session';

export function Totp() {
  const [secret, set_secret] = useState<TotpSecret>();
  const [code, set_code] = useState('');
  const [error, set_error] = useState<string>();
  const [recovery, set_recovery] = useState<string[]>();
  const [asks_code, set_asks_code] = useState(false);
  const on = session.value?.agent.has_totp ?? false;
  const mark = (has_totp: boolean) => session.value && (session.value = { ...session.value, agent: { ...session.value.agent, has_totp } });

  const begin = async () => {
    try {
      const found = await post<TotpSecret>('/v1/agents/me/totp');
      set_secret(found);
    } catch (failure) {
      say(words_for(failure), 'bad');
    }
  };
  const confirm = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const done = await put<RecoveryCodes>('/v1/agents/me/totp', { code: code.replace(/\s/g, '') });
      set_recovery(done.recovery_codes);
      mark(true);
      set_secret(undefined);
      set_code('');
      say(t('totp.on_now'));
    } catch (failure) {
      set_error(fields_of(failure)['/code'] ?? words_for(failure));
    }
  };
  const off = async (event?: SubmitEvent) => {
    event?.preventDefault();
    try {
      await remove('/v1/agents/me/totp', { query: { code: code.replace(/\s/g, '') || undefined } });
      mark(false);
      set_asks_code(false);
      set_code('');
      say(t('totp.off_now'));
    } catch (failure) {
      if (failure instanceof Problem && failure.code === 'totp_code_needed') set_asks_code(true);
      else set_error(words_for(failure));
    }
  };
  return (
    <section class="card" aria-labelledby="totp-title">
      <header>
        <h2 id="totp-title">{t('totp.title')}</h2>
        <span class={`tag ${on ? 'assured' : 'quiet'}`}>{on ? t('totp.on') : t('totp.off')}</span>
      </header>
      <div class="stack">
        <p class="muted">{t('totp.text')}</p>
        {recovery && (
          <div class="stack tight" aria-live="polite">
            <h3>{t('totp.recovery')}</h3>
            <p>{t('totp.recovery_text')}</p>
            <Command text={recovery.join('\n')} />
          </div>
        )}
        {secret ? (
          <form class="totp" noValidate onSubmit={confirm}>
            <Qr text={secret.uri} label={t('totp.picture')} />
            <div class="stack">
              <p>{t('totp.scan')}</p>
              <Command text={secret.secret} />
              <TextField id="totp-code" label={t('totp.code')} value={code} on_change={(text) => set_code(latin_digits(text))} error={error} inputmode="numeric" autocomplete="one-time-code" direction="ltr" />
              <div class="row end">
                <button type="button" class="button" onClick={() => set_secret(undefined)}>{t('action.cancel')}</button>
                <button class="button primary">{t('totp.confirm')}</button>
              </div>
            </div>
          </form>
        ) : asks_code ? (
          <form class="stack" noValidate onSubmit={off}>
            <TextField id="totp-off" label={t('totp.code')} value={code} on_change={(text) => set_code(latin_digits(text))} error={error} inputmode="numeric" autocomplete="one-time-code" direction="ltr" focus />
            <div class="row end"><button class="button danger">{t('totp.turn_off')}</button></div>
          </form>
        ) : on ? (
          <div class="row end"><button type="button" class="button danger" onClick={() => void off()}>{t('totp.turn_off')}</button></div>
        ) : (
          <div class="row end"><button type="button" class="button" onClick={() => void begin()}>{t('totp.turn_on')}</button></div>
        )}
      </div>
    </section>
  );
}
