// Keyboard shortcuts: one key, or two in a row ("g d"). Nothing happens while somebody types; Ctrl/⌘ K always works.
import { all_actions, help_open, palette_open } from './actions';

let first: { key: string; at: number } | undefined;
const sequence_ms = 1_200;

function is_typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

// j and k walk through the rows of the list on the page.
function walk(step: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  if (!rows.length) return false;
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.focus();
  return true;
}

function handle(event: KeyboardEvent): void {
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    palette_open.value = !palette_open.value;
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || is_typing(event.target)) return;
  if (palette_open.value || help_open.value || document.querySelector('dialog[open]')) return;
  const now = Date.now();
  const pair = first && now - first.at < sequence_ms ? `${first.key} ${event.key}` : undefined;
  first = undefined;
  const actions = all_actions();
  // A page may have a next and a previous of its own; arrows scroll where that is what they are for.
  const step = event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0;
  const scrolls = event.key.startsWith('Arrow') && event.target instanceof Element && event.target.closest('[data-own-keys]') !== null;
  if (step && !scrolls && !actions.some((one) => one.keys === event.key) && walk(step)) return event.preventDefault();
  const action = (pair && actions.find((one) => one.keys === pair)) || actions.find((one) => one.keys === event.key);
  if (action) {
    event.preventDefault();
    action.run();
  } else if (actions.some((one) => one.keys?.startsWith(event.key + ' '))) first = { key: event.key, at: now };
}

export function listen_to_keys(): () => void {
  addEventListener('keydown', handle);
  return () => removeEventListener('keydown', handle);
}
