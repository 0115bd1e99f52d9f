// How mail leaves, and a test letter to see that it does.
import { useState } from 'preact/hooks';
import { get, post } from '../../sdk/client';
import type { MailSettings } from '../../sdk/types';
import { TextField } from '../../ui/field';
import { format_number } from '../../ui/format';
import { is_key, locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useResource } from '../resource';
import { useSending } from '../sending';
import { agent, may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Sites } from './sites';
import { Sources } from './sources';

function name_of(member: string): string {
  const key = `mail.${member}`;
  return is_key(key) ? t(key) : member.replaceAll('_', ' ');
}
function shown(value: unknown): string {
  if (typeof value === 'number') return format_number(value, locale.value);
  if (typeof value === 'boolean') return value ? t('mail.yes') : t('mail.no');
  return value === '' || value === null ? t('mail.unset') : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function Sending() {
  const mail = useResource<MailSettings>((signal) => get('/v1/settings/mail', { signal }), []);
  return (
    <AreaFrame title={t('sending.title')}>
      <Loaded from={mail} rows={3}>
        {(found) => (
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
      </Loaded>
      {may('settings.manage') && <Test />}
      <Sites />
      <Sources />
    </AreaFrame>
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
  const sending = useSending(['/to']);
  const submit = () =>
    sending.send(async () => {
      await post('/v1/settings/mail/test', { to });
      say(t('mail.test_sent', { to }));
    });
  return (
    <section class="card" aria-labelledby="test-title">
      <header>
        <h2 id="test-title">{t('mail.test')}</h2>
      </header>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="test-to" type="email" label={t('mail.test_to')} hint={t('mail.test_hint')} value={to} on_change={set_to} error={sending.errors['/to']} />
        <FormFoot sending={sending} go={t('mail.test_send')} quiet />
      </Form>
    </section>
  );
}
