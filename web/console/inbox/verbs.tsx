// What can be done with the open conversation: buttons in its head, keys, and the palette, from one table.
import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { ConversationChange, ConversationDetail, Priority } from '../../sdk/conversations';
import { TextField } from '../../ui/field';
import { format_deadline, to_local_input } from '../../ui/format';
import { locale, t, type Key } from '../../ui/text';
import { Dialog } from '../../ui/dialog';
import { agent, may } from '../session';
import { useSending } from '../sending';
import { useActions } from '../shell/actions';
import { CannedDialog } from '../desk/canned';
import { canned, macros } from '../desk/kept';
import { MacroDialog } from '../desk/macros';
import { EraseForGood, may_erase } from '../shell/erase';
import { Form, FormFoot } from '../shell/form';
import { Chooser, type Choice } from './chooser';
import { desk } from './desk';
import { MergeDialog } from './merge';
import { naps, wake_at, type Nap } from './snooze';
import type { Thread } from './thread';

export type Asking = 'assignee' | 'team' | 'priority' | 'labels' | 'snooze' | 'rename' | 'merge' | 'erase' | 'canned' | 'macros' | 'more' | undefined;
export const priorities: Priority[] = ['urgent', 'high', 'normal', 'low'];

export interface Verb {
  id: string;
  name: Key;
  keys?: string;
  run: () => void;
}

interface Means {
  thread: Thread;
  conversation: ConversationDetail;
  ask: (what: Asking) => void;
  compose: (kind: 'reply' | 'note') => void;
  unsee: () => void;
  after_resolve: () => void;
}

// Only what the state and the viewer's role allow.
export function verbs_of({ thread, conversation, ask, compose, unsee, after_resolve }: Means): Verb[] {
  const { state } = conversation;
  if (state === 'merged' || conversation.erased || !may('conversations.reply')) return [];
  const change = (part: ConversationChange, done?: string) => void thread.change(part, done);
  const list: (Verb | false)[] = [
    state !== 'spam' && { id: 'reply', name: 'compose.reply', keys: 'r', run: () => compose('reply') },
    { id: 'note', name: 'compose.note', keys: 'n', run: () => compose('note') },
    state !== 'spam' && canned.value.length > 0 && { id: 'canned', name: 'canned.insert', keys: 'y', run: () => ask('canned') },
    macros.value.length > 0 && { id: 'macros', name: 'macros.choose', keys: 'q', run: () => ask('macros') },
    { id: 'assign', name: 'verb.assign', keys: 'a', run: () => ask('assignee') },
    conversation.assignee !== agent.value?.id && { id: 'mine', name: 'verb.mine', keys: 'm', run: () => change({ assignee: agent.value!.id }) },
    state !== 'resolved' && state !== 'spam' && { id: 'resolve', name: 'verb.resolve', keys: 'e', run: () => void thread.change({ state: 'resolved' }, t('verb.resolved')).then((done) => done && after_resolve()) },
    state !== 'open' && { id: 'reopen', name: 'verb.reopen', keys: 'o', run: () => change({ state: 'open' }) },
    state !== 'resolved' && state !== 'spam' && { id: 'snooze', name: 'verb.snooze', keys: 's', run: () => ask('snooze') },
    state !== 'pending' && state !== 'spam' && { id: 'wait', name: 'verb.wait', run: () => change({ state: 'pending' }) },
    { id: 'team', name: 'verb.team', keys: 't', run: () => ask('team') },
    { id: 'priority', name: 'verb.priority', keys: 'p', run: () => ask('priority') },
    { id: 'labels', name: 'verb.labels', keys: 'l', run: () => ask('labels') },
    { id: 'unread', name: 'verb.unread', keys: 'd', run: unsee },
    { id: 'rename', name: 'verb.rename', run: () => ask('rename') },
    state !== 'spam' && may('conversations.manage') && { id: 'merge', name: 'verb.merge', run: () => ask('merge') },
    may_erase() && { id: 'erase', name: 'verb.erase', run: () => ask('erase') },
    state !== 'spam' && may('conversations.manage') && { id: 'spam', name: 'verb.spam', run: () => change({ state: 'spam' }, t('verb.spammed')) },
  ];
  return list.filter((one) => one !== false);
}

export function useVerbs(verbs: Verb[], keys: unknown[]): void {
  useActions(() => verbs.map((one) => ({ id: `verb-${one.id}`, name: t(one.name), group: 'group.conversation', ...(one.keys ? { keys: one.keys } : {}), run: one.run })), keys);
}

interface AskProps {
  asking: Asking;
  thread: Thread;
  conversation: ConversationDetail;
  verbs: Verb[];
  compose: () => Promise<void>;  // resolves when there is a composer to write in
  on_close: () => void;
}

export function Ask({ asking, thread, conversation, verbs, compose, on_close }: AskProps): ComponentChildren {
  const change = (part: ConversationChange) => void thread.change(part);
  const none: Choice = { value: '', label: t('verb.nobody') };
  const now = desk.value;
  if (asking === 'assignee')
    return <Chooser title={t('verb.assign')} chosen={[conversation.assignee ?? '']} choices={[...(now?.assignees ?? []).map((one) => ({ value: one.id, label: one.name, ...(one.id === agent.value?.id ? { hint: t('agents.you') } : {}) })), none]} on_pick={(assignee) => change({ assignee })} on_close={on_close} />;
  if (asking === 'team')
    return <Chooser title={t('verb.team')} chosen={[conversation.team ?? '']} choices={[...(now?.teams ?? []).filter((one) => !one.retired).map((one) => ({ value: one.id, label: one.name })), { value: '', label: t('verb.no_team') }]} on_pick={(team) => change({ team })} on_close={on_close} />;
  if (asking === 'priority')
    return <Chooser title={t('verb.priority')} chosen={[conversation.priority]} choices={priorities.map((one) => ({ value: one, label: t(`priority.${one}`) }))} on_pick={(priority) => change({ priority: priority as Priority })} on_close={on_close} />;
  if (asking === 'labels') return <LabelChooser thread={thread} conversation={conversation} on_close={on_close} />;
  if (asking === 'snooze') return <Snooze thread={thread} on_close={on_close} />;
  if (asking === 'rename') return <Rename thread={thread} conversation={conversation} on_close={on_close} />;
  if (asking === 'merge') return <MergeDialog thread={thread} conversation={conversation} on_close={on_close} />;
  if (asking === 'erase')
    return (
      <EraseForGood
        path="/v1/conversations"
        id={thread.id}
        words={{ title: t('erase_conversation.title'), does: t('erase_conversation.does'), not: t('erase_conversation.not'), done: () => t('erase_conversation.done') }}
        on_close={on_close}
        on_done={() => void thread.load()}
      />
    );
  if (asking === 'canned') return <CannedDialog conversation={conversation.id} on_ready={compose} on_close={on_close} />;
  if (asking === 'macros') return <MacroDialog thread={thread} on_close={on_close} />;
  if (asking === 'more')
    return <Chooser title={t('verb.more')} chosen={[]} choices={verbs.map((one) => ({ value: one.id, label: t(one.name), ...(one.keys ? { hint: one.keys.toUpperCase() } : {}) }))} on_pick={(id) => setTimeout(() => verbs.find((one) => one.id === id)?.run())} on_close={on_close} />;
  return null;
}

// One request for all that was chosen: each change needs the version that it was made for.
function LabelChooser({ thread, conversation, on_close }: { thread: Thread; conversation: ConversationDetail; on_close: () => void }) {
  const [chosen, set_chosen] = useState(conversation.labels);
  const close = () => {
    on_close();
    if ([...chosen].sort().join() !== [...conversation.labels].sort().join()) void thread.change({ labels: chosen });
  };
  const toggle = (id: string) => set_chosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return <Chooser many title={t('verb.labels')} chosen={chosen} choices={(desk.value?.labels ?? []).map((one) => ({ value: one.id, label: one.name, colour: one.colour }))} on_pick={toggle} on_close={close} />;
}

function Snooze({ thread, on_close }: { thread: Thread; on_close: () => void }) {
  const [now] = useState(() => new Date());
  const [at, set_at] = useState(to_local_input(wake_at('tomorrow', now)));
  const until = (date: Date) => {
    on_close();
    void thread.change({ state: 'snoozed', snoozed_until: date.toISOString() });
  };
  return (
    <Chooser title={t('verb.snooze')} chosen={[]} choices={naps.map((nap) => ({ value: nap, label: t(`nap.${nap}`), hint: format_deadline(wake_at(nap, now), locale.value) }))} on_pick={(nap) => until(wake_at(nap as Nap, now))} on_close={on_close}>
      <form class="row snooze-at" onSubmit={(event) => { event.preventDefault(); if (new Date(at) > now) until(new Date(at)); }}>
        <TextField id="snooze-at" type="datetime-local" label={t('nap.at')} value={at} min={to_local_input(now)} on_change={set_at} />
        <button class="button" disabled={!(new Date(at) > now)}>{t('verb.snooze')}</button>
      </form>
    </Chooser>
  );
}

function Rename({ thread, conversation, on_close }: { thread: Thread; conversation: ConversationDetail; on_close: () => void }) {
  const [subject, set_subject] = useState(conversation.subject);
  const sending = useSending(['/subject']);
  const submit = () => {
    if (!subject.trim()) return sending.find({ '/subject': t('missing.subject') });
    on_close();
    void thread.change({ subject: subject.trim() });
  };
  return (
    <Dialog title={t('verb.rename')} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <TextField id="rename" label={t('inbox.subject')} value={subject} on_change={set_subject} error={sending.errors['/subject']} maxlength={500} focus />
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
