// Into which conversation this one's messages move: the suggested ones, then the customer's others. It can be undone.
import type { ConversationDetail } from '../../sdk/conversations';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { words_for } from '../problems';
import { useResource } from '../resource';
import { go, place } from '../router';
import * as api from './api';
import { Chooser, type Choice } from './chooser';
import { state_name } from './views';
import type { Thread } from './thread';

export async function merge_into(id: string, into: string): Promise<void> {
  try {
    await api.merge(id, into);
    say(t('verb.merged'));
    const query = place.value.query.toString();
    go(`/inbox/${into}${query ? `?${query}` : ''}`);
  } catch (failure) {
    say(words_for(failure), 'bad');
  }
}

export function MergeDialog({ thread, conversation, on_close }: { thread: Thread; conversation: ConversationDetail; on_close: () => void }) {
  const { customer } = conversation.from;
  const others = useResource(async (signal) => (customer ? (await api.list({ customer, limit: 50 }, signal)).items : []), [customer]);
  const choices = new Map<string, Choice>();
  for (const one of conversation.suggestions) choices.set(one.conversation, { value: one.conversation, label: `#${one.number} ${one.subject}`, hint: t('inbox.suggested') });
  for (const one of others.value.value ?? []) if (one.id !== thread.id && one.state !== 'merged' && one.state !== 'spam' && !choices.has(one.id)) choices.set(one.id, { value: one.id, label: `#${one.number} ${one.subject}`, hint: state_name(one.state) });
  return (
    <Chooser title={t('verb.merge')} chosen={[]} choices={[...choices.values()]} on_pick={(into) => void merge_into(thread.id, into)} on_close={on_close}>
      <p class="small muted">{others.error.value ?? t('verb.merge_text')}</p>
    </Chooser>
  );
}
