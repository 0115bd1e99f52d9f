// The event stream: framing, and resuming after a cut.
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { follow, parse_events, type StreamState } from './events';
import type { Event } from './types';

test('events are split at empty lines and the unfinished rest is kept', () => {
  const { events, rest } = parse_events('id: 4\nevent: x\ndata: {"a":\ndata: 1}\n\n: heartbeat\n\nid: 5\nda');
  assert.deepEqual(events, [{ id: '4', event: 'x', data: '{"a":\n1}' }]);
  assert.equal(rest, 'id: 5\nda');
});

test('carriage returns are taken too', () => assert.equal(parse_events('data: 1\r\n\r\n').events[0]!.data, '1'));

test('a stream that is cut resumes after the last event it saw', async () => {
  const asked: (string | undefined)[] = [];
  const open: ServerResponse[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const seq = asked.length;
    response.write(`id: ${seq}\ndata: {"seq":${seq},"kind":"a.b","subject":"x","at":"","data":{}}\n\n`);
    open.push(response);
    if (seq === 1) setTimeout(() => response.destroy(), 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const seen: Event[] = [];
  const states: StreamState[] = [];
  const stop = await new Promise<() => void>((resolve) => {
    const end = follow({
      path: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      on_event: (event) => {
        seen.push(event);
        if (seen.length === 2) resolve(end);
      },
      on_state: (state) => states.push(state),
    });
  });
  stop();
  open.forEach((response) => response.destroy());
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(asked, [undefined, '1']);
  assert.deepEqual(states.slice(0, 3), ['open', 'lost', 'open']);
});
