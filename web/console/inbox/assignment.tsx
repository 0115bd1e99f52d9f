// Why a conversation was given to whom it was given: everybody who was asked, with the reason.
import { get, Problem } from '../../sdk/client';
import type { Assignment } from '../../sdk/routing';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';

export function Why({ made }: { made: Assignment }) {
  const chosen = made.candidates.find((one) => one.agent === made.agent);
  return (
    <>
      <p>{chosen ? t('routing.got', { name: chosen.name }) : t('routing.nobody')}</p>
      <ul class="lines small">
        {made.candidates.map((one) => (
          <li key={one.agent}>
            <strong><bdi>{one.name}</bdi></strong> · {t(`verdict.${one.verdict}`)}
            <span class="muted block">{t('routing.load', { load: one.load, capacity: one.capacity })}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

// Nothing where routing has not decided.
async function look(id: string, signal: AbortSignal): Promise<Assignment | null> {
  try {
    return await get<Assignment>(`/v1/conversations/${id}/assignment`, { signal });
  } catch (failure) {
    if (failure instanceof Problem && failure.status === 404) return null;
    throw failure;
  }
}

export function WhyAssigned({ id, version }: { id: string; version: number }) {
  const made = useResource((signal) => look(id, signal), [id, version]).value.value;
  if (!made) return null;
  return (
    <details class="side-part">
      <summary>{t('routing.why')}</summary>
      <p class="small muted">{t(`routing_cause.${made.cause}`)} · <Moment at={made.at} /></p>
      <Why made={made} />
    </details>
  );
}
