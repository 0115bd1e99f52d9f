// Mailboxes elsewhere whose mails are fetched for one of ours.
import { useState } from 'preact/hooks';
import { get, patch, post, remove } from '../../../sdk/client';
import type { Mailbox, PickUp } from '../../../sdk/conversations';
import { Dialog } from '../../../ui/dialog';
import { Check, NumberField, SelectField, TextField } from '../../../ui/field';
import { t, type Key } from '../../../ui/text';
import { Moment } from '../../../ui/time';
import { say } from '../../../ui/toast';
import { act, useSending } from '../../sending';
import { Form, FormFoot } from '../../shell/form';
import { Sure } from '../../shell/sure';

export const list_pickups = (signal?: AbortSignal): Promise<{ items: PickUp[] }> => get('/v1/mail-pickups', { signal });

const states = { off: 'muted', connecting: 'muted', following: 'assured', trouble: 'warning' } as const;
const state_words: Record<PickUp['state'], Key> = { off: 'pickup.state.off', connecting: 'pickup.state.connecting', following: 'pickup.state.following', trouble: 'pickup.state.trouble' };
const trouble_words: Record<string, Key | undefined> = {
  cannot_connect: 'pickup.trouble.cannot_connect',
  tls_failed: 'pickup.trouble.tls_failed',
  sign_in_refused: 'pickup.trouble.sign_in_refused',
  no_such_folder: 'pickup.trouble.no_such_folder',
  lost: 'pickup.trouble.lost',
  not_understood: 'pickup.trouble.not_understood',
};
function words_for_trouble(one: PickUp): string {
  const key = trouble_words[one.trouble_code ?? ''];
  return key ? t(key) : (one.trouble ?? '');
}

export function PickUpLine({ one, on_edit, on_change }: { one: PickUp; on_edit: () => void; on_change: () => void }) {
  const at = `/v1/mail-pickups/${one.id}`;
  const check = async () => {
    await act(async () => {
      const { messages } = await post<{ messages: number }>(`${at}/check`);
      say(t('pickup.checked', { count: messages }));
    });
    on_change();
  };
  const turn = async () => {
    if (await act(() => patch(at, { enabled: !one.enabled }), t('pickup.saved'))) on_change();
  };
  const drop = async () => {
    if (await act(() => remove(at), t('pickup.removed'))) on_change();
  };
  return (
    <div class="row apart small">
      <span class="grow">
        <span class={`tag ${states[one.state]}`}>{t(state_words[one.state])}</span>{' '}
        <bdi class="ltr break">{one.login} · {one.host}:{one.port} · {one.folder}</bdi>
        <span class="muted block">
          {one.took > 0 && t('pickup.took', { count: one.took })}
          {one.took_at && <> · <Moment at={one.took_at} /></>}
        </span>
        {one.trouble_code && (
          <span class="block" title={one.trouble}>
            {words_for_trouble(one)} {one.trouble_at && <Moment at={one.trouble_at} />}
          </span>
        )}
      </span>
      <span class="row">
        <button type="button" class="button small" onClick={() => void check()}>{t('pickup.check')}</button>
        <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
        <button type="button" class="button small" onClick={() => void turn()}>{t(one.enabled ? 'pickup.stop' : 'pickup.start')}</button>
        <Sure label={t('pickup.remove')} sure={t('pickup.remove_sure')} on_sure={() => void drop()} />
      </span>
    </div>
  );
}

const securities = (): { value: string; label: string }[] => [{ value: 'tls', label: t('pickup.security.tls') }, { value: 'starttls', label: 'STARTTLS' }, { value: 'none', label: t('pickup.security.none') }];
const usual_port = (security: string): string => (security === 'tls' ? '993' : '143');

export function EditPickUp({ box, one, on_close, on_done }: { box: Mailbox; one: PickUp | undefined; on_close: () => void; on_done: () => void }) {
  const [host, set_host] = useState(one?.host ?? '');
  const [security, set_security] = useState<string>(one?.security ?? 'tls');
  const [port, set_port] = useState(String(one?.port ?? 993));
  const [login, set_login] = useState(one?.login ?? box.address);
  const [password, set_password] = useState('');
  const [folder, set_folder] = useState(one?.folder ?? 'INBOX');
  const [mark_seen, set_mark_seen] = useState(one?.mark_seen ?? false);
  const [from_now, set_from_now] = useState(true);
  const sending = useSending(['/host', '/port', '/security', '/login', '/password', '/folder']);
  const { errors } = sending;
  const choose = (wanted: string) => {
    if (port === usual_port(security)) set_port(usual_port(wanted));
    set_security(wanted);
  };
  const submit = () =>
    sending.send(async () => {
      const words = { host: host.trim(), port: Number(port), security, login: login.trim(), folder: folder.trim() || 'INBOX', mark_seen, ...(password ? { password } : {}) };
      if (one) await patch(`/v1/mail-pickups/${one.id}`, words);
      else await post('/v1/mail-pickups', { ...words, address: box.address, from_now });
      say(t('pickup.saved'));
      on_close();
      on_done();
    });
  return (
    <Dialog title={t('pickup.title', { mailbox: box.name })} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <p class="muted">{t('pickup.text')}</p>
        <TextField id="pickup-host" label={t('pickup.host')} direction="ltr" value={host} on_change={set_host} error={errors['/host']} maxlength={253} focus />
        <div class="columns">
          <SelectField id="pickup-security" label={t('pickup.security')} value={security} options={securities()} on_change={choose} error={errors['/security']} />
          <NumberField id="pickup-port" label={t('pickup.port')} value={port} on_change={set_port} error={errors['/port']} maxlength={5} />
        </div>
        <TextField id="pickup-login" label={t('pickup.login')} direction="ltr" value={login} on_change={set_login} error={errors['/login']} maxlength={200} />
        <TextField id="pickup-password" type="password" label={t('sign_in.password')} direction="ltr" optional={Boolean(one)} hint={one ? t('pickup.password_kept') : undefined} value={password} on_change={set_password} error={errors['/password']} maxlength={500} />
        <TextField id="pickup-folder" label={t('pickup.folder')} direction="auto" value={folder} on_change={set_folder} error={errors['/folder']} maxlength={200} />
        <Check id="pickup-seen" label={t('pickup.mark_seen')} checked={mark_seen} on_change={set_mark_seen} />
        {!one && <Check id="pickup-all" label={t('pickup.all')} hint={t('pickup.all_hint')} checked={!from_now} on_change={(all) => set_from_now(!all)} />}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
