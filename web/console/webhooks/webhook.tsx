// One webhook: how it fares, what it was told and what it answered; testing, sending again, a new secret, pausing, deleting.
import { useEffect, useState } from 'preact/hooks';
import { get, patch, post, remove } from '../../sdk/client';
import type { Webhook, WebhookMade } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { subscribe } from '../live';
import { useResource } from '../resource';
import { go, type Parameters } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';
import { Once } from '../shell/once';
import { Head } from '../shell/page';
import { Sure } from '../shell/sure';
import { EndpointForm } from './endpoint_form';
import { Messages } from './messages';
import { WebhookTag } from './webhooks';

export function WebhookPage({ parameters }: { parameters: Parameters }) {
  const id = parameters.id!;
  const webhook = useResource<Webhook>((signal) => get(`/v1/webhooks/${encodeURIComponent(id)}`, { signal }), [id]);
  useEffect(() => subscribe((events) => events.some((event) => event.subject === id) && webhook.reload()), [id, webhook.reload]);
  const found = webhook.value.value;
  return (
    <>
      <Head title={found ? found.description || found.url : t('webhooks.one')} back={{ to: '/settings/webhooks', name: t('webhooks.title') }} below={found && <div class="row"><WebhookTag one={found} /></div>} />
      <Loaded from={webhook}>
        {(one) => (
          <div class="detail">
            <Messages webhook={one} on_change={webhook.reload} />
            <div class="stack">
              <Facts one={one} on_change={webhook.reload} />
              {may('webhooks.manage') && <Verbs one={one} on_change={webhook.reload} />}
            </div>
          </div>
        )}
      </Loaded>
    </>
  );
}

function Facts({ one, on_change }: { one: Webhook; on_change: () => void }) {
  const [editing, set_editing] = useState(false);
  return (
    <section class="card" aria-labelledby="webhook-title">
      <header>
        <h2 id="webhook-title">{t('webhooks.about')}</h2>
        {may('webhooks.manage') && (
          <button type="button" class="button small" onClick={() => set_editing(true)}>
            {t('action.edit')}
          </button>
        )}
      </header>
      <dl class="facts">
        <dt>{t('webhooks.url')}</dt>
        <dd><code class="break">{one.url}</code></dd>
        <dt>{t('webhooks.events')}</dt>
        <dd><code class="break">{one.events.join(' ')}</code></dd>
        <dt>{t('webhooks.succeeded')}</dt>
        <dd>{one.succeeded_at ? <Moment at={one.succeeded_at} exact /> : t('webhooks.never')}</dd>
        {one.failing_since && (
          <>
            <dt>{t('webhooks.failing_since')}</dt>
            <dd><Moment at={one.failing_since} exact /></dd>
          </>
        )}
        {one.old_secret_until && (
          <>
            <dt>{t('webhooks.old_secret')}</dt>
            <dd><Moment at={one.old_secret_until} exact /></dd>
          </>
        )}
      </dl>
      {one.reason && one.state === 'disabled' && <Note tone="breach"><span lang="en" dir="ltr">{one.reason}</span></Note>}
      {editing && (
        <Dialog title={t('webhooks.edit')} on_close={() => set_editing(false)}>
          <EndpointForm
            one={one}
            go={t('action.save')}
            on_cancel={() => set_editing(false)}
            on_save={async (wanted) => {
              await patch(`/v1/webhooks/${one.id}`, { ...wanted, skip_missed: false });
              set_editing(false);
              on_change();
            }}
          />
        </Dialog>
      )}
    </section>
  );
}

function Verbs({ one, on_change }: { one: Webhook; on_change: () => void }) {
  const [secret, set_secret] = useState<string>();
  const change = async (part: { state: Webhook['state']; skip_missed: boolean }) => {
    if (await act(() => patch(`/v1/webhooks/${one.id}`, part), t('agents.changed'))) on_change();
  };
  const rotate = () => act(async () => set_secret((await post<WebhookMade>(`/v1/webhooks/${one.id}/secret`)).secret)).then((done) => done && on_change());
  const drop = async () => {
    if (await act(() => remove(`/v1/webhooks/${one.id}`), t('webhooks.deleted'))) go('/settings/webhooks', 'replace');
  };
  return (
    <section class="card stack" aria-labelledby="verbs-title">
      <h2 id="verbs-title">{t('webhooks.do')}</h2>
      <div class="row">
        <button type="button" class="button small" onClick={() => void act(() => post(`/v1/webhooks/${one.id}/test`), t('webhooks.tested'))}>
          {t('webhooks.test')}
        </button>
        {one.state === 'active' ? (
          <button type="button" class="button small" onClick={() => void change({ state: 'paused', skip_missed: false })}>
            {t('webhooks.pause')}
          </button>
        ) : (
          <>
            <button type="button" class="button small" onClick={() => void change({ state: 'active', skip_missed: false })}>
              {t('webhooks.wake')}
            </button>
            <button type="button" class="button small" onClick={() => void change({ state: 'active', skip_missed: true })}>
              {t('webhooks.wake_anew')}
            </button>
          </>
        )}
        <Sure label={t('webhooks.rotate')} sure={t('webhooks.rotate_sure')} on_sure={() => void rotate()} />
        <Sure label={t('webhooks.delete')} sure={t('webhooks.delete_sure')} on_sure={() => void drop()} />
      </div>
      {one.state !== 'active' && <p class="small muted">{t('webhooks.wake_text')}</p>}
      {secret && <Once title={t('webhooks.secret')} text={secret} on_kept={() => set_secret(undefined)} />}
    </section>
  );
}
