// The one event stream of the console. Views subscribe; a view that was loaded before the stream opened, or a stream that could not
// resume, makes views load again (`generation`). Push is a hint, never the truth.
import { signal } from '@preact/signals';
import { follow, type StreamState } from '../sdk/events';
import type { Event } from '../sdk/types';
import { ask_to_sign_in } from './session';

export const connection = signal<StreamState>('connecting');
export const generation = signal(0);

type Listener = (events: Event[]) => void;
type PassingListener = (event: Event) => void;
const passing_listeners = new Set<PassingListener>();
const listeners = new Set<Listener>();
const gather_ms = 120;

let waiting: Event[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let stop: (() => void) | undefined;

function hand_out(): void {
  timer = undefined;
  const events = waiting;
  waiting = [];
  for (const listener of listeners) listener(events);
}

// Many events at once are handed out together: a busy server must not make a busy screen.
function take(event: Event): void {
  waiting.push(event);
  timer ??= setTimeout(hand_out, gather_ms);
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// What no journal has: who looks where, what one's own other window has seen.
export function subscribe_passing(listener: PassingListener): () => void {
  passing_listeners.add(listener);
  return () => passing_listeners.delete(listener);
}

export function start_live(): void {
  if (stop) return;
  stop = follow({
    path: '/v1/events',
    on_event: take,
    on_passing: (event) => passing_listeners.forEach((listener) => listener(event)),
    on_state: (state, resumed) => {
      if (state === 'refused') {
        stop_live();
        return ask_to_sign_in();
      }
      if (state === 'open' && !resumed) generation.value += 1;
      connection.value = state;
    },
  });
}

export function stop_live(): void {
  stop?.();
  stop = undefined;
  connection.value = 'connecting';
}
