// The visitor of a chat while an agent looks at it: they are writing, and are told that an answer is being written. No journal keeps it.
import { useEffect, useState } from 'preact/hooks';
import type { ConversationDetail } from '../../sdk/conversations';
import { t } from '../../ui/text';
import { say_typing } from './api';

const shown_for = 6_000;
const said_every = 3_000;

export function VisitorTyping({ conversation }: { conversation: ConversationDetail }) {
  const [typing, set_typing] = useState(false);
  const is_chat = conversation.channel === 'chat';
  useEffect(() => {
    if (!is_chat) return;
    let timer = 0;
    const source = new EventSource(`/v1/conversations/${conversation.id}/live`);
    source.onmessage = (event) => {
      const { type } = JSON.parse(String(event.data)) as { type: string };
      clearTimeout(timer);
      set_typing(type === 'typing');
      if (type === 'typing') timer = window.setTimeout(() => set_typing(false), shown_for);
    };
    return () => {
      source.close();
      clearTimeout(timer);
      set_typing(false);
    };
  }, [conversation.id, is_chat]);
  if (!is_chat) return null;
  return <p class="visitor-typing small muted" role="status">{typing ? t('chat.visitor_writes') : ''}</p>;
}

let said = { id: '', at: 0 };
export function tell_typing(conversation: ConversationDetail): void {
  if (conversation.channel !== 'chat' || (said.id === conversation.id && Date.now() - said.at < said_every)) return;
  said = { id: conversation.id, at: Date.now() };
  void say_typing(conversation.id).catch(() => undefined);
}
