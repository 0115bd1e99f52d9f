// Sends letters again, in portions, with what has been done so far; it can be stopped between portions and says what happened.
import { useRef, useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import type { DeadFilter, Replayed } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { words_for } from '../problems';
import { Note } from '../shell/note';

export type Wanted = { ids: string[] } | { filter: DeadFilter };
const portion = 500;

type Stage = 'asking' | 'running' | 'over';

export function Replay({ wanted, on_close }: { wanted: Wanted; on_close: () => void }) {
  const [stage, set_stage] = useState<Stage>('asking');
  const [done, set_done] = useState({ queued: 0, skipped: 0 });
  const [failure, set_failure] = useState<string>();
  const stopped = useRef(false);
  const run = async () => {
    set_stage('running');
    const sum = { queued: 0, skipped: 0 };
    let before: string | undefined;
    try {
      do {
        const found: Replayed = await post('/v1/dead-letters/replay', 'ids' in wanted ? { ids: wanted.ids } : { filter: wanted.filter, limit: portion, ...(before ? { before } : {}) });
        sum.queued += found.queued;
        sum.skipped += found.skipped;
        set_done({ ...sum });
        before = found.next;
      } while (before && !stopped.current);
    } catch (error) {
      set_failure(words_for(error));
    }
    set_stage('over');
  };
  return (
    <Dialog title={t('dead.replay')} on_close={on_close}>
      {stage === 'asking' ? (
        <p>{'ids' in wanted ? t('dead.sure_chosen', { count: wanted.ids.length }) : t('dead.sure_all')}</p>
      ) : (
        <div class="stack tight" role="status">
          {stage === 'running' && <progress aria-label={t('dead.replay')} />}
          <p>{t('dead.queued', { count: done.queued })}</p>
          {done.skipped > 0 && <p class="muted">{t('dead.skipped', { count: done.skipped })}</p>}
        </div>
      )}
      {failure && <Note tone="breach">{failure}</Note>}
      <footer>
        {stage === 'running' ? (
          <button type="button" class="button" onClick={() => (stopped.current = true)}>
            {t('dead.stop')}
          </button>
        ) : (
          <button type="button" class="button" onClick={on_close}>
            {stage === 'asking' ? t('action.cancel') : t('action.close')}
          </button>
        )}
        {stage === 'asking' && (
          <button type="button" class="button primary" onClick={() => void run()}>
            {t('outbox.retry')}
          </button>
        )}
      </footer>
    </Dialog>
  );
}
