// How a conversation or a message came: by mail, by a form, by chat.
import Chat from 'icon:messages-square';
import Form from 'icon:clipboard-list';
import Mail from 'icon:mail';
import type { Channel } from '../../sdk/conversations';
import { t } from '../../ui/text';

const glyphs = { email: Mail, form: Form, chat: Chat } as const;

export function ChannelGlyph({ channel }: { channel: Channel }) {
  const Glyph = glyphs[channel];
  return <Glyph size={14} label={t(`channel.${channel}`)} class="muted" />;
}
