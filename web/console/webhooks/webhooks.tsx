// Webhooks: the systems that hear of what happens, and how each fares.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import WebhookIcon from 'icon:webhook';
import type { Webhook, WebhookMade } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { post } from '../../sdk/client';
import { usePaged } from '../paged';
import { base } from '../router';
import { may } from '../session';
import { useActions } from '../shell/actions';
import { AreaFrame } from '../shell/area_frame';
import { Listing } from '../shell/listing';
import { Once } from '../shell/once';
import { EndpointForm } from './endpoint_form';

const tones: Record<Webhook['state'], string> = { active: 'assured', paused: 'quiet', disabled: 'breach' };

export function WebhookTag({ one }: { one: Webhook }) {
  const failing = one.state === 'active' && one.failing_since !== undefined;
  return <span class={`tag ${failing ? 'warning' : tones[one.state]}`}>{t(failing ? 'webhooks.failing' : `webhooks.${one.state}`)}</span>;
}

export function Webhooks() {
  const list = usePaged<Webhook>('/v1/webhooks', {}, (event) => event.kind.startsWith('webhook.'));
  const [making, set_making] = useState(false);
  const [made, set_made] = useState<WebhookMade>();
  const manages = may('webhooks.manage');
  useActions(() => (manages ? [{ id: 'new-webhook', name: t('webhooks.new'), group: 'group.actions', keys: 'n', run: () => set_making(true) }] : []), [manages]);
  return (
    <AreaFrame
      narrow
      title={t('webhooks.title')}
      action={
        manages && (
          <button type="button" class="button primary" onClick={() => set_making(true)}>
            <Plus size={16} /> {t('webhooks.new')}
          </button>
        )
      }
    >
      {made && <Once title={t('webhooks.secret_of', { url: made.webhook.url })} text={made.secret} on_kept={() => set_made(undefined)} />}
      <Listing
        list={list}
        rows={3}
        empty={
          <Empty icon={WebhookIcon} title={t('webhooks.none')}>
            <p>{t('webhooks.none_text')}</p>
          </Empty>
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('webhooks.title')}>
            {items.map((one) => (
              <li key={one.id}>
                <a class="webhook-row" data-row href={`${base}/settings/webhooks/${one.id}`}>
                  <span class="letter-what">
                    <strong class="one-line"><bdi>{one.description || one.url}</bdi></strong>
                    <span class="small muted one-line">
                      {one.description && (
                        <>
                          <bdi class="ltr">{one.url}</bdi>
                          {' · '}
                        </>
                      )}
                      <bdi class="ltr">{one.events.join(' ')}</bdi>
                    </span>
                    <span class="small muted">
                      {one.succeeded_at ? (
                        <>
                          {t('webhooks.succeeded')} <Moment at={one.succeeded_at} />
                        </>
                      ) : (
                        t('webhooks.never')
                      )}
                      {one.behind > 0 && <> · {t('webhooks.behind', { count: one.behind })}</>}
                    </span>
                  </span>
                  <WebhookTag one={one} />
                </a>
              </li>
            ))}
          </ul>
        )}
      </Listing>
      {making && (
        <Dialog title={t('webhooks.new')} on_close={() => set_making(false)}>
          <EndpointForm
            go={t('webhooks.make')}
            on_cancel={() => set_making(false)}
            on_save={async (wanted) => {
              set_made(await post<WebhookMade>('/v1/webhooks', wanted));
              set_making(false);
              void list.load();
            }}
          />
        </Dialog>
      )}
    </AreaFrame>
  );
}
