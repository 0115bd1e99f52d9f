// Times to wake at: always to come, mornings where they say so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { naps, wake_at } from './snooze';

test('whenever it is chosen, a conversation wakes in the future', () => {
  for (let step = 0; step < 24 * 14; step += 1) {
    const now = new Date(2026, 10, 1, step, 30);
    for (const nap of naps) assert.ok(wake_at(nap, now) > now, `${nap} ${now}`);
  }
});

test('Monday is the next one, in the morning, also on a Monday and on a Sunday', () => {
  for (const [day, wanted] of [[22, 23], [23, 30], [24, 30], [28, 30]] as const) {
    const found = wake_at('monday', new Date(2026, 10, day, 15));
    assert.deepEqual([found.getDay(), found.getDate(), found.getHours()], [1, wanted, 8]);
  }
});

test('tomorrow is the next day over the end of a month and the change of clocks', () => {
  assert.equal(wake_at('tomorrow', new Date(2026, 9, 31, 23)).getDate(), 1);
  assert.equal(wake_at('tomorrow', new Date(2026, 9, 24, 23)).getHours(), 8);
});
