// The delivery log of a webhook: each message, its attempts with the answers, and sending it again.
import { useState } from 'preact/hooks';
import Inbox from 'icon:inbox';
import { get, post } from '../../sdk/client';
import type { MessagesReplayed, Webhook, WebhookMessage, WebhookMessageDetail } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { CopyButton } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { format_number, to_local_input } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { event_name } from '../customers/timeline';
import { usePaged, type Paged } from '../paged';
import { useResource } from '../resource';
import { act, useSending } from '../sending';
import { may } from '../session';
import { FilterChips, filter_of } from '../shell/filters';
import { Form, FormFoot } from '../shell/form';
import { Listing, Loaded } from '../shell/listing';
import { Subject } from '../shell/subject';

const states = ['queued', 'attempting', 'delivered', 'failed'] as const;
const tones: Record<WebhookMessage['state'], string> = { queued: 'quiet', attempting: '', delivered: 'assured', failed: 'breach' };

function MessageTag({ one }: { one: WebhookMessage }) {
  return <span class={`tag ${tones[one.state]}`}>{t(`webhooks.message_${one.state}`)}</span>;
}

export function Messages({ webhook, on_change }: { webhook: Webhook; on_change: () => void }) {
  const state = filter_of('state');
  const list = usePaged<WebhookMessage>(`/v1/webhooks/${webhook.id}/messages`, { state }, () => true);
  const [shown, set_shown] = useState<string>();
  const [replaying, set_replaying] = useState(false);
  return (
    <section class="stack" aria-labelledby="log-title">
      <div class="row apart">
        <h2 id="log-title">{t('webhooks.log')}</h2>
        <span class="row">
          <button type="button" class="button small" onClick={() => void list.load()}>
            {t('action.reload')}
          </button>
          {may('webhooks.manage') && (
            <button type="button" class="button small" onClick={() => set_replaying(true)}>
              {t('webhooks.replay_failed')}
            </button>
          )}
        </span>
      </div>
      <FilterChips name="state" label={t('outbox.filter')} all={t('outbox.all')} options={states.map((one) => ({ value: one, label: t(`webhooks.message_${one}`) }))} />
      <Listing list={list} rows={4} empty={<Empty icon={Inbox} title={t('webhooks.no_messages')} />}>
        {(items) => (
          <ul class="list-frame rows" aria-label={t('webhooks.log')}>
            {items.map((one) => (
              <li key={one.id}>
                <button type="button" class="webhook-row" data-row onClick={() => set_shown(one.id)}>
                  <span class="letter-what">
                    <strong class="one-line">{event_name(one.kind)}</strong>
                    <span class="small muted">
                      <bdi class="ltr">{one.kind}</bdi> · <Moment at={one.created_at} /> · {t('letters.attempts', { count: one.attempts })}
                      {one.next_at && one.state === 'queued' && one.attempts > 0 && (
                        <>
                          {' · '}
                          {t('outbox.next')} <Moment at={one.next_at} />
                        </>
                      )}
                    </span>
                    {one.last_error && <span class="small muted ltr one-line" lang="en">{one.last_error}</span>}
                  </span>
                  <MessageTag one={one} />
                </button>
              </li>
            ))}
          </ul>
        )}
      </Listing>
      {shown && <Detail webhook={webhook} id={shown} list={list} on_close={() => set_shown(undefined)} />}
      {replaying && (
        <ReplayFailed
          webhook={webhook}
          on_close={() => set_replaying(false)}
          on_done={() => {
            set_replaying(false);
            void list.load();
            on_change();
          }}
        />
      )}
    </section>
  );
}

// The body as it was signed, with line breaks for people.
function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}

// What waits for its next attempt is sent anyway.
const is_over = (found: WebhookMessageDetail | undefined): boolean => found?.message.state === 'delivered' || found?.message.state === 'failed';

function Detail({ webhook, id, list, on_close }: { webhook: Webhook; id: string; list: Paged<WebhookMessage>; on_close: () => void }) {
  const at = `/v1/webhooks/${webhook.id}/messages/${id}`;
  const detail = useResource<WebhookMessageDetail>((signal) => get(at, { signal }), [at]);
  const again = async () => {
    if (!(await act(() => post(`${at}/replay`), t('webhooks.replayed')))) return;
    void list.load();
    on_close();
  };
  return (
    <Dialog title={t('webhooks.message')} on_close={on_close} wide>
      <Loaded from={detail}>
        {({ message, body, tries }) => (
          <div class="stack">
            <dl class="facts">
              <dt>{t('sites.state')}</dt>
              <dd><MessageTag one={message} /></dd>
              <dt>{t('audit.what')}</dt>
              <dd><code>{message.kind}</code></dd>
              <dt>{t('audit.subject')}</dt>
              <dd><Subject subject={message.subject} /></dd>
              <dt>{t('delivery.identifier')}</dt>
              <dd class="row">
                <code>{message.id}</code> <CopyButton text={message.id} />
              </dd>
            </dl>
            <section class="stack tight" aria-labelledby="body-title">
              <h3 id="body-title">{t('webhooks.body')}</h3>
              <pre class="code" tabIndex={0} dir="ltr">{readable(body)}</pre>
            </section>
            <section class="stack tight" aria-labelledby="tries-title">
              <h3 id="tries-title">{t('webhooks.tries')}</h3>
              {!tries.length && <p class="muted">{t('webhooks.no_tries')}</p>}
              <ol class="lines">
                {tries.map((one) => (
                  <li key={one.number} class="stack tight">
                    <span class="row apart">
                      <span>
                        <strong>{one.status ?? t('webhooks.no_answer')}</strong> <span class="muted small">{t('webhooks.took', { ms: format_number(one.duration_ms, locale.value) })}</span>
                      </span>
                      <span class="small muted"><Moment at={one.started_at} exact /></span>
                    </span>
                    {one.error && <span class="small tone-breach ltr" lang="en">{one.error}</span>}
                    {one.answer && <pre class="code" tabIndex={0} dir="ltr">{one.answer}</pre>}
                  </li>
                ))}
              </ol>
            </section>
          </div>
        )}
      </Loaded>
      <footer>
        {may('webhooks.manage') && is_over(detail.value.value) && (
          <button type="button" class="button" onClick={() => void again()}>
            {t('outbox.retry')}
          </button>
        )}
        <button type="button" class="button" onClick={on_close}>
          {t('action.close')}
        </button>
      </footer>
    </Dialog>
  );
}

function ReplayFailed({ webhook, on_close, on_done }: { webhook: Webhook; on_close: () => void; on_done: () => void }) {
  const [since, set_since] = useState(to_local_input(new Date(Date.now() - 86_400_000)));
  const sending = useSending(['/since']);
  const submit = () =>
    sending.send(async () => {
      const done = await post<MessagesReplayed>(`/v1/webhooks/${webhook.id}/replay`, { since: new Date(since).toISOString() });
      say(t('webhooks.replayed_many', { count: done.messages }));
      on_done();
    });
  return (
    <Dialog title={t('webhooks.replay_failed')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="since" type="datetime-local" label={t('webhooks.since')} value={since} on_change={set_since} error={sending.errors['/since']} focus />
        <FormFoot sending={sending} go={t('outbox.retry')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
