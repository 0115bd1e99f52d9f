// Where I am signed in, and ending it elsewhere.
import { get, remove } from '../../sdk/client';
import type { OwnSession, Page } from '../../sdk/types';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { words_for } from '../problems';
import { useResource } from '../resource';

export function Sessions() {
  const { value, error, reload } = useResource<Page<OwnSession>>((signal) => get('/v1/sessions', { signal }), []);
  const end = async (id: string) => {
    try {
      await remove(`/v1/sessions/${id}`);
      say(t('sessions.ended'));
    } catch (failure) {
      say(words_for(failure), 'bad');
    }
    reload();
  };
  return (
    <section class="card" aria-labelledby="sessions-title">
      <header>
        <h2 id="sessions-title">{t('sessions.title')}</h2>
      </header>
      {error.value && <p class="tone-breach">{error.value}</p>}
      <ul class="lines">
        {(value.value?.items ?? []).map((one) => (
          <li key={one.id} class="row apart">
            <span class="grow">
              <bdi class="ltr">{one.remote}</bdi> {one.current && <span class="tag assured">{t('sessions.this')}</span>}
              <span class="small muted block one-line"><bdi class="ltr">{one.user_agent}</bdi></span>
              <span class="small muted block">{t('sessions.seen')} <Moment at={one.seen_at} /></span>
            </span>
            {!one.current && (
              <button type="button" class="button small" onClick={() => void end(one.id)}>{t('sessions.end')}</button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
