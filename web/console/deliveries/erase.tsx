// Erasing the content of a delivery for good: asked for by typing, because nothing brings it back.
import { useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import type { Delivery } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { words_for } from '../problems';
import { Note } from '../shell/note';

export function EraseDialog({ delivery, on_close, on_done }: { delivery: Delivery; on_close: () => void; on_done: () => void }) {
  const [typed, set_typed] = useState('');
  const [busy, set_busy] = useState(false);
  const [error, set_error] = useState<string>();
  const word = delivery.id.slice(-4);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (typed.trim().toLowerCase() !== word) return set_error(t('erase.wrong', { word }));
    set_busy(true);
    try {
      await post(`/v1/deliveries/${delivery.id}/erasure`);
      say(t('erase.done'));
      on_done();
      on_close();
    } catch (failure) {
      set_error(words_for(failure));
      set_busy(false);
    }
  };
  return (
    <Dialog title={t('erase.title')} on_close={on_close}>
      <form class="stack" onSubmit={submit}>
        <p>{t('erase.what')}</p>
        <Note tone="warning">{t('erase.stays')}</Note>
        <TextField id="erase-word" label={t('erase.type', { word })} value={typed} on_change={set_typed} error={error} direction="ltr" focus />
        <footer class="row end">
          <button type="button" class="button" onClick={on_close}>
            {t('action.cancel')}
          </button>
          <button class="button danger" disabled={busy}>
            {t('erase.go')}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
