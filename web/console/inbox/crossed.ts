// What others wrote since a draft was begun: the server refuses an answer that crosses it, the composer says so before.
import type { Message } from '../../sdk/conversations';

export function crossed(messages: Message[], seen: string | undefined, me: string | undefined): Message[] {
  if (!seen) return [];
  return messages.filter((one) => one.id > seen && one.state !== 'withdrawn' && !one.automatic && !(one.author.kind === 'agent' && one.author.id === me));
}
