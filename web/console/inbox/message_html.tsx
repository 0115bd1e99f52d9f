// A message's HTML in the letter's frame, an origin of its own in which nothing runs. Pictures that came with the mail show; those from
// outside stay away until somebody asks for them: they would tell the sender who reads, and when.
import { useState } from 'preact/hooks';
import ImageOff from 'icon:image-off';
import type { Message } from '../../sdk/conversations';
import { Failed, Loading } from '../../ui/blank';
import { t } from '../../ui/text';
import { LetterFrame } from '../notices/letter_frame';
import { problem_of } from '../../sdk/client';
import { useResource } from '../resource';
import { attachment_path, html_path } from './api';

const most_inside = 5_000_000;  // of pictures that came with the mail

async function fetched(path: string, signal: AbortSignal): Promise<Response> {
  const reply = await fetch(path, { credentials: 'same-origin', signal });
  if (!reply.ok) throw problem_of(reply.status, await reply.text());
  return reply;
}

const data_url = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(blob);
  });

// What "cid:" names becomes the picture itself; nothing else of the frame may ask this server.
async function whole_html(message: Message, signal: AbortSignal): Promise<string> {
  let html = await (await fetched(html_path(message.id), signal)).text();
  let room = most_inside;
  for (const one of message.attachments) {
    if (!one.inside || !one.content_id || !one.media_type.startsWith('image/') || one.media_type.includes('svg') || one.size > room) continue;
    room -= one.size;
    const bytes = await (await fetched(attachment_path(one.id), signal)).arrayBuffer();
    html = html.replaceAll(`cid:${one.content_id}`, await data_url(new Blob([bytes], { type: one.media_type })));
  }
  return html;
}

const outside = /(?:src|background|srcset|poster)\s*=\s*["']?\s*(?:https?:)?\/\/|url\(\s*["']?\s*(?:https?:)?\/\//i;

export function MessageHtml({ message }: { message: Message }) {
  const [pictures, set_pictures] = useState(false);
  const { value, error, reload } = useResource((signal) => whole_html(message, signal), [message.id]);
  const html = value.value;
  if (html === undefined) return error.value ? <Failed text={error.value} retry={reload} /> : <Loading rows={3} />;
  return (
    <div class="stack tight">
      {!pictures && outside.test(html) && (
        <p class="row small">
          <ImageOff size={16} class="muted" /> <span class="grow muted">{t('inbox.pictures_blocked')}</span>
          <button type="button" class="button small" onClick={() => set_pictures(true)}>{t('inbox.show_pictures')}</button>
        </p>
      )}
      <LetterFrame key={String(pictures)} html={html} pictures={pictures} title={t('inbox.html_title')} />
    </div>
  );
}
