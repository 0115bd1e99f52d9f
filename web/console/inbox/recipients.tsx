// Whom an answer goes to: as usual in one line, or as somebody types it.
import { useEffect, useState } from 'preact/hooks';
import type { ConversationDetail } from '../../sdk/conversations';
import { TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { error_at, type FieldErrors } from '../problems';
import type { Words } from './draft';

const split = (text: string): string[] => text.split(/[,;\s]+/).filter(Boolean);

interface RecipientsProps {
  words: Words;
  epoch: number;
  conversation: ConversationDetail;
  errors: FieldErrors;
  on_change: (part: Pick<Words, 'to' | 'cc' | 'subject'>) => void;
}

export function Recipients({ words, epoch, conversation, errors, on_change }: RecipientsProps) {
  const { reply } = conversation;
  const wrong = error_at(errors, '/to') ?? error_at(errors, '/cc') ?? error_at(errors, '/subject');
  const [open, set_open] = useState(false);
  const shown = open || wrong !== undefined || words.to.length > 0;
  const [texts, set_texts] = useState({ to: '', cc: '', subject: '' });
  useEffect(() => {
    const own = words.to.length > 0;
    set_texts({ to: (own ? words.to : reply.to).join(', '), cc: (own ? words.cc : reply.cc).join(', '), subject: words.subject || reply.subject });
  }, [epoch, open]);
  const type = (part: Partial<typeof texts>) => {
    const now = { ...texts, ...part };
    set_texts(now);
    on_change({ to: split(now.to), cc: split(now.cc), subject: now.subject === reply.subject ? '' : now.subject });
  };
  if (!shown && !reply.to.length && conversation.channel === 'chat')
    return (
      <p class="small recipients-line muted">
        {t('compose.carried')}
      </p>
    );
  if (!shown)
    return (
      <p class="small recipients-line">
        <span class="muted">{t('compose.to')}</span> <bdi class="ltr">{reply.to.join(', ')}</bdi>
        {reply.cc.length > 0 && <> <span class="muted">{t('compose.cc')}</span> <bdi class="ltr">{reply.cc.join(', ')}</bdi></>}{' '}
        <button type="button" class="link" onClick={() => set_open(true)}>{t('action.edit')}</button>
      </p>
    );
  return (
    <div class="recipient-fields">
      <datalist id="participants">{conversation.participants.map((one) => <option key={one.id} value={one.address} />)}</datalist>
      <TextField id="composer-to" label={t('compose.to')} direction="ltr" list="participants" value={texts.to} on_change={(to) => type({ to })} error={error_at(errors, '/to')} />
      <TextField id="composer-cc" label={t('compose.cc')} direction="ltr" list="participants" value={texts.cc} on_change={(cc) => type({ cc })} error={error_at(errors, '/cc')} />
      <TextField id="composer-subject" label={t('inbox.subject')} direction="auto" value={texts.subject} on_change={(subject) => type({ subject })} error={error_at(errors, '/subject')} maxlength={500} />
    </div>
  );
}
