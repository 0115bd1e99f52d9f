// Beside the thread: the conversation's fields, and what systems know of its customer.
import { useState } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { ConversationDetail } from '../../sdk/conversations';
import type { Attribute, CustomerAttributes } from '../../sdk/desk';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { subscribe } from '../live';
import { useResource } from '../resource';
import { useSending } from '../sending';
import { may } from '../session';
import { Form, FormFoot } from '../shell/form';
import * as api from '../inbox/api';
import { useEffect } from 'preact/hooks';
import { fields } from './kept';
import { ValueField, shown_value, text_of, value_of } from './value';

// Those of its team, and those that have a value.
function fields_for(conversation: ConversationDetail) {
  return fields.value.filter((one) => conversation.fields?.[one.key] !== undefined || (!one.retired && (!one.teams.length || one.teams.includes(conversation.team ?? ''))));
}

export function Fields({ conversation, on_change }: { conversation: ConversationDetail; on_change: () => void }) {
  const [editing, edit] = useState(false);
  const shown = fields_for(conversation);
  if (!shown.length) return null;
  const can = may('conversations.reply') && conversation.state !== 'merged' && !conversation.erased;
  return (
    <section class="side-part" aria-labelledby="fields-title">
      <div class="row apart">
        <h3 id="fields-title">{t('fields.title')}</h3>
        {can && <button type="button" class="button small" onClick={() => edit(true)}>{t('action.edit')}</button>}
      </div>
      <dl class="facts small">
        {shown.map((one) => [<dt key={`${one.id}-name`}><bdi>{one.name}</bdi>{one.required && ' *'}</dt>, <dd key={one.id}><bdi>{shown_value(one, conversation.fields?.[one.key])}</bdi></dd>])}
      </dl>
      {editing && <Edit conversation={conversation} on_close={() => edit(false)} on_done={on_change} />}
    </section>
  );
}

function Edit({ conversation, on_close, on_done }: { conversation: ConversationDetail; on_close: () => void; on_done: () => void }) {
  const shown = fields_for(conversation).filter((one) => !one.retired);
  const [texts, set_texts] = useState<Record<string, string>>(() => Object.fromEntries(shown.map((one) => [one.key, text_of(conversation.fields?.[one.key])])));
  const sending = useSending(shown.map((one) => `/fields/${one.key}`));
  const submit = () => {
    const changed = shown.filter((one) => texts[one.key] !== text_of(conversation.fields?.[one.key]));
    if (!changed.length) return on_close();
    void sending.send(async () => {
      await api.change(conversation.id, conversation.version, { fields: Object.fromEntries(changed.map((one) => [one.key, value_of(one, texts[one.key] ?? '') ?? null])) });
      on_close();
      on_done();
    });
  };
  return (
    <Dialog title={t('fields.title')} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        {shown.map((one) => <ValueField key={one.id} shape={one} id={`value-${one.key}`} optional={!one.required} value={texts[one.key] ?? ''} error={sending.errors[`/fields/${one.key}`]} on_change={(text) => set_texts({ ...texts, [one.key]: text })} />)}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

export function Attributes({ customer }: { customer: string }) {
  const schema = useResource<{ attributes: Attribute[] }>((signal) => get('/v1/customer-attributes', { signal }), []);
  const known = useResource<CustomerAttributes>((signal) => get(`/v1/customers/${customer}/attributes`, { signal }), [customer]);
  useEffect(() => subscribe((events) => events.some((event) => event.subject === customer || /^(segment|attributes)\./.test(event.kind)) && known.reload()), [customer]);
  const found = known.value.value;
  const shown = (schema.value.value?.attributes ?? []).filter((one) => found?.values[one.key] !== undefined);
  if (!found || (!shown.length && !found.segments.length)) return null;
  return (
    <section class="side-part" aria-labelledby="attributes-title">
      <h3 id="attributes-title">{t('attributes.known')}</h3>
      {found.segments.length > 0 && <p class="row">{found.segments.map((one) => <span key={one.id} class="tag"><bdi>{one.name}</bdi></span>)}</p>}
      <dl class="facts small">
        {shown.map((one) => [<dt key={`${one.key}-name`}><bdi>{one.name}</bdi></dt>, <dd key={one.key}><bdi>{shown_value(one, found.values[one.key])}</bdi></dd>])}
      </dl>
    </section>
  );
}
