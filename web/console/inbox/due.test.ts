// Promises as the ring draws them, and what people write in forms about them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Due } from '../../sdk/sla';
import { minutes_from, minutes_text, standing } from './due';
import { intervals_from, intervals_text } from './settings/hours';

const due: Due = { metric: 'first_response', stage: 'running', started_at: '2026-11-23T09:00:00Z', warns_at: '2026-11-23T09:45:00Z', due_at: '2026-11-23T10:00:00Z', target_s: 3600, left_s: 3600 };

test('a promise is within its time, then due soon, then overdue', () => {
  assert.deepEqual(standing(due, new Date('2026-11-23T09:15:00Z')), { share: 0.25, tone: 'assured' });
  assert.equal(standing(due, new Date('2026-11-23T09:45:00Z')).tone, 'warning');
  assert.deepEqual(standing(due, new Date('2026-11-23T10:00:00Z')), { share: 1, tone: 'breach' });
  assert.deepEqual(standing({ ...due, stage: 'paused', left_s: 900 }, new Date('2027-01-01T00:00:00Z')), { share: 0.75, tone: 'paused' });
});

test('targets are hours and minutes, in any digits', () => {
  assert.equal(minutes_from('4:00'), 240);
  assert.equal(minutes_from('۰:۳۰'), 30);
  assert.equal(minutes_from(' '), null);
  for (const wrong of ['4', '0:00', '1:60', 'soon', '-1:00']) assert.equal(minutes_from(wrong), undefined, wrong);
  assert.equal(minutes_text(90), '1:30');
});

test('hours of a day are intervals, however they are written', () => {
  assert.deepEqual(intervals_from('9:00 – 13:00, 14:00-18:00'), [{ from: '09:00', to: '13:00' }, { from: '14:00', to: '18:00' }]);
  assert.deepEqual(intervals_from('22:00-24:00'), [{ from: '22:00', to: '24:00' }]);
  assert.deepEqual(intervals_from(''), []);
  for (const wrong of ['9-13', '09:00', '25:00-26:00', '13:00-09:00', '09:00-10:00-11:00']) assert.equal(intervals_from(wrong), undefined, wrong);
  assert.equal(intervals_text([{ from: '09:00', to: '13:00' }, { from: '14:00', to: '18:00' }]), '09:00-13:00, 14:00-18:00');
});
