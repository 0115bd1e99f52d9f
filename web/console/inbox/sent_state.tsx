// Where a message that we sent is: waiting with Undo, accepted, unknown, failed; per recipient where they differ.
import { useEffect, useState } from 'preact/hooks';
import Check from 'icon:check';
import Clock from 'icon:clock';
import Alert from 'icon:circle-alert';
import Help from 'icon:triangle-alert';
import Undo from 'icon:undo-2';
import type { Message } from '../../sdk/conversations';
import { is_key, t } from '../../ui/text';
import { LetterVerbs } from '../mail/letter_verbs';
import { agent } from '../session';

// Whole seconds until then, counted down; the server's clock may differ, so it decides what Undo still can do.
function useSecondsTo(at: string | undefined): number {
  const left = () => (at ? Math.max(0, Math.ceil((Date.parse(at) - Date.now()) / 1000)) : 0);
  const [seconds, set_seconds] = useState(left);
  useEffect(() => {
    set_seconds(left());
    if (!left()) return;
    const timer = setInterval(() => {
      set_seconds(left());
      if (!left()) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [at]);
  return seconds;
}

export function SentState({ message, on_take_back }: { message: Message; on_take_back: () => void }) {
  const seconds = useSecondsTo(message.state === 'queued' ? message.leaves_at : undefined);
  const mine = message.author.id === agent.value?.id;
  if (message.state === 'queued')
    return (
      <span class="row nowrap-row">
        <span class="mark"><Clock size={14} /> {seconds > 0 ? t('sent.leaves_in', { count: seconds }) : t('sent.queued')}</span>
        {seconds > 0 && mine && (
          <button type="button" class="button small" onClick={on_take_back}>
            <Undo size={14} class="turns" /> {t('sent.undo')}
          </button>
        )}
      </span>
    );
  if (message.state === 'sent') return <span class="mark tone-assured"><Check size={14} /> {t(message.channel === 'chat' ? 'sent.in_chat' : 'sent.sent')}</span>;
  if (message.state === 'unknown') return <span class="mark tone-warning"><Help size={14} /> {t('sent.unknown')}</span>;
  if (message.state === 'failed') return <span class="mark tone-breach"><Alert size={14} /> {t('sent.failed')}</span>;
  return null;
}

// What went wrong, for whom, and what can be done.
export function SentTrouble({ message, on_change }: { message: Message; on_change: () => void }) {
  const bad = message.letters.filter((one) => one.state === 'unknown' || one.state === 'failed' || one.returned !== undefined);
  if (!bad.length) return null;
  return (
    <ul class="lines boxed small">
      {bad.map((one) => (
        <li key={one.id} class="stack tight">
          <span>
            <bdi class="ltr">{one.to}</bdi> · {one.returned !== undefined ? t('sent.returned') : letter_state(one.state)}
          </span>
          {(one.returned ?? one.last_reply) && <code class="break" dir="auto">{one.returned ?? one.last_reply}</code>}
          {one.returned === undefined && <LetterVerbs id={one.id} state={one.state} on_change={on_change} />}
        </li>
      ))}
    </ul>
  );
}

function letter_state(state: string): string {
  const key = `letter.${state}`;
  return is_key(key) ? t(key) : state;
}
