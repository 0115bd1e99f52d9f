// Writes an answer or a note. Words are kept while they are typed; what could not be sent stays.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import ChevronDown from 'icon:chevron-down';
import Loader from 'icon:loader-circle';
import NotebookPen from 'icon:notebook-pen';
import Paperclip from 'icon:paperclip';
import Quotes from 'icon:message-square-quote';
import Reply from 'icon:reply';
import Send from 'icon:send';
import Trash from 'icon:trash-2';
import { Problem } from '../../sdk/client';
import type { ConversationDetail, Message, MessageKind, NewMessage } from '../../sdk/conversations';
import { rich, t } from '../../ui/text';
import { error_at } from '../problems';
import { recall, remember } from '../remembered';
import { useSending } from '../sending';
import { agent } from '../session';
import { CannedPopup } from '../desk/canned';
import { canned, gaps, raw_variable, slash_word } from '../desk/kept';
import { NamesPopup, at_word } from '../desk/mentions';
import { Gaps } from '../desk/preview';
import { Note } from '../shell/note';
import { desk } from './desk';
import { DraftKeeper, is_empty, type Words } from './draft';
import { Editor } from './editor';
import { Files, Uploads } from './files';
import { clean_html, html_of } from './clean';
import { crossed } from './crossed';
import { OthersWrite } from './lookers';
import { tell_not_writing, tell_writing } from './looking';
import { Recipients } from './recipients';
import type { Thread } from './thread';
import { tell_typing } from './visitor';

type Then = NonNullable<NewMessage['then']>;
const thens: Then[] = ['pending', 'open', 'resolved'];

interface ComposerProps {
  thread: Thread;
  conversation: ConversationDetail;
  keeper: DraftKeeper;
  on_kind: (kind: MessageKind) => void;
  focus: boolean;  // asked for, not found waiting
  on_canned: () => void;
  on_close: () => void;
}

export function Composer({ thread, conversation, keeper, focus, on_kind, on_canned, on_close }: ComposerProps) {
  const { kind } = keeper;
  const words = keeper.words.value;
  const uploads = useMemo(() => new Uploads(), [keeper]);
  const [is_rich, set_rich] = useState(() => recall<boolean>('composer.rich', 'browser') ?? true);
  const [then, set_then] = useState<Then>('pending');
  const sending = useSending(['/text', '/html', '/to', '/cc', '/subject', '/attachments']);
  const input = useRef<HTMLInputElement>(null);
  const [slash, set_slash] = useState<string>();  // the word after it
  const [begun_name, set_begun_name] = useState<string>();  // after an @
  const [raw_is_meant, mean_raw] = useState<string>();  // a variable that stands in the text as it is
  const first = useRef<(event: KeyboardEvent) => boolean>(null);
  useEffect(() => {
    gaps.value = [];
    return () => {
      gaps.value = [];
    };
  }, [keeper]);
  const shows_rich = is_rich && (words.html !== '' || !words.text);
  // At once: whoever types on after the key must not lose a letter, nor have it taken for another key.
  useLayoutEffect(() => {
    if (focus) document.getElementById('composer-text')?.focus();
  }, [keeper]);

  const attach = (list: FileList | null | undefined) => {
    for (const file of list ?? []) uploads.start(file, (done) => keeper.set({ files: [...keeper.words.peek().files, done] }));
  };
  const turn = () => {
    if (shows_rich) keeper.set({ html: '' });
    else keeper.set({ html: html_of(words.text) });
    keeper.epoch.value += 1;
    set_rich(!shows_rich);
    remember('composer.rich', !shows_rich, 'browser');
  };
  const messages = thread.messages.value?.items ?? [];
  const last = messages.at(-1)?.id;
  const since = kind === 'reply' ? crossed(messages, words.seen, agent.value?.id) : [];
  const read_up = () => keeper.set({ ...(last ? { seen: last } : {}) });
  useEffect(() => tell_not_writing, [keeper]);
  const type = (part: Partial<Words>) => {
    if (kind === 'reply') tell_typing(conversation);
    tell_writing(kind);
    const begins = !words.seen || is_empty(keeper.words.peek());
    keeper.set({ ...part, ...(begins && last ? { seen: last } : {}) });
  };
  const send = (anyway = false) => {
    if (uploads.busy || sending.busy) return;
    if (since.length && !anyway) return document.getElementById('crossed')?.focus();
    if (anyway) read_up();
    if (!words.text.trim() && !words.files.length) return sending.find({ '/text': t('missing.text') });
    const raw = raw_variable(words.text);
    if (raw && raw !== raw_is_meant) {
      mean_raw(raw);
      return sending.find({ '/text': t('compose.raw_variable', { variable: raw }) });
    }
    void sending.send(async () => {
      try {
        await thread.send(message_from(kind, keeper.words.peek(), then, keeper.key));
      } catch (failure) {
        // It came while this one was on its way: shown, and asked about like all others.
        if (!(failure instanceof Problem) || failure.code !== 'answered_meanwhile') throw failure;
        return await thread.load();
      }
      await keeper.done();
      on_close();
    });
  };
  const wrong = error_at(sending.errors, '/text') ?? error_at(sending.errors, '/html');
  return (
    <form class="composer" data-kind={kind} aria-label={t(`compose.${kind}`)} data-pending={sending.busy} noValidate onSubmit={(event) => { event.preventDefault(); send(); }} onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); attach(event.dataTransfer?.files); }} onPaste={(event) => attach(event.clipboardData?.files)}>
      <div class="composer-head">
        <KindSwitch kind={kind} on_kind={on_kind} />
        <span class="grow" />
        <KeptState keeper={keeper} />
        <button type="button" class="button small plain icon-only" aria-label={t('compose.close')} title={t('compose.close')} onClick={on_close}>
          <ChevronDown size={18} />
        </button>
      </div>
      {keeper.other.value && <Other keeper={keeper} />}
      <OthersWrite id={conversation.id} />
      {since.length > 0 && <Crossed since={since} on_read={read_up} on_send={() => send(true)} />}
      {kind === 'reply' && <Recipients words={words} epoch={keeper.epoch.value} conversation={conversation} errors={sending.errors} on_change={(part) => keeper.set(part)} />}
      {(sending.failure || wrong) && <Note tone="breach">{sending.failure ?? wrong}</Note>}
      <Editor id="composer-text" label={t(`compose.${kind}`)} rich={shows_rich} text={words.text} html={words.html} epoch={keeper.epoch.value} invalid={wrong !== undefined} on_change={type} on_send={() => send()} on_before={(before) => { set_slash(canned.peek().length ? slash_word(before) : undefined); set_begun_name(kind === 'note' ? at_word(before) : undefined); }} first={first} />
      {slash !== undefined && <CannedPopup word={slash} conversation={conversation.id} keys={first} on_close={() => set_slash(undefined)} />}
      {begun_name !== undefined && slash === undefined && <NamesPopup word={begun_name} keys={first} on_close={() => set_begun_name(undefined)} />}
      <Gaps gaps={gaps.value} />
      {kind === 'reply' && (conversation.channel !== 'chat' || words.to.length > 0) && <Signature mailbox={conversation.mailbox} locale={conversation.locale} />}
      <Files files={words.files} uploads={uploads} on_remove={(id) => keeper.set({ files: words.files.filter((one) => one.id !== id) })} />
      <div class="composer-foot">
        <button class="button primary" disabled={sending.busy || uploads.busy}>
          {sending.busy ? <Loader size={16} class="spin" /> : kind === 'note' ? <NotebookPen size={16} /> : <Send size={16} class="turns" />} {t(kind === 'note' ? 'compose.add_note' : 'compose.send')}
        </button>
        {kind === 'reply' && (
          <select class="input" aria-label={t('compose.then')} value={then} onChange={(event) => set_then(event.currentTarget.value as Then)}>
            {thens.map((one) => <option key={one} value={one} selected={one === then}>{t(`then.${one}`)}</option>)}
          </select>
        )}
        <button type="button" class="button plain icon-only" aria-label={t('files.add')} title={t('files.add')} onClick={() => input.current?.click()}>
          <Paperclip size={18} />
        </button>
        <input ref={input} type="file" multiple hidden aria-label={t('files.add')} onChange={(event) => { attach(event.currentTarget.files); event.currentTarget.value = ''; }} />
        {canned.value.length > 0 && (
          <button type="button" class="button plain icon-only" aria-label={t('canned.insert')} title={t('canned.insert')} onClick={on_canned}>
            <Quotes size={18} />
          </button>
        )}
        <button type="button" class="button small plain" onClick={turn}>{t(shows_rich ? 'compose.plain' : 'compose.rich')}</button>
        <span class="grow" />
        <button type="button" class="button plain icon-only" aria-label={t('compose.discard')} title={t('compose.discard')} onClick={() => { void keeper.done(); on_close(); }}>
          <Trash size={18} />
        </button>
      </div>
    </form>
  );
}

function message_from(kind: MessageKind, words: Words, then: Then, key: string): NewMessage {
  const said = words.html ? { html: clean_html(words.html) } : { text: words.text };
  const made: NewMessage = { kind, ...said, attachments: words.files.map((one) => one.id), key };
  if (kind === 'note') return made;
  return { ...made, then, ...(words.seen ? { seen: words.seen } : {}), ...(words.to.length ? { to: words.to, cc: words.cc } : {}), ...(words.subject ? { subject: words.subject } : {}) };
}

function KindSwitch({ kind, on_kind }: { kind: MessageKind; on_kind: (kind: MessageKind) => void }) {
  return (
    <div class="row chips" role="group" aria-label={t('compose.kind')}>
      <button type="button" class="chip" aria-pressed={kind === 'reply'} onClick={() => on_kind('reply')}><Reply size={14} class="inline turns" /> {t('compose.reply')}</button>
      <button type="button" class="chip" aria-pressed={kind === 'note'} onClick={() => on_kind('note')}><NotebookPen size={14} class="inline" /> {t('compose.note')}</button>
    </div>
  );
}

// Asked before it is sent: somebody has written since it was begun.
function Crossed({ since, on_read, on_send }: { since: Message[]; on_read: () => void; on_send: () => void }) {
  const names = [...new Set(since.map((one) => one.author.name || one.from.name || t('inbox.no_name')))].join(', ');
  return (
    <div id="crossed" tabIndex={-1} role="alert">
      <Note tone="warning">
        <p>{rich(since.some((one) => one.direction === 'out') ? 'crossed.answered' : 'crossed.written', { name: <bdi>{names}</bdi> })}</p>
        <div class="row">
          <button type="button" class="button small" onClick={on_read}>{t('crossed.read')}</button>
          <button type="button" class="button small" onClick={on_send}>{t('crossed.send')}</button>
        </div>
      </Note>
    </div>
  );
}

function KeptState({ keeper }: { keeper: DraftKeeper }) {
  const kept = keeper.kept.value;
  return <span class="small muted" role="status">{kept === 'nothing' ? '' : t(kept === 'server' ? 'draft.kept' : 'draft.here')}</span>;
}

function Other({ keeper }: { keeper: DraftKeeper }) {
  const other = keeper.other.value!;
  return (
    <Note tone="warning">
      <p>{t('draft.other')}</p>
      <p class="small one-line"><bdi>{other.text.slice(0, 200)}</bdi></p>
      <div class="row">
        <button type="button" class="button small" onClick={() => keeper.take_other()}>{t('draft.take_other')}</button>
        <button type="button" class="button small" onClick={() => keeper.drop_other()}>{t('draft.keep_mine')}</button>
      </div>
    </Note>
  );
}

export function Signature({ mailbox, locale }: { mailbox: string; locale: string }) {
  const box = desk.value?.mailboxes.find((one) => one.id === mailbox);
  const text = box && (box.signatures[locale] ?? box.signatures[box.locale]);
  if (!text) return null;
  return (
    <details class="signature small muted">
      <summary>{rich('compose.signature', { name: <bdi>{box.name}</bdi> })}</summary>
      <p class="pre" dir="auto">{text}</p>
    </details>
  );
}
