// After a one-time link: choose a password, or go on without one until the next link.
import { useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import { TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { fields_of, words_for } from '../problems';
import { go } from '../router';
import { agent } from '../session';
import { Note } from '../shell/note';
import { Sheet } from './sheet';

export const least_password = 12;

export function SetPassword() {
  const [password, set_password] = useState('');
  const [again, set_again] = useState('');
  const [error, set_error] = useState<string>();
  const [fields, set_fields] = useState<Record<string, string>>({});
  const [busy, set_busy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    set_error(undefined);
    if (password.length < least_password) return set_fields({ '/password': t('password.too_short', { least: least_password }) });
    if (password !== again) return set_fields({ '/again': t('password.differ') });
    set_fields({});
    set_busy(true);
    try {
      await post('/v1/agents/me/password', { password });
      say(t('password.done'));
      go('/deliveries', 'replace');
    } catch (failure) {
      set_error(words_for(failure));
      set_fields(fields_of(failure));
    } finally {
      set_busy(false);
    }
  };

  return (
    <Sheet title={t('password.title')}>
      <form class="stack" onSubmit={submit} noValidate>
        <p class="muted">{t('password.text', { name: agent.value?.name ?? '' })}</p>
        {error && <Note tone="breach">{error}</Note>}
        <input type="hidden" autocomplete="username" value={agent.value?.email ?? ''} />
        <TextField id="password" type="password" label={t('password.new')} hint={t('password.hint', { least: least_password })} value={password} on_change={set_password} autocomplete="new-password" error={fields['/password']} focus />
        <TextField id="again" type="password" label={t('password.again')} value={again} on_change={set_again} autocomplete="new-password" error={fields['/again']} />
        <button class="button primary" disabled={busy}>
          {t('password.save')}
        </button>
        <button type="button" class="link small" onClick={() => go('/deliveries', 'replace')}>
          {t('password.later')}
        </button>
      </form>
    </Sheet>
  );
}
