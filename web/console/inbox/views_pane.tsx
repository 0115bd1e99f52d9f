// The first pane: the fixed views, teams, mailboxes and labels, each with what is open in it.
import type { ComponentChildren } from 'preact';
import AtSign from 'icon:at-sign';
import Inbox from 'icon:inbox';
import ListFilter from 'icon:list-filter';
import Mail from 'icon:mail';
import Unassigned from 'icon:circle-dashed';
import User from 'icon:user';
import Users from 'icon:users';
import type { ConversationState } from '../../sdk/conversations';
import { format_number } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { saved_views } from '../desk/kept';
import { unread_mentions } from '../desk/mentions';
import { base, place } from '../router';
import { Dot } from './chooser';
import { count_of, desk } from './desk';
import { PresenceSwitch } from './presence';
import { may } from '../session';
import { filter_from, query_of, scope_of, type Filter } from './views';

export function ViewsPane() {
  const now = desk.value;
  const saved = saved_views.value;
  const labels = now?.labels ?? [];
  const teams = (now?.teams ?? []).filter((team) => !team.retired);
  const mailboxes = now?.mailboxes ?? [];
  return (
    <nav class="inbox-views" aria-label={t('inbox.views')}>
      {may('conversations.reply') && <PresenceSwitch />}
      <ul>
        <Line filter={{ view: 'mine', state: 'open' }} name={t('inbox.mine')}><User size={16} /></Line>
        <Line filter={{ view: 'unassigned', state: 'open' }} name={t('inbox.unassigned')}><Unassigned size={16} /></Line>
        <Line filter={{ view: 'all', state: 'open' }} name={t('inbox.all')}><Inbox size={16} /></Line>
        <Line filter={{ view: 'mentions', state: 'open' }} number={unread_mentions()} name={t('mentions.title')}><AtSign size={16} /></Line>
      </ul>
      <Group name={t('views.title')} shown={saved.length > 0}>
        {saved.map((one) => <Line key={one.id} filter={{ saved: one.id, state: 'open' }} counted={one.counted_by} counted_state={one.filter.state} name={one.name}><ListFilter size={16} /></Line>)}
      </Group>
      <Group name={t('teams.title')} shown={teams.length > 0}>
        {teams.map((team) => <Line key={team.id} filter={{ team: team.id, state: 'open' }} name={team.name}><Users size={16} /></Line>)}
      </Group>
      <Group name={t('mailboxes.title')} shown={mailboxes.length > 0}>
        {mailboxes.map((box) => <Line key={box.id} filter={{ mailbox: box.id, state: 'open' }} name={box.name} title={box.address}><Mail size={16} /></Line>)}
      </Group>
      <Group name={t('labels.title')} shown={labels.length > 0}>
        {labels.map((label) => <Line key={label.id} filter={{ label: label.id, state: 'open' }} name={label.name}><Dot colour={label.colour} /></Line>)}
      </Group>
    </nav>
  );
}

function Group({ name, shown, children }: { name: string; shown: boolean; children: ComponentChildren }) {
  if (!shown) return null;
  return (
    <section>
      <h2 class="small muted">{name}</h2>
      <ul>{children}</ul>
    </section>
  );
}

// A saved view has a number only where a counter keeps it.
function Line({ filter, number, counted, counted_state = 'open', name, title, children }: { filter: Filter; number?: number; counted?: string | undefined; counted_state?: ConversationState | undefined; name: string; title?: string; children: ComponentChildren }) {
  const scope = scope_of(filter);
  const current = !place.value.query.has('q') && scope_of(filter_from(place.value.query)) === scope;
  const count = number !== undefined ? number : filter.saved ? (counted && counted_state !== 'merged' ? count_of(counted, counted_state) : 0) : count_of(scope);
  return (
    <li>
      <a href={`${base}/inbox${query_of(filter)}`} title={title} aria-current={current ? 'page' : undefined}>
        {children}
        <span class="grow one-line"><bdi>{name}</bdi></span>
        {count > 0 && <span class="count">{format_number(count, locale.value)}</span>}
      </a>
    </li>
  );
}
