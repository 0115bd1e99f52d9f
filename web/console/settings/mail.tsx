// How mail leaves, and a test letter to see that it does.
import { useState } from 'preact/hooks';
import { get, post } from '../../sdk/client';
import type { MailSettings } from '../../sdk/types';
import { Failed, Loading } from '../../ui/blank';
import { TextField } from '../../ui/field';
import { format_number } from '../../ui/format';
import { is_key, locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { fields_of, words_for } from '../problems';
import { useResource } from '../resource';
import { agent, may } from '../session';
import { SettingsFrame } from './frame';

function name_of(member: string): string {
  const key = `mail.${member}`;
  return is_key(key) ? t(key) : member.replaceAll('_', ' ');
}
function shown(value: unknown): string {
  if (typeof value === 'number') return format_number(value, locale.value);
  if (typeof value === 'boolean') return value ? t('mail.yes') : t('mail.no');
  return value === '' || value === null ? t('mail.unset') : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function MailPage() {
  const { value, error, reload } = useResource<MailSettings>((signal) => get('/v1/settings/mail', { signal }), []);
  const found = value.value;
  return (
    <SettingsFrame title={t('settings.mail')}>
      {!found ? (
        error.value ? <Failed text={error.value} retry={reload} /> : <Loading rows={3} />
      ) : (
        <section class="card" aria-labelledby="mail-title">
          <header>
            <h2 id="mail-title">{t('mail.title')}</h2>
          </header>
          <dl class="facts">
            {Object.entries(found).map(([member, setting]) => (
              <Row key={member} name={name_of(member)} value={shown(setting)} />
            ))}
          </dl>
          <p class="muted small">{t('mail.where')}</p>
        </section>
      )}
      {may('settings.manage') && <Test />}
    </SettingsFrame>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd><bdi>{value}</bdi></dd>
    </>
  );
}

function Test() {
  const [to, set_to] = useState(agent.value?.email ?? '');
  const [error, set_error] = useState<string>();
  const [busy, set_busy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    set_busy(true);
    set_error(undefined);
    try {
      await post('/v1/settings/mail/test', { to });
      say(t('mail.test_sent', { to }));
    } catch (failure) {
      set_error(fields_of(failure)['/to'] ?? words_for(failure));
    } finally {
      set_busy(false);
    }
  };
  return (
    <section class="card" aria-labelledby="test-title">
      <header>
        <h2 id="test-title">{t('mail.test')}</h2>
      </header>
      <form class="stack" noValidate onSubmit={submit}>
        <TextField id="test-to" type="email" label={t('mail.test_to')} hint={t('mail.test_hint')} value={to} on_change={set_to} error={error} />
        <div class="row end">
          <button class="button primary" disabled={busy}>
            {t('mail.test_send')}
          </button>
        </div>
      </form>
    </section>
  );
}
