// The state of a letter, honestly: 'unknown' is not hidden.
import { is_key, t } from '../../ui/text';

const tones: Record<string, string> = { accepted: 'assured', queued: '', attempting: '', unknown: 'warning', failed: 'breach', cancelled: 'quiet' };

export function LetterTag({ state }: { state: string }) {
  const key = `letter.${state}`;
  return <span class={`tag ${tones[state] ?? 'quiet'}`}>{is_key(key) ? t(key) : state}</span>;
}
