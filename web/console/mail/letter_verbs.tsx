// What a person may do with a letter: send an unknown or failed one again, or give it up.
import { useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { Dialog } from '../../ui/dialog';
import { words_for } from '../problems';
import { may } from '../session';
import { Note } from '../shell/note';

interface LetterVerbsProps {
  id: string;
  state: string;
  on_change: () => void;
  on_guess?: (state: string | undefined) => void;  // shown at once, marked; undefined: rolled back or confirmed
}

export function LetterVerbs({ id, state, on_change, on_guess }: LetterVerbsProps) {
  const [asking, set_asking] = useState(false);
  if (!may('outbox.manage')) return null;
  const can_retry = state === 'unknown' || state === 'failed';
  const can_cancel = state === 'unknown' || state === 'queued';
  if (!can_retry && !can_cancel) return null;
  const act = async (verb: 'retry' | 'cancellation', guess: string, done: string) => {
    set_asking(false);
    on_guess?.(guess);
    try {
      await post(`/v1/outbox/${id}/${verb}`);
      say(done);
    } catch (failure) {
      say(words_for(failure), 'bad');
    } finally {
      on_guess?.(undefined);
      on_change();
    }
  };
  const retry = () => void act('retry', 'queued', t('outbox.retried'));
  return (
    <div class="row">
      {can_retry && (
        <button type="button" class="button small" onClick={() => (state === 'unknown' ? set_asking(true) : retry())}>
          {t('outbox.retry')}
        </button>
      )}
      {can_cancel && (
        <button type="button" class="button small" onClick={() => void act('cancellation', 'cancelled', t('outbox.cancelled'))}>
          {t('outbox.cancel')}
        </button>
      )}
      {asking && (
        <Dialog title={t('outbox.retry_title')} on_close={() => set_asking(false)}>
          <Note tone="warning">{t('outbox.retry_text')}</Note>
          <footer>
            <button type="button" class="button" onClick={() => set_asking(false)}>
              {t('action.cancel')}
            </button>
            <button type="button" class="button primary" onClick={retry}>
              {t('outbox.retry')}
            </button>
          </footer>
        </Dialog>
      )}
    </div>
  );
}
