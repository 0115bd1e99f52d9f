// The second pane: the conversations of a view.
import Clock from 'icon:alarm-clock';
import Inbox from 'icon:inbox';
import MailOpen from 'icon:mail-open';
import Menu from 'icon:menu';
import Plus from 'icon:plus';
import Find from 'icon:search';
import { Empty, Failed, Loading } from '../../ui/blank';
import { locale, t } from '../../ui/text';
import { format_number } from '../../ui/format';
import { BulkBar } from '../desk/bulk';
import { saved_views } from '../desk/kept';
import { MentionsList } from '../desk/mentions';
import { VirtualList } from '../../ui/virtual_list';
import { base, go } from '../router';
import { may } from '../session';
import { count_of, desk, names } from './desk';
import type { Conversations } from './list';
import { ConversationRow } from './row';
import { has_order, list_states, query_of, scope_of, state_name, type Filter, type ListedState } from './views';

export function view_name(filter: Filter): string {
  if (filter.saved) return saved_views.value.find((one) => one.id === filter.saved)?.name ?? t('views.one');
  if (filter.view === 'mentions') return t('mentions.title');
  if (filter.view === 'mine') return t('inbox.mine');
  if (filter.view === 'unassigned') return t('inbox.unassigned');
  if (filter.customer) return t('inbox.of_customer');
  return names.value.get(scope_of(filter)) ?? t('inbox.all');
}

function unread_turned({ unread, ...filter }: Filter): Filter {
  return unread ? filter : { ...filter, unread: true };
}

interface ListPaneProps {
  list: Conversations;
  current: string | undefined;
  heading: 'h1' | 'h2';
  on_views: () => void;
  on_search: () => void;
}

export function ListPane({ list, current, heading: Heading, on_views, on_search }: ListPaneProps) {
  const { filter } = list;
  return (
    <section class="inbox-list" aria-labelledby="view-title" data-choosing={list.chosen.value.size > 0}>
      <header class="pane-head">
        <button type="button" class="button small plain icon-only views-button" aria-label={t('inbox.views')} title={t('inbox.views')} onClick={on_views}>
          <Menu size={18} />
        </button>
        <Heading id="view-title" class="grow one-line"><bdi>{view_name(filter)}</bdi></Heading>
        {!filter.saved && filter.view !== 'mentions' && <select class="input" aria-label={t('inbox.state')} value={filter.state} onChange={(event) => go(`/inbox${query_of({ ...filter, state: event.currentTarget.value as ListedState })}`)}>
          {list_states.map((state) => {
            const count = filter.customer ? 0 : count_of(scope_of(filter), state);
            return <option key={state} value={state} selected={state === filter.state}>{count ? `${state_name(state)} · ${format_number(count, locale.value)}` : state_name(state)}</option>;
          })}
        </select>}
        {has_order(filter) && <button type="button" class="button small plain icon-only" aria-pressed={filter.order === 'due'} aria-label={t('inbox.due_first')} title={t('inbox.due_first')} onClick={() => {
          const { order, ...plain } = filter;
          go(`/inbox${query_of(order ? plain : { ...plain, order: 'due' })}`);
        }}>
          <Clock size={16} />
        </button>}
        {!filter.saved && filter.view !== 'mentions' && (
          <a class="button small plain icon-only" role="button" aria-pressed={filter.unread === true} aria-label={t('inbox.only_unread')} title={t('inbox.only_unread')} href={`${base}/inbox${query_of(unread_turned(filter))}`}>
            <MailOpen size={16} />
          </a>
        )}
        <button type="button" class="button small plain icon-only" aria-label={t('search.title')} title={t('search.title')} onClick={on_search}>
          <Find size={16} />
        </button>
        {may('conversations.reply') && (
          <a class="button small primary icon-only" href={`${base}/inbox/new`} aria-label={t('inbox.new')} title={t('inbox.new')}>
            <Plus size={16} />
          </a>
        )}
      </header>
      <BulkBar list={list} />
      {filter.view === 'mentions' ? <MentionsList current={current} /> : <Body list={list} current={current} />}
    </section>
  );
}

function Body({ list, current }: { list: Conversations; current: string | undefined }) {
  const state = list.state.value;
  if (!state) return list.error.value ? <Failed text={list.error.value} retry={() => void list.load()} /> : <Loading rows={8} />;
  return (
    <>
      {!state.items.length && !state.next ? <Nothing filter={list.filter} /> : (
        <VirtualList
          items={state.items}
          key_of={(item) => item.id}
          row={(item) => <ConversationRow item={item} current={item.id === current} list={list} />}
          row_height={84}
          label={view_name(list.filter)}
          more={state.next !== undefined}
          on_end={() => void list.more()}
          position={list.position}
          on_scroll={(top) => list.scrolled(top)}
        />
      )}
      {list.error.value && (
        <div class="list-foot" role="alert">
          {list.error.value}{' '}
          <button type="button" class="link" onClick={() => void (state.next ? list.more() : list.load())}>
            {t('action.retry')}
          </button>
        </div>
      )}
    </>
  );
}

function Nothing({ filter }: { filter: Filter }) {
  if (desk.value && !desk.value.mailboxes.length)
    return (
      <Empty icon={Inbox} title={t('inbox.no_mailbox')}>
        <p>{t('inbox.no_mailbox_text')}</p>
        {may('mailboxes.manage') && <a class="button primary" href={`${base}/settings/mailboxes`}>{t('mailboxes.new')}</a>}
      </Empty>
    );
  if (filter.order === 'due')
    return (
      <Empty icon={Clock} title={t('inbox.none_due')}>
        <p>{t('inbox.none_due_text')}</p>
      </Empty>
    );
  if (filter.unread)
    return (
      <Empty icon={MailOpen} title={t('inbox.none_unread')}>
        <p>{t('inbox.none_unread_text')}</p>
      </Empty>
    );
  return (
    <Empty icon={Inbox} title={filter.state === 'open' ? t('inbox.none_open') : t('inbox.none')}>
      <p>{filter.state === 'open' ? t('inbox.none_open_text') : t('inbox.none_text')}</p>
    </Empty>
  );
}
