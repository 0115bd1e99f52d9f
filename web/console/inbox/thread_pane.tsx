// The third pane: one conversation, its messages by day, and the composer.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import ArrowLeft from 'icon:arrow-left';
import Check from 'icon:circle-check';
import Ellipsis from 'icon:ellipsis';
import Alarm from 'icon:alarm-clock';
import Loader from 'icon:loader-circle';
import NotebookPen from 'icon:notebook-pen';
import Panel from 'icon:panel-right';
import Reply from 'icon:reply';
import type { ConversationDetail, Message, MessageKind, NewMessage } from '../../sdk/conversations';
import { Failed, Loading } from '../../ui/blank';
import { format_date, format_deadline } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { generation, subscribe } from '../live';
import { base, go, place } from '../router';
import { act } from '../sending';
import { agent, may } from '../session';
import { canned, macros } from '../desk/kept';
import { useMacros } from '../desk/macros';
import { useMentionsRead } from '../desk/mentions';
import { Note } from '../shell/note';
import { initials } from '../shell/shell';
import * as api from './api';
import { Dot } from './chooser';
import { Composer } from './composer';
import { desk, names } from './desk';
import { DraftKeeper, is_empty, type Words } from './draft';
import { Lookers } from './lookers';
import { useLookingAt } from './looking';
import { MessageView } from './message';
import { Ring } from './ring';
import { LastRating } from './ratings/of_conversation';
import { useSeeing } from './seeing';
import { Thread } from './thread';
import { by_day } from './thread_state';
import { Ask, useVerbs, verbs_of, type Asking, type Verb } from './verbs';
import { state_name, state_tone } from './views';
import { VisitorTyping } from './visitor';

interface ThreadPaneProps {
  id: string;
  heading: 'h1' | 'h2';
  on_change: (read: ConversationDetail) => void;
  on_resolved: () => void;
  on_unread: () => void;
  on_side: () => void;
  on_thread: (thread: Thread) => void;
}

export function ThreadPane({ id, heading: Heading, on_change, on_resolved, on_unread, on_side, on_thread }: ThreadPaneProps) {
  const thread = useMemo(() => new Thread(id, on_change), [id]);
  useEffect(() => {
    on_thread(thread);
    void thread.load();
    const from_events = subscribe((events) => thread.take(events));
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        void thread.load();
      }
    });
    return () => {
      from_events();
      from_reconnect();
      thread.close();
    };
  }, [thread]);
  const conversation = thread.conversation.value;
  if (!conversation)
    return (
      <section class="inbox-thread" aria-label={t('inbox.thread')}>
        <Heading class="away">{t('inbox.thread')}</Heading>
        <BackToList />
        {thread.error.value ? <Failed text={thread.error.value} retry={() => void thread.load()} /> : <Loading rows={6} />}
      </section>
    );
  return <Shown thread={thread} conversation={conversation} heading={Heading} on_resolved={on_resolved} on_unread={on_unread} on_side={on_side} />;
}

function BackToList() {
  const query = place.value.query.toString();
  return (
    <a class="button small plain icon-only back-to-list" href={`${base}/inbox${query ? `?${query}` : ''}`} aria-label={t('inbox.to_list')} title={t('inbox.to_list')}>
      <ArrowLeft size={18} class="turns" />
    </a>
  );
}

interface ShownProps {
  thread: Thread;
  conversation: ConversationDetail;
  heading: 'h1' | 'h2';
  on_resolved: () => void;
  on_unread: () => void;
  on_side: () => void;
}

function Shown({ thread, conversation, heading, on_resolved, on_unread, on_side }: ShownProps) {
  const [asking, ask] = useState<Asking>();
  const { keeper, asked, compose, close } = useComposer(thread.id);
  const seeing = useSeeing(thread);
  useLookingAt(thread.id);
  const unsee = () => void seeing.undo().then((done) => done && on_unread());
  const verbs = verbs_of({ thread, conversation, ask, compose, unsee, after_resolve: on_resolved });
  useVerbs(verbs, [thread, conversation, locale.value, agent.value, canned.value.length > 0, macros.value.length > 0]);
  useMacros(thread, verbs.length > 0);
  useMentionsRead(thread.id);
  // The open composer, or a new one once it stands there.
  const to_composer = async () => {
    if (!document.getElementById('composer-text')) compose('reply');
    for (let i = 0; i < 50 && !document.getElementById('composer-text'); ++i) await new Promise(requestAnimationFrame);
  };
  const split = async (message: Message) => {
    await act(async () => {
      const made = await api.split(thread.id, [message.id]);
      go(`/inbox/${made.id}`);
    }, t('inbox.split_done'));
  };
  const take_back = async (message: Message) => {
    // The words that come back take the draft's place: what was begun meanwhile is offered beside them.
    const begun = keeper?.kind === 'reply' ? keeper.words.peek() : undefined;
    close();
    if (await thread.take_back(message)) compose('reply', begun);
  };
  return (
    <section class="inbox-thread" aria-label={t('inbox.thread')}>
      <ThreadHead thread={thread} conversation={conversation} heading={heading} verbs={verbs} ask={ask} on_side={on_side} />
      <Messages thread={thread} on_split={(message) => void split(message)} on_take_back={(message) => void take_back(message)} />
      <VisitorTyping conversation={conversation} />
      <LastRating id={conversation.id} />
      {keeper && verbs.length ? <Composer key={keeper.kind} thread={thread} conversation={conversation} keeper={keeper} focus={asked} on_kind={(kind) => compose(kind)} on_canned={() => ask('canned')} on_close={close} /> : <ReplyBar verbs={verbs} />}
      <Ask asking={asking} thread={thread} conversation={conversation} verbs={verbs} compose={to_composer} on_close={() => ask(undefined)} />
    </section>
  );
}

// The composer opens by itself where a draft waits.
function useComposer(id: string) {
  const [keeper, set_keeper] = useState<DraftKeeper>();
  const [asked, set_asked] = useState(false);
  const current = useRef<DraftKeeper>();
  const use = (next: DraftKeeper | undefined) => {
    if (current.current !== next) current.current?.close();
    current.current = next;
    set_keeper(next);
  };
  useEffect(() => {
    if (!may('conversations.reply')) return;
    let gone = false;
    void (async () => {
      for (const kind of ['reply', 'note'] as const) {
        const found = new DraftKeeper(id, kind);
        if ((await found.open()) && !gone && !current.current) return use(found);
        found.close();
      }
    })();
    return () => {
      gone = true;
      use(undefined);
    };
  }, [id]);
  const compose = (kind: MessageKind, begun?: Words) => {
    set_asked(true);
    if (current.current?.kind === kind) return document.getElementById('composer-text')?.focus();
    const next = new DraftKeeper(id, kind);
    use(next);
    void next.open().then(() => begun && !is_empty(begun) && next.offer(begun));
  };
  return { keeper, asked, compose, close: () => use(undefined) };
}

interface HeadProps {
  thread: Thread;
  conversation: ConversationDetail;
  heading: 'h1' | 'h2';
  verbs: Verb[];
  ask: (what: Asking) => void;
  on_side: () => void;
}

function ThreadHead({ thread, conversation, heading: Heading, verbs, ask, on_side }: HeadProps) {
  const { state, assignee, team, priority, labels } = conversation;
  const verb = (id: string) => verbs.find((one) => one.id === id);
  const can = verbs.length > 0;
  const resolve = verb('resolve');
  const snooze = verb('snooze');
  const name = (id: string | undefined) => (id ? (names.value.get(id) ?? '…') : undefined);
  return (
    <header class="thread-head" data-pending={thread.pending.value}>
      <div class="thread-title">
        <BackToList />
        <Heading class="grow"><bdi>{conversation.erased ? t('delivery.erased_subject') : conversation.subject || t('inbox.no_subject')}</bdi> <span class="muted number">#{conversation.number}</span></Heading>
        <Lookers id={conversation.id} />
        <button type="button" class="button small plain icon-only" aria-label={t('inbox.side')} title={t('inbox.side')} onClick={on_side}>
          <Panel size={18} class="turns" />
        </button>
      </div>
      <div class="row thread-verbs">
        <span class={`tag ${state_tone[state]}`}>{state_name(state)}</span>
        {conversation.due && <Ring due={conversation.due} />}
        {state === 'snoozed' && conversation.snoozed_until && <span class="small muted">{t('inbox.until', { time: format_deadline(new Date(conversation.snoozed_until), locale.value) })}</span>}
        {can && (
          <>
            <button type="button" class="button small" onClick={() => ask('assignee')}>{name(assignee) ?? t('verb.nobody')}</button>
            {(desk.value?.teams.length ?? 0) > 0 && <button type="button" class="button small" onClick={() => ask('team')}>{name(team) ?? t('verb.no_team')}</button>}
            <button type="button" class="button small" onClick={() => ask('priority')}>{t(`priority.${priority}`)}</button>
            {(desk.value?.labels.length ?? 0) > 0 && (
              <button type="button" class="button small" onClick={() => ask('labels')}>
                {labels.length ? desk.value!.labels.filter((one) => labels.includes(one.id)).map((one) => <span key={one.id} class="row nowrap-row"><Dot colour={one.colour} /><bdi>{one.name}</bdi></span>) : t('verb.labels')}
              </button>
            )}
            <span class="row nowrap-row last-verbs">
              {snooze && <button type="button" class="button small" onClick={snooze.run}><Alarm size={14} /> {t('verb.snooze')}</button>}
              {resolve && <button type="button" class="button small" onClick={resolve.run}><Check size={14} /> {t('verb.resolve')}</button>}
              {!resolve && verb('reopen') && <button type="button" class="button small" onClick={verb('reopen')!.run}>{t('verb.reopen')}</button>}
              <button type="button" class="button small plain icon-only" aria-label={t('verb.more')} title={t('verb.more')} onClick={() => ask('more')}><Ellipsis size={18} /></button>
            </span>
          </>
        )}
      </div>
      {conversation.erased && <Note tone="warning">{t('inbox.erased')}</Note>}
      {conversation.merged_into && <Note><a href={`${base}/inbox/${conversation.merged_into}`}>{t('inbox.merged_into')}</a></Note>}
    </header>
  );
}

interface MessagesProps {
  thread: Thread;
  on_split: (message: Message) => void;
  on_take_back: (message: Message) => void;
}

// Opens at the newest; stays there while it is there, and where one reads when older ones come in above.
function useScroll(sheet: RefObject<HTMLDivElement>, items: Message[] | undefined, extra: number): void {
  const at_end = useRef(true);
  const before = useRef<{ first: string | undefined; height: number }>();
  useLayoutEffect(() => {
    const element = sheet.current;
    if (!element || !items) return;
    if (before.current && before.current.first !== items[0]?.id && !at_end.current) element.scrollTop += element.scrollHeight - before.current.height;
    else if (at_end.current) element.scrollTop = element.scrollHeight;
    before.current = { first: items[0]?.id, height: element.scrollHeight };
  }, [items, extra]);
  useEffect(() => {
    const element = sheet.current;
    if (!element) return;
    let top = element.scrollTop;
    // Only whoever scrolls up leaves the end; what grows below does not.
    const look = () => {
      if (element.scrollHeight - element.scrollTop - element.clientHeight < 48) at_end.current = true;
      else if (element.scrollTop < top) at_end.current = false;
      top = element.scrollTop;
    };
    element.addEventListener('scroll', look, { passive: true });
    const watch = new ResizeObserver(() => at_end.current && (element.scrollTop = element.scrollHeight));
    watch.observe(element);
    if (element.firstElementChild) watch.observe(element.firstElementChild);
    return () => {
      element.removeEventListener('scroll', look);
      watch.disconnect();
    };
  }, [items !== undefined]);
}

function Messages({ thread, on_split, on_take_back }: MessagesProps) {
  const sheet = useRef<HTMLDivElement>(null);
  const state = thread.messages.value;
  const sending = thread.sending.value;
  useScroll(sheet, state?.items, sending.length);
  if (!state) return thread.error.value ? <Failed text={thread.error.value} retry={() => void thread.load()} /> : <Loading rows={6} />;
  const now = new Date();
  return (
    <div class="messages" ref={sheet} tabIndex={0} role="region" aria-label={t('inbox.messages')} data-own-keys>
      <div class="messages-sheet" aria-live="polite" aria-relevant="additions">
        {state.next && (
          <div class="more">
            <button type="button" class="button small" disabled={thread.loading_older.value} onClick={() => void thread.older()}>
              {thread.loading_older.value && <Loader size={14} class="spin" />} {t('inbox.older')}
            </button>
          </div>
        )}
        {by_day(state.items).map((day) => (
          <section key={day.items[0]!.id} class="day">
            <p class="day-mark small muted"><time dateTime={day.at}>{format_date(new Date(day.at), now, locale.value)}</time></p>
            {day.items.map((message) => <MessageView key={message.id} message={message} thread={thread} on_split={on_split} on_take_back={on_take_back} />)}
          </section>
        ))}
        {sending.map((made) => <Going key={made.key} made={made} />)}
      </div>
    </div>
  );
}

// On its way to the server: marked until it is there.
function Going({ made }: { made: NewMessage }) {
  const name = agent.value?.name ?? '';
  return (
    <article class="msg" data-direction={made.kind === 'note' ? 'note' : 'out'} data-pending="true" aria-label={t('sent.going')}>
      <header>
        <span class="initials" aria-hidden="true">{initials(name)}</span>
        <div class="grow"><strong><bdi>{name}</bdi></strong></div>
        <span class="mark small"><Loader size={14} class="spin" /> {t('sent.going')}</span>
      </header>
      <div class="msg-text pre" dir="auto">{made.text ?? new DOMParser().parseFromString(made.html ?? '', 'text/html').body.textContent}</div>
    </article>
  );
}

function ReplyBar({ verbs }: { verbs: Verb[] }) {
  const [reply, note] = [verbs.find((one) => one.id === 'reply'), verbs.find((one) => one.id === 'note')];
  if (!reply && !note) return null;
  return (
    <div class="reply-bar row">
      {reply && <button type="button" class="button primary" onClick={reply.run}><Reply size={16} class="turns" /> {t('compose.reply')}</button>}
      {note && <button type="button" class="button" onClick={note.run}><NotebookPen size={16} /> {t('compose.note')}</button>}
    </div>
  );
}
