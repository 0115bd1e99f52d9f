// One conversation in the list.
import Alarm from 'icon:alarm-clock';
import Flag from 'icon:flag';
import type { Conversation } from '../../sdk/conversations';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { base, place } from '../router';
import { may } from '../session';
import { initials } from '../shell/shell';
import { ChannelGlyph } from './channel';
import { Dot } from './chooser';
import { desk, names } from './desk';
import type { Conversations } from './list';
import { Lookers } from './lookers';
import { Marked } from './marked';
import { Ring } from './ring';

export function ConversationRow({ item, current, list }: { item: Conversation; current: boolean; list?: Conversations | undefined }) {
  const query = place.value.query.toString();
  const who = item.from.name || t('inbox.no_name');
  const assignee = item.assignee && names.value.get(item.assignee);
  const is_chosen = list?.chosen.value.has(item.id) ?? false;  // without a list: found by a search, not chosen
  const choose = (event: MouseEvent) => {
    if (!list || !event.shiftKey || !may('conversations.reply')) return;
    event.preventDefault();
    list.choose(item.id, true);
  };
  return (
    <div class="cnv-choosable" data-chosen={is_chosen}>
    {list && may('conversations.reply') && <input type="checkbox" class="cnv-check" tabIndex={-1} checked={is_chosen} aria-label={t('bulk_choice.one', { number: item.number })} onClick={(event) => { event.stopPropagation(); list.choose(item.id, event.shiftKey); }} />}
    <a onClick={choose} data-id={item.id} class="cnv-row" data-row data-unread={item.unread === true} aria-current={current ? 'true' : undefined} href={`${base}/inbox/${item.id}${query ? `?${query}` : ''}`}>
      <span class="cnv-line">
        {(item.unread || item.waiting_since !== undefined) && <Sign unread={item.unread === true} waits={item.waiting_since !== undefined} />}
        <span class="cnv-who grow one-line">{item.found?.from.text ? <Marked excerpt={item.found.from} /> : <bdi>{who}</bdi>}</span>
        {item.due && <Ring due={item.due} />}
        <span class="small muted nowrap"><Moment at={item.found?.at ?? item.last_at} /></span>
      </span>
      <span class="cnv-line">
        <ChannelGlyph channel={item.channel} />
        <span class="grow one-line cnv-subject">{item.found?.subject.text ? <Marked excerpt={item.found.subject} /> : <bdi>{item.erased ? t('delivery.erased_subject') : item.subject || t('inbox.no_subject')}</bdi>}</span>
        {(item.priority === 'high' || item.priority === 'urgent') && <Flag size={14} label={t(`priority.${item.priority}`)} class={item.priority === 'urgent' ? 'tone-breach' : 'tone-warning'} />}
        {item.state === 'snoozed' && <Alarm size={14} label={t('cnv_state.snoozed')} class="muted" />}
      </span>
      <span class="cnv-line small muted">
        <span class="grow one-line">{item.found ? <Marked excerpt={item.found.text} /> : <bdi>{item.preview}</bdi>}</span>
        <Lookers id={item.id} />
        {item.labels.map((id) => <LabelDot key={id} id={id} />)}
        {assignee && <span class="initials tiny" title={assignee} role="img" aria-label={t('inbox.assigned_to', { name: assignee })}>{initials(assignee)}</span>}
      </span>
    </a>
    </div>
  );
}

// Full: unread. A ring: it waits for our answer, the viewer has seen it.
function Sign({ unread, waits }: { unread: boolean; waits: boolean }) {
  const words = [unread && t('inbox.unread'), waits && t('inbox.waits')].filter(Boolean).join(' · ');
  return <span class={unread ? 'unread-sign' : 'waits'} role="img" aria-label={words} title={words} />;
}

function LabelDot({ id }: { id: string }) {
  const label = desk.value?.labels.find((one) => one.id === id);
  if (!label) return null;
  return (
    <span role="img" aria-label={label.name} title={label.name}>
      <Dot colour={label.colour} />
    </span>
  );
}
