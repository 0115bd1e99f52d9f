// What crosses an answer, as data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossed } from './crossed';
import type { Message } from '../../sdk/conversations';


test('what others wrote after the draft was begun crosses it; own words, programs and what was taken back do not', () => {
  const message = (id: string, more: Partial<Message>): Message => ({ id, direction: 'out', state: 'sent', author: { kind: 'agent', id: 'agt_2', name: 'Bob' }, ...more }) as Message;
  const all = [message('msg_1', {}), message('msg_2', { direction: 'in', author: { kind: 'customer', id: 'cus_1', name: 'Ada' } }), message('msg_3', { author: { kind: 'agent', id: 'agt_1', name: 'Ann' } }), message('msg_4', { automatic: 'yes' }), message('msg_5', { state: 'withdrawn' })];
  assert.deepEqual(crossed(all, 'msg_1', 'agt_1').map((one) => one.id), ['msg_2']);
  assert.deepEqual(crossed(all, 'msg_0', 'agt_1').map((one) => one.id), ['msg_1', 'msg_2']);
  assert.deepEqual(crossed(all, undefined, 'agt_1'), []);
  assert.deepEqual(crossed(all, 'msg_5', 'agt_1'), []);
});
