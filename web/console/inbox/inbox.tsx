// The inbox: views, the conversations of a view, one conversation, and who it is with. On a narrow screen one of them at a time.
import { useEffect, useMemo, useState } from 'preact/hooks';
import Inbox from 'icon:inbox';
import type { ConversationDetail } from '../../sdk/conversations';
import { Empty } from '../../ui/blank';
import { locale, t } from '../../ui/text';
import { generation, subscribe, subscribe_passing } from '../live';
import { recall, remember } from '../remembered';
import { go, place, type Parameters } from '../router';
import { useActions } from '../shell/actions';
import { useNarrow } from '../shell/width';
import { may } from '../session';
import { useKept } from '../desk/kept';
import { useMentions } from '../desk/mentions';
import { act } from '../sending';
import * as api from './api';
import { useDesk } from './desk';
import { Conversations } from './list';
import { ListPane, view_name } from './list_pane';
import { ConversationSearch } from './search';
import { SearchPane } from './search_pane';
import { useLookers } from './looking';
import { NewConversationPane } from './new_conversation';
import { Side } from './side';
import type { Thread } from './thread';
import { ThreadPane } from './thread_pane';
import { ViewsPane } from './views_pane';
import { filter_from } from './views';

function useList(): Conversations {
  const filter = filter_from(place.value.query);
  const list = useMemo(() => new Conversations(filter), [JSON.stringify(filter)]);
  useEffect(() => {
    void list.load();
    const from_events = subscribe((events) => list.take(events));
    const from_passing = subscribe_passing((event) => event.kind === 'seen.changed' && list.mark(event.subject || undefined, event.data.unread === true));
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        void list.load();
      }
    });
    return () => {
      from_events();
      from_passing();
      from_reconnect();
      list.close();
    };
  }, [list]);
  return list;
}

export default function InboxPage({ parameters }: { parameters: Parameters }) {
  const id = parameters.id;
  const is_new = id === 'new' && may('conversations.reply');
  const open = is_new ? undefined : id;
  const narrow = useNarrow();
  const list = useList();
  useDesk();
  useKept();
  useMentions();
  useLookers();
  const asked = place.value.query.get('q') ?? undefined;  // present: one searches
  const searching = asked !== undefined;
  const search = useMemo(() => new ConversationSearch(), []);
  useEffect(() => {
    if (asked) search.look_for(asked);
    return () => search.close();
  }, [search, searching]);
  const [views, set_views] = useState(false);
  const [side, set_side] = useState(() => !narrow && (recall<boolean>('inbox.side', 'browser') ?? false));
  const [thread, set_thread] = useState<Thread>();
  const query = place.value.query.toString();
  const show = (to: string | undefined) => go(`/inbox${to ? `/${to}` : ''}${query ? `?${query}` : ''}`);
  const turn_side = () => {
    set_side(!side);
    if (!narrow) remember('inbox.side', !side, 'browser');
  };
  useEffect(() => set_views(false), [query, id]);
  useEffect(() => {
    if (narrow) set_side(false);
  }, [id]);
  useEffect(() => {
    document.title = `${searching ? t('search.title') : view_name(list.filter)} · Rapport`;
  }, [list, locale.value, view_name(list.filter), searching]);

  const begin_search = () => {
    if (searching) {
      if (narrow) show(undefined);
      document.getElementById('inbox-search')?.focus();
      return;
    }
    remember('inbox.view', query);
    go(`/inbox${open && !narrow ? `/${open}` : ''}?q=`);
    requestAnimationFrame(() => document.getElementById('inbox-search')?.focus());
  };
  const end_search = () => {
    const view = recall<string>('inbox.view') ?? '';
    go(`/inbox${open && !narrow ? `/${open}` : ''}${view ? `?${view}` : ''}`);
  };
  const step = (by: number) => {
    const items = (searching ? search.state : list.state).peek()?.items ?? [];
    const at = items.findIndex((item) => item.id === open);
    const next = items[at < 0 ? 0 : at + by];
    if (next) show(next.id);
  };
  useActions(
    () => [
      ...(open ? [{ id: 'next', name: t('inbox.next'), group: 'group.conversation' as const, keys: 'j', run: () => step(1) }, { id: 'previous', name: t('inbox.previous'), group: 'group.conversation' as const, keys: 'k', run: () => step(-1) }, { id: 'side', name: t('inbox.side'), group: 'group.conversation' as const, keys: 'i', run: turn_side }, { id: 'close', name: t('inbox.to_list'), group: 'group.conversation' as const, keys: 'u', run: () => show(undefined) }] : []),
      ...(may('conversations.reply') ? [{ id: 'write', name: t('inbox.new'), group: 'group.actions' as const, keys: 'w', run: () => show('new') }] : []),
      ...(may('conversations.reply') ? [
        { id: 'choose', name: t('bulk_choice.toggle'), group: 'group.conversation' as const, keys: 'x', run: () => { const id = document.activeElement?.closest<HTMLElement>('[data-id]')?.dataset.id ?? open; if (id) list.choose(id); } },
        { id: 'choose-all', name: t('bulk_choice.all'), group: 'group.conversation' as const, run: () => list.choose_all() },
      ] : []),
      { id: 'all-read', name: t('verb.all_read'), group: 'group.actions', run: () => void act(() => api.see_all(), t('inbox.all_read')) },
      { id: 'find', name: t('action.search'), group: 'group.actions', keys: '/', run: begin_search },
    ],
    [list, open, query, side, locale.value, searching],
  );

  const pane = views ? 'views' : side && open ? 'side' : open || is_new ? 'thread' : 'list';
  const on_change = (read: ConversationDetail) => {
    list.put(read);
    search.put(read);
  };
  const conversation = thread?.id === open ? thread?.conversation.value : undefined;
  // One main heading, in what a narrow screen shows.
  const thread_heading = narrow && pane === 'thread' ? 'h1' : 'h2';
  return (
    <div class="inbox" data-pane={pane} data-side={Boolean(side && open)} data-open={Boolean(id)}>
      {(pane === 'views' || pane === 'side') && narrow && <h1 class="away">{t('area.inbox')}</h1>}
      <ViewsPane />
      {searching ? (
        <SearchPane search={search} query={asked} current={open} heading={narrow && pane !== 'list' ? 'h2' : 'h1'} on_query={(text) => go(`/inbox${id ? `/${id}` : ''}?${new URLSearchParams({ q: text })}`, 'replace')} on_open={show} on_close={end_search} />
      ) : (
        <ListPane key={JSON.stringify(list.filter)} list={list} current={open} heading={narrow && pane !== 'list' ? 'h2' : 'h1'} on_views={() => set_views(!views)} on_search={begin_search} />
      )}
      {open ? (
        <ThreadPane key={open} id={open} heading={thread_heading} on_change={on_change} on_resolved={() => (narrow ? show(undefined) : step(1))} on_unread={() => show(undefined)} on_side={turn_side} on_thread={set_thread} />
      ) : is_new ? (
        <NewConversationPane heading={thread_heading} on_close={() => show(undefined)} on_made={(made) => show(made.id)} />
      ) : (
        <div class="inbox-thread nothing-open">
          <Empty icon={Inbox} title={t('inbox.pick')}>
            <p>{t('inbox.pick_text')}</p>
          </Empty>
        </div>
      )}
      {side && open && conversation && <Side conversation={conversation} on_change={() => void thread?.load()} on_close={turn_side} />}
    </div>
  );
}
