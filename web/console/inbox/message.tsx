// One message of the thread: who, when, why it stands here, what it says, what goes with it.
import { useState } from 'preact/hooks';
import Bot from 'icon:bot';
import ChevronRight from 'icon:chevron-right';
import Code from 'icon:code';
import Download from 'icon:download';
import Erased from 'icon:eraser';
import FileIcon from 'icon:file';
import Link from 'icon:link';
import Shield from 'icon:shield-alert';
import Split from 'icon:split';
import type { MailAddress, Message } from '../../sdk/conversations';
import { format_size } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { act } from '../sending';
import { may } from '../session';
import { Note } from '../shell/note';
import { initials } from '../shell/shell';
import { attachment_path, raw_of } from './api';
import { ChannelGlyph } from './channel';
import { MessageHtml } from './message_html';
import { SentState, SentTrouble } from './sent_state';
import type { Thread } from './thread';
import { Words } from './words';

interface MessageProps {
  message: Message;
  thread: Thread;
  on_split: (message: Message) => void;
  on_take_back: (message: Message) => void;
}

export function MessageView({ message, thread, on_split, on_take_back }: MessageProps) {
  const name = message.author.name || message.from.name || message.from.address || t('inbox.no_name');
  return (
    <article class="msg" id={message.id} data-direction={message.direction} aria-label={t(`said.${message.direction}`, { name })}>
      <header>
        <span class="initials" aria-hidden="true">{initials(name)}</span>
        <div class="grow">
          <strong><bdi>{name}</bdi></strong>{' '}
          {message.direction === 'note' ? <span class="tag quiet">{t('compose.note')}</span> : message.direction === 'in' && message.from.address && <bdi class="ltr small muted">{message.from.address}</bdi>}
          {message.direction !== 'note' && <To message={message} />}
        </div>
        <span class="msg-when small muted">{message.channel !== 'email' && message.direction !== 'note' && <ChannelGlyph channel={message.channel} />} <Moment at={message.at} /></span>
      </header>
      <Marks message={message} />
      {message.erased ? <p class="muted"><Erased size={14} class="inline" /> {t('inbox.erased')}</p> : <Body message={message} thread={thread} />}
      {message.attachments.length > 0 && <Attachments message={message} />}
      {message.direction === 'out' && <SentTrouble message={message} on_change={() => void thread.read_message(message.id)} />}
      <footer class="msg-foot">
        {message.direction === 'out' && <SentState message={message} on_take_back={() => on_take_back(message)} />}
        {message.has_raw && !message.attachments.some((one) => one.scan?.finding === 'infected') && <a class="button small plain" href={raw_of(message.id)} download={`${message.id}.eml`}><Code size={14} /> {t('inbox.raw')}</a>}
        {message.other_subject && may('conversations.manage') && <button type="button" class="button small plain" onClick={() => on_split(message)}><Split size={14} /> {t('inbox.split')}</button>}
      </footer>
    </article>
  );
}

const list = (addresses: MailAddress[]): string => addresses.map((one) => one.address).join(', ');

function To({ message }: { message: Message }) {
  if (!message.to.length && !message.cc.length) return null;
  return (
    <span class="small muted block one-line">
      {message.to.length > 0 && <>{t('compose.to')} <bdi class="ltr">{list(message.to)}</bdi> </>}
      {message.cc.length > 0 && <>{t('compose.cc')} <bdi class="ltr">{list(message.cc)}</bdi></>}
    </span>
  );
}

function Marks({ message }: { message: Message }) {
  return (
    <>
      {message.other_subject && <p class="small"><span class="muted">{t('inbox.subject')}:</span> <bdi>{message.subject}</bdi></p>}
      {((message.channel === 'email' && message.matched_by) || message.automatic !== undefined) && (
        <p class="marks">
          {message.channel === 'email' && message.matched_by && <span class="mark" title={message.matched}><Link size={14} /> {t(`matched.${message.matched_by}`)}</span>}
          {message.automatic !== undefined && <span class="mark" title={message.automatic}><Bot size={14} /> {t('inbox.automatic')}</span>}
        </p>
      )}
      {message.claims !== undefined && <Note tone="warning"><Shield size={14} class="inline" /> {t('inbox.claims')}</Note>}
      {message.trouble !== undefined && <Note tone="warning">{t('inbox.trouble')} <bdi class="small">{message.trouble}</bdi></Note>}
    </>
  );
}

function Body({ message, thread }: { message: Message; thread: Thread }) {
  const [html, set_html] = useState(false);
  const whole = () => act(() => thread.read_message(message.id));
  return (
    <>
      {html ? <MessageHtml message={message} /> : (
        <>
          {message.fields.length > 0 && (
            <dl class="msg-fields">
              {message.fields.map((one) => <div key={one.name}><dt class="small muted"><bdi>{one.label}</bdi></dt><dd class="pre" dir="auto"><Words text={one.value} /></dd></div>)}
            </dl>
          )}
          {message.text && <div class="msg-text pre" dir="auto"><Words text={message.text} /></div>}
          {message.quoted.trim() && (
            <details class="quoted">
              <summary class="small muted"><ChevronRight size={14} /> {t(message.direction === 'in' ? 'inbox.quoted' : 'inbox.signature')}</summary>
              <div class="pre small muted" dir="auto"><Words text={message.quoted} /></div>
            </details>
          )}
          {message.cut && <button type="button" class="button small" onClick={() => void whole()}>{t('inbox.whole')}</button>}
        </>
      )}
      {message.has_html && message.direction === 'in' && <button type="button" class="link small" aria-expanded={html} onClick={() => set_html(!html)}>{t(html ? 'inbox.as_text' : 'inbox.as_html')}</button>}
    </>
  );
}

function Attachments({ message }: { message: Message }) {
  return (
    <ul class="msg-files" aria-label={t('inbox.attachments')}>
      {message.attachments.map((one) => (
        <li key={one.id}>
          {one.scan?.finding === 'infected' ? (
            <span class="file infected" title={t('inbox.infected', { found: one.scan.words })}>
              <FileIcon size={16} />
              <span class="one-line grow"><bdi>{one.name}</bdi></span>
              <span class="small">{t('inbox.infected', { found: one.scan.words })}</span>
            </span>
          ) : (
            <a class="file" href={attachment_path(one.id)} download={one.name} title={one.media_type}>
              <FileIcon size={16} />
              <span class="one-line grow"><bdi>{one.name}</bdi></span>
              {one.scan?.finding === 'not_scanned' && <span class="small muted nowrap">{t('inbox.not_scanned')}</span>}
              <span class="small muted nowrap">{format_size(one.size, locale.value)}</span>
              <Download size={14} class="muted" />
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
