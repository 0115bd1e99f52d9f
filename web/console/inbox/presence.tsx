// Whether the viewer is there: who is online is given conversations.
import { useEffect } from 'preact/hooks';
import { get, put } from '../../sdk/client';
import type { Presence, PresenceView } from '../../sdk/routing';
import { t } from '../../ui/text';
import { subscribe } from '../live';
import { useResource } from '../resource';
import { act } from '../sending';
import { agent } from '../session';

const all: Presence[] = ['online', 'away', 'offline'];

export function PresenceSwitch() {
  const mine = useResource<PresenceView>((signal) => get('/v1/presence', { signal }), []);
  useEffect(() => subscribe((events) => events.some((event) => event.kind === 'presence.changed' && event.subject === agent.peek()?.id) && mine.reload()), []);
  const now = mine.value.value;
  if (!now) return null;
  const change = async (presence: Presence) => {
    await act(() => put('/v1/presence', { presence }));
    mine.reload();
  };
  return (
    <section class="presence">
      <select class="input" aria-label={t('presence.label')} data-presence={now.presence} value={now.presence} onChange={(event) => void change(event.currentTarget.value as Presence)}>
        {all.map((one) => <option key={one} value={one} selected={one === now.presence}>{t(`presence.${one}`)}</option>)}
      </select>
      {!now.at_work && <span class="small muted">{t('presence.outside')}</span>}
    </section>
  );
}
