// Who else is here: initials in the list and in the thread's head, and in words above what one writes.
import Eye from 'icon:eye';
import Pencil from 'icon:pencil';
import type { LookingAgent } from '../../sdk/conversations';
import { t } from '../../ui/text';
import { Note } from '../shell/note';
import { initials } from '../shell/shell';
import { others_at } from './looking';

const words_of = (one: LookingAgent): string => t(`looking.${one.doing}`, { name: one.name });

export function Lookers({ id }: { id: string }) {
  const others = others_at.value.get(id);
  if (!others) return null;
  const words = others.map(words_of).join(' · ');
  const writes = others.some((one) => one.doing !== 'viewing');
  return (
    <span class="lookers" role="img" aria-label={words} title={words}>
      {writes ? <Pencil size={12} /> : <Eye size={12} />}
      {others.slice(0, 3).map((one) => <span key={one.agent} class="initials tiny" aria-hidden="true">{initials(one.name)}</span>)}
      {others.length > 3 && <span class="small">+{others.length - 3}</span>}
    </span>
  );
}

// In words, where it matters: before one writes what somebody else is writing.
export function OthersWrite({ id }: { id: string }) {
  const others = (others_at.value.get(id) ?? []).filter((one) => one.doing !== 'viewing');
  return (
    <div role="status" aria-live="polite">
      {others.length > 0 && <Note tone="warning">{others.map((one) => <p key={one.agent}>{words_of(one)}</p>)}</Note>}
    </div>
  );
}
