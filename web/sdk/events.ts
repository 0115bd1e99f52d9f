// Reads a stream of server-sent events with fetch (so that a 401 is seen as such, and the position can be sent as a header), and
// keeps it open: reconnects with growing pauses from the last sequence number.
import type { Event } from './types';

export type StreamState = 'connecting' | 'open' | 'lost' | 'refused';

interface StreamOptions {
  path: string;
  on_event: (event: Event) => void;
  on_passing?: (event: Event) => void;  // said and forgotten: without a number
  on_state: (state: StreamState, resumed: boolean) => void;
}

export interface Fields {
  id?: string;
  event?: string;
  data: string;
}

// Splits what has arrived into whole events; returns them and the unfinished rest. (WHATWG HTML §9.2.6)
export function parse_events(text: string): { events: Fields[]; rest: string } {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const events: Fields[] = [];
  for (const block of blocks) {
    const fields: Fields = { data: '' };
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'data') data.push(value);
      else if (name === 'id') fields.id = value;
      else if (name === 'event') fields.event = value;
    }
    if (!data.length) continue;
    fields.data = data.join('\n');
    events.push(fields);
  }
  return { events, rest };
}

const silence_ms = 60_000;  // the server's heartbeat is shorter than this

export function follow({ path, on_event, on_passing, on_state }: StreamOptions): () => void {
  let last: string | undefined;
  let pause_ms = 500;
  let stopped = false;
  let current = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const read = async (): Promise<void> => {
    current = new AbortController();
    let silence = setTimeout(() => current.abort(), silence_ms);
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (last) headers['Last-Event-ID'] = last;
      const reply = await fetch(path, { headers, credentials: 'same-origin', signal: current.signal, cache: 'no-store' });
      if (reply.status === 401 || reply.status === 403) {
        stopped = true;
        return on_state('refused', false);
      }
      if (!reply.ok || !reply.body) throw new Error(`${reply.status}`);
      pause_ms = 500;
      on_state('open', last !== undefined);
      const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        clearTimeout(silence);
        silence = setTimeout(() => current.abort(), silence_ms);
        const parsed = parse_events(text + value);
        text = parsed.rest;
        for (const fields of parsed.events) {
          if (fields.id) last = fields.id;
          const event = JSON.parse(fields.data) as Event;
          if (typeof event.kind !== 'string') continue;
          if (fields.event === 'passing') on_passing?.(event);
          else on_event(event);
        }
      }
    } catch {
      // A cut connection is the ordinary end of a stream; the loop below opens it again.
    } finally {
      clearTimeout(silence);
    }
    if (stopped) return;
    on_state('lost', false);
    timer = setTimeout(() => void read(), pause_ms * (0.75 + Math.random() / 2));
    pause_ms = Math.min(pause_ms * 2, 15_000);
  };

  void read();
  return () => {
    stopped = true;
    clearTimeout(timer);
    current.abort();
  };
}
