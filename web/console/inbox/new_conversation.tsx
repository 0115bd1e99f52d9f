// A conversation that we begin, by mail. What was typed survives a reload in this browser until it is sent.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import ArrowLeft from 'icon:arrow-left';
import Loader from 'icon:loader-circle';
import Paperclip from 'icon:paperclip';
import Send from 'icon:send';
import type { ConversationDetail, UploadedAttachment } from '../../sdk/conversations';
import { SelectField, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { error_at, type FieldErrors } from '../problems';
import { forget, recall, remember } from '../remembered';
import { useSending } from '../sending';
import { Note } from '../shell/note';
import * as api from './api';
import { clean_html } from './clean';
import { Signature } from './composer';
import { desk } from './desk';
import { Editor } from './editor';
import { Files, Uploads } from './files';

interface Sheet {
  mailbox: string;
  to: string;
  cc: string;
  name: string;
  subject: string;
  text: string;
  html: string;
  files: UploadedAttachment[];
  key: string;
}
const fresh = (): Sheet => ({ mailbox: '', to: '', cc: '', name: '', subject: '', text: '', html: '', files: [], key: crypto.randomUUID() });
const memory = 'inbox.new';
const split = (text: string): string[] => text.split(/[,;\s]+/).filter(Boolean);
const shown = ['/mailbox', '/to', '/cc', '/name', '/subject', '/text', '/html', '/attachments'];

function missing(sheet: Sheet): FieldErrors {
  return { ...(split(sheet.to).length ? {} : { '/to': t('missing.recipient') }), ...(sheet.subject.trim() ? {} : { '/subject': t('missing.subject') }), ...(sheet.text.trim() ? {} : { '/text': t('missing.text') }) };
}

interface Props {
  heading: 'h1' | 'h2';
  on_close: () => void;
  on_made: (made: ConversationDetail) => void;
}

export function NewConversationPane({ heading: Heading, on_close, on_made }: Props) {
  const [sheet, set_sheet] = useState<Sheet>(() => recall<Sheet>(memory, 'browser') ?? fresh());
  const uploads = useMemo(() => new Uploads(), []);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(sheet);
  const sending = useSending(shown);
  const boxes = (desk.value?.mailboxes ?? []).filter((one) => !one.retired);
  const box = boxes.find((one) => one.id === sheet.mailbox) ?? boxes[0];
  const set = (part: Partial<Sheet>) => {
    latest.current = { ...latest.current, ...part, key: crypto.randomUUID() };
    set_sheet(latest.current);
    remember(memory, latest.current, 'browser');
  };
  useEffect(() => document.getElementById('new-to')?.focus(), []);
  const attach = (list: FileList | null | undefined) => {
    for (const file of list ?? []) uploads.start(file, (done) => set({ files: [...latest.current.files, done] }));
  };
  const send = () => {
    const wrong = missing(sheet);
    if (Object.keys(wrong).length) return sending.find(wrong);
    if (!box || uploads.busy) return;
    void sending.send(async () => {
      remember(memory, sheet, 'browser');  // a lost reply is tried again under the same key
      const said = sheet.html ? { html: clean_html(sheet.html) } : { text: sheet.text };
      const made = await api.begin({ mailbox: box.id, to: split(sheet.to), cc: split(sheet.cc), subject: sheet.subject.trim(), ...(sheet.name.trim() ? { name: sheet.name.trim() } : {}), ...said, attachments: sheet.files.map((one) => one.id), key: sheet.key });
      forget(memory, 'browser');
      on_made(made);
    });
  };
  const at = (pointer: string) => error_at(sending.errors, pointer);
  const wrong = at('/text') ?? at('/html');
  return (
    <section class="inbox-thread" aria-labelledby="new-title">
      <header class="pane-head">
        <button type="button" class="button small plain icon-only back-to-list" aria-label={t('inbox.to_list')} onClick={on_close}><ArrowLeft size={18} class="turns" /></button>
        <Heading id="new-title" class="grow">{t('inbox.new')}</Heading>
      </header>
      <form class="new-conversation stack" noValidate onSubmit={(event) => { event.preventDefault(); send(); }} onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); attach(event.dataTransfer?.files); }}>
        {sending.failure && <Note tone="breach">{sending.failure}</Note>}
        {desk.value && !boxes.length && <Note tone="warning">{t('inbox.no_mailbox')}</Note>}
        <SelectField id="new-mailbox" label={t('inbox.from')} value={box?.id ?? ''} options={boxes.map((one) => ({ value: one.id, label: `${one.name} <${one.address}>` }))} on_change={(mailbox) => set({ mailbox })} error={at('/mailbox')} />
        <div class="columns">
          <TextField id="new-to" label={t('compose.to')} direction="ltr" value={sheet.to} on_change={(to) => set({ to })} error={at('/to')} />
          <TextField id="new-cc" label={t('compose.cc')} direction="ltr" optional value={sheet.cc} on_change={(cc) => set({ cc })} error={at('/cc')} />
          <TextField id="new-name" label={t('inbox.recipient_name')} optional direction="auto" value={sheet.name} on_change={(name) => set({ name })} error={at('/name')} maxlength={200} />
        </div>
        <TextField id="new-subject" label={t('inbox.subject')} direction="auto" value={sheet.subject} on_change={(subject) => set({ subject })} error={at('/subject')} maxlength={500} />
        <Editor id="new-text" label={t('compose.message')} rich text={sheet.text} html={sheet.html} epoch={0} invalid={wrong !== undefined} on_change={set} on_send={send} />
        {wrong && <Note tone="breach">{wrong}</Note>}
        {box && <Signature mailbox={box.id} locale={box.locale} />}
        <Files files={sheet.files} uploads={uploads} on_remove={(id) => set({ files: sheet.files.filter((one) => one.id !== id) })} />
        <div class="row">
          <button class="button primary" disabled={sending.busy || uploads.busy || !box}>{sending.busy ? <Loader size={16} class="spin" /> : <Send size={16} class="turns" />} {t('compose.send')}</button>
          <button type="button" class="button plain icon-only" aria-label={t('files.add')} title={t('files.add')} onClick={() => input.current?.click()}><Paperclip size={18} /></button>
          <input ref={input} type="file" multiple hidden aria-label={t('files.add')} onChange={(event) => { attach(event.currentTarget.files); event.currentTarget.value = ''; }} />
          <span class="grow" />
          <button type="button" class="button" onClick={() => { forget(memory, 'browser'); on_close(); }}>{t('compose.discard')}</button>
        </div>
      </form>
    </section>
  );
}
