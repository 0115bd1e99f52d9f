// Where a webhook sends to and what: all of a noun, or single kinds of events.
import { useState } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { Page, Webhook, WebhookEvent } from '../../sdk/types';
import { Check, FieldError, TextField } from '../../ui/field';
import { is_key, t } from '../../ui/text';
import { error_at } from '../problems';
import { useResource } from '../resource';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';

export interface Endpoint {
  url: string;
  description: string;
  events: string[];
}

interface EndpointFormProps {
  one?: Webhook;
  go: string;
  on_save: (wanted: Endpoint) => Promise<void>;
  on_cancel: () => void;
}

export function event_words(event: WebhookEvent): string {
  const key = `webhooks.on_${event.pattern.replace('.*', '')}`;
  return is_key(key) ? t(key) : event.words;
}

export function EndpointForm({ one, go, on_save, on_cancel }: EndpointFormProps) {
  const kinds = useResource<Page<WebhookEvent>>((signal) => get('/v1/webhooks/events', { signal }), []);
  const known = new Set(kinds.value.value?.items.map((event) => event.pattern));
  const [url, set_url] = useState(one?.url ?? '');
  const [description, set_description] = useState(one?.description ?? '');
  const [events, set_events] = useState<string[]>(one?.events ?? ['delivery.*']);
  const single = events.filter((event) => event !== '*' && !known.has(event)).join(' ');
  const [typed, set_typed] = useState<string>();
  const sending = useSending(['/url', '/description', '/events']);
  const all = events.includes('*');
  const submit = () =>
    sending.send(() => {
      const wanted = [...events.filter((event) => event === '*' || known.has(event)), ...(typed ?? single).split(/[\s,]+/).filter(Boolean)];
      return on_save({ url, description, events: wanted });
    });
  return (
    <Form sending={sending} on_submit={() => void submit()}>
      <TextField id="webhook-url" label={t('webhooks.url')} hint={t('webhooks.url_hint')} direction="ltr" value={url} on_change={set_url} error={sending.errors['/url']} maxlength={2000} focus />
      <TextField id="webhook-description" label={t('webhooks.description')} optional value={description} on_change={set_description} error={sending.errors['/description']} maxlength={200} />
      <fieldset aria-describedby={error_at(sending.errors, '/events') ? 'events-wrong' : undefined}>
        <legend>{t('webhooks.events')}</legend>
        <Check id="event-all" label={t('webhooks.on_all')} checked={all} on_change={(on) => set_events(on ? ['*'] : [])} />
        {!all && (
          <Loaded from={kinds} rows={3}>
            {({ items }) => items.map((event) => <Check key={event.pattern} id={`event-${event.pattern}`} label={event_words(event)} checked={events.includes(event.pattern)} on_change={(on) => set_events(on ? [...events, event.pattern] : events.filter((other) => other !== event.pattern))} />)}
          </Loaded>
        )}
        <FieldError id="events-wrong" error={error_at(sending.errors, '/events')} />
      </fieldset>
      {!all && <TextField id="webhook-single" label={t('webhooks.single')} hint={t('webhooks.single_hint')} optional direction="ltr" value={typed ?? single} on_change={set_typed} />}
      <FormFoot sending={sending} go={go} on_cancel={on_cancel} />
    </Form>
  );
}
