// Addresses, findings at fields, and which events a shown delivery hears.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { match } from './router';
import { error_at, fields_of, others } from './problems';
import { concerns } from './deliveries/detail_state';
import { standing, states } from './deliveries/states';
import { Problem } from '../sdk/client';
import type { Delivery, Event } from '../sdk/types';

test('a pattern finds its parameters', () => assert.deepEqual(match('/deliveries/:id', '/deliveries/dlv_1'), { id: 'dlv_1' }));
test('a longer or shorter path is no match', () => {
  assert.equal(match('/deliveries/:id', '/deliveries'), undefined);
  assert.equal(match('/deliveries/:id', '/deliveries/a/b'), undefined);
});
test('a broken escape is no match and no failure', () => assert.equal(match('/deliveries/:id', '/deliveries/%E0%A4%A'), undefined));

const problem = new Problem({ status: 422, code: 'invalid_fields', fields: [{ pointer: '/recipients/0/email', rule: 'must be an address', fix: 'correct it' }, { pointer: '/strange', rule: 'is not known here', fix: 'remove it' }] });
test('findings are found at their field and at what holds it', () => {
  const errors = fields_of(problem);
  assert.equal(error_at(errors, '/recipients/0/email'), 'must be an address: correct it');
  assert.equal(error_at(errors, '/recipients/0'), 'must be an address: correct it');
  assert.equal(error_at(errors, '/recipients/1'), undefined);
});
test('a finding that no field shows is shown all the same', () => assert.deepEqual(others(fields_of(problem), ['/recipients']), ['/strange is not known here: remove it']));

test('every state of a delivery has a place on the ladder', () => {
  for (const state of states) assert.ok(standing('registered', state).reached + standing('plain', state).reached > 0, state);
});

const delivery = { id: 'dlv_1', letters: [{ id: 'out_1' }], evidence: [{ logged: true, timestamped: false }] } as unknown as Delivery;
const event = (kind: string, subject: string, data = {}): Event => ({ seq: 1, at: '', kind, subject, data });
test('a shown delivery hears of itself, its letters, and of stamps it waits for', () => {
  assert.ok(concerns(delivery, event('delivery.notified', 'dlv_1')));
  assert.ok(concerns(delivery, event('outbox.accepted', 'out_1')));
  assert.ok(concerns(delivery, event('outbox.accepted', 'out_9', { owner: 'dlv_1' })));
  assert.ok(concerns(delivery, event('log.checkpointed', 'log')));
  assert.ok(!concerns({ ...delivery, evidence: [] }, event('log.checkpointed', 'log')));
  assert.ok(!concerns(delivery, event('delivery.notified', 'dlv_2')));
});
