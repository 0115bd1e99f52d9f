// Beside the thread: who the customer is, what could be the same conversation, and what happened with them.
import BadgeCheck from 'icon:badge-check';
import CircleDashed from 'icon:circle-dashed';
import Close from 'icon:x';
import { get } from '../../sdk/client';
import type { ConversationDetail } from '../../sdk/conversations';
import type { Customer } from '../../sdk/types';
import { locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { Timeline } from '../customers/timeline';
import { Attributes, Fields } from '../desk/side_fields';
import { useResource } from '../resource';
import { base } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { Loaded } from '../shell/listing';
import { Subject } from '../shell/subject';
import * as api from './api';
import { WhyAssigned } from './assignment';
import { merge_into } from './merge';
import { SideRatings } from './ratings/of_conversation';
import { state_name } from './views';

export function Side({ conversation, on_change, on_close }: { conversation: ConversationDetail; on_change: () => void; on_close: () => void }) {
  const { customer } = conversation.from;
  const sees = customer !== undefined && may('customers.read');
  return (
    <aside class="inbox-side" aria-label={t('inbox.side')}>
      <header class="pane-head">
        <h2 class="grow">{t('customer.title')}</h2>
        <button type="button" class="button small plain icon-only" aria-label={t('action.close')} onClick={on_close}>
          <Close size={16} />
        </button>
      </header>
      <div class="side-body">
        {conversation.suggestions.length > 0 && <Suggestions conversation={conversation} />}
        {sees ? <Who id={customer} /> : <Participants conversation={conversation} />}
        <SideRatings id={conversation.id} />
        <WhyAssigned id={conversation.id} version={conversation.version} />
        <Fields conversation={conversation} on_change={on_change} />
        {sees && <Attributes customer={customer} />}
        <Kin conversation={conversation} on_change={on_change} />
        {customer && <Others id={customer} except={conversation.id} />}
        {sees && <Timeline id={customer} />}
      </div>
    </aside>
  );
}

function Who({ id }: { id: string }) {
  const from = useResource<Customer>((signal) => get(`/v1/customers/${id}`, { signal }), [id]);
  return (
    <section class="side-part">
      <Loaded from={from} rows={2}>
        {(customer) => (
          <>
            <h3><a href={`${base}/customers/${customer.id}`}><bdi>{customer.name || t('customer.no_name')}</bdi></a></h3>
            <ul class="side-addresses">
              {customer.addresses.map((one) => (
                <li key={one.id}>
                  <bdi class="ltr one-line block">{one.value}</bdi>
                  {one.verified ? <span class="mark tone-assured"><BadgeCheck size={14} /> {t('addresses.verified')}</span> : <span class="mark tone-quiet"><CircleDashed size={14} /> {t('addresses.unverified')}</span>}
                </li>
              ))}
            </ul>
            <dl class="facts small">
              <dt>{t('customer.language')}</dt>
              <dd>{locales[customer.locale]?.name ?? customer.locale}</dd>
              {customer.external_id && <><dt>{t('customer.external')}</dt><dd><bdi>{customer.external_id}</bdi></dd></>}
              <dt>{t('customer.since')}</dt>
              <dd><Moment at={customer.created_at} exact /></dd>
            </dl>
          </>
        )}
      </Loaded>
    </section>
  );
}

// Who takes part, where there is no customer to show.
function Participants({ conversation }: { conversation: ConversationDetail }) {
  return (
    <section class="side-part">
      <h3><bdi>{conversation.from.name || t('inbox.no_name')}</bdi></h3>
      <ul class="side-addresses">
        {conversation.participants.map((one) => (
          <li key={one.id}><bdi class="ltr one-line block">{one.address}</bdi></li>
        ))}
      </ul>
    </section>
  );
}

function Suggestions({ conversation }: { conversation: ConversationDetail }) {
  return (
    <section class="side-part note" aria-labelledby="suggestions-title">
      <div class="stack tight grow">
        <h3 id="suggestions-title">{t('inbox.suggestions')}</h3>
        <ul class="lines">
          {conversation.suggestions.map((one) => (
            <li key={one.conversation} class="stack tight">
              <a href={`${base}/inbox/${one.conversation}`}>#{one.number} <bdi>{one.subject || t('inbox.no_subject')}</bdi></a>
              <span class="small muted">{one.reason}</span>
              {may('conversations.manage') && <span><button type="button" class="button small" onClick={() => void merge_into(conversation.id, one.conversation)}>{t('verb.merge')}</button></span>}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

// What it belongs to: the delivery it is about, what it follows, what was merged into it.
function Kin({ conversation, on_change }: { conversation: ConversationDetail; on_change: () => void }) {
  const { about, follows, merged } = conversation;
  if (!about && !follows && !merged.length) return null;
  const unmerge = async (id: string) => {
    if (await act(() => api.unmerge(id), t('verb.unmerged'))) on_change();
  };
  return (
    <section class="side-part stack tight">
      {about && <p><Subject subject={about}>{t('inbox.about')}</Subject></p>}
      {follows && <p><Subject subject={follows}>{t('inbox.follows')}</Subject></p>}
      {merged.map((id) => (
        <p key={id} class="row apart">
          <Subject subject={id}>{t('inbox.merged_here')}</Subject>
          {may('conversations.manage') && <button type="button" class="button small" onClick={() => void unmerge(id)}>{t('verb.unmerge')}</button>}
        </p>
      ))}
    </section>
  );
}

function Others({ id, except }: { id: string; except: string }) {
  const from = useResource(async (signal) => (await api.list({ customer: id, limit: 6 }, signal)).items.filter((one) => one.id !== except).slice(0, 5), [id, except]);
  const found = from.value.value;
  if (!found?.length) return null;
  return (
    <section class="side-part" aria-labelledby="others-title">
      <h3 id="others-title">{t('inbox.others')}</h3>
      <ul class="lines">
        {found.map((one) => (
          <li key={one.id}>
            <a class="one-line block" href={`${base}/inbox/${one.id}`}>#{one.number} <bdi>{one.subject || t('inbox.no_subject')}</bdi></a>
            <span class="small muted">{state_name(one.state)} · <Moment at={one.last_at} /></span>
          </li>
        ))}
      </ul>
    </section>
  );
}
