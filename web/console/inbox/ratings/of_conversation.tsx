// What the customer said of each resolution: beside the thread, and the last one above its composer.
import { useEffect } from 'preact/hooks';
import { get } from '../../../sdk/client';
import type { Rating } from '../../../sdk/ratings';
import type { Page } from '../../../sdk/types';
import { t } from '../../../ui/text';
import { Moment } from '../../../ui/time';
import { subscribe } from '../../live';
import { useResource } from '../../resource';
import { Score, state_words } from './score';

function useRatings(id: string): Rating[] {
  const from = useResource<Page<Rating>>((signal) => get(`/v1/conversations/${id}/ratings`, { signal }), [id]);
  useEffect(() => subscribe((events) => events.some((event) => event.subject === id && /^conversation\.(rated|rating_|resolved|reopened|restored)/.test(event.kind)) && from.reload()), [id]);
  return from.value.value?.items ?? [];
}

export function SideRatings({ id }: { id: string }) {
  const shown = useRatings(id).filter((one) => !(one.state === 'passed_over' && one.reason === 'not_asked'));
  if (!shown.length) return null;
  return (
    <section class="side-part" aria-labelledby="ratings-title">
      <h3 id="ratings-title">{t('rating.title')}</h3>
      <ul class="lines">
        {shown.map((one) => (
          <li key={one.id} class="stack tight">
            {one.state === 'rated' ? <Score rating={one} /> : <span class="small muted">{state_words(one)}</span>}
            {one.comment && <p class="pre small" dir="auto">{one.comment}</p>}
            <span class="small muted"><Moment at={one.rated_at ?? one.asked_at ?? one.resolved_at} /></span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function LastRating({ id }: { id: string }) {
  const last = useRatings(id).find((one) => one.state === 'rated');
  if (!last) return null;
  return (
    <div class="last-rating" role="note" aria-label={t('rating.title')}>
      <Score rating={last} />
      {last.comment && <span class="grow one-line" dir="auto" title={last.comment}>{last.comment}</span>}
      <span class="small muted"><Moment at={last.rated_at ?? last.resolved_at} /></span>
    </div>
  );
}
