// Erasing a person or a conversation for good: what it does and does not, a reason, and the end of the identifier typed.
import { useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import type { ErasureReport } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useSending } from '../sending';
import { may } from '../session';
import { Form } from './form';
import { Note } from './note';

export const may_erase = (): boolean => may('conversations.manage') && may('deliveries.erase');

interface EraseProps {
  path: string;  // of what is erased
  id: string;
  words: { title: string; does: string; not: string; done: (report: ErasureReport) => string };
  on_close: () => void;
  on_done: () => void;
}

export function EraseForGood({ path, id, words, on_close, on_done }: EraseProps) {
  const [reason, set_reason] = useState('');
  const [typed, set_typed] = useState('');
  const sending = useSending(['/reason', '/word']);
  const word = id.slice(-4);
  const submit = () => {
    const wrong = { ...(reason.trim() ? {} : { '/reason': t('persons.erase_reason_missing') }), ...(typed.trim().toLowerCase() === word ? {} : { '/word': t('erase.wrong', { word }) }) };
    if (Object.keys(wrong).length) return sending.find(wrong);
    return void sending.send(async () => {
      const report = await post<ErasureReport>(`${path}/${id}/erasure`, { reason: reason.trim() });
      say(words.done(report));
      on_close();
      on_done();
    });
  };
  return (
    <Dialog title={words.title} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <p>{words.does}</p>
        <Note tone="warning">{words.not}</Note>
        <TextField id="erase-reason" label={t('persons.erase_reason')} hint={t('persons.erase_reason_hint')} value={reason} on_change={set_reason} error={sending.errors['/reason']} maxlength={200} focus />
        <TextField id="erase-word" label={t('erase.type', { word })} value={typed} on_change={set_typed} error={sending.errors['/word']} direction="ltr" />
        <footer class="row end">
          <button type="button" class="button" onClick={on_close}>
            {t('action.cancel')}
          </button>
          <button class="button danger" disabled={sending.busy}>
            {t('erase.go')}
          </button>
        </footer>
      </Form>
    </Dialog>
  );
}
