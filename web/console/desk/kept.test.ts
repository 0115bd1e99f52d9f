// What a slash finds, and what must not be sent as it stands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitting, raw_variable, slash_word } from './kept';

test('a word after a slash is one only at the beginning or after a space', () => {
  assert.equal(slash_word('/'), '');
  assert.equal(slash_word('/ref'), 'ref');
  assert.equal(slash_word('Dear Ada,\n/ref'), 'ref');
  assert.equal(slash_word('see \u00a0/ref'), 'ref');
  assert.equal(slash_word('and/or'), undefined);
  assert.equal(slash_word('https://example.org'), undefined);
  assert.equal(slash_word('/ref und'), undefined);
});

test('the exact shortcut comes first, then those that begin so, then names', () => {
  const all = [{ name: 'Refund of a deposit' }, { name: 'b', shortcut: 'refunds' }, { name: 'c', shortcut: 'refund' }, { name: 'd', shortcut: 'other' }];
  assert.deepEqual(fitting(all, 'Refund').map((one) => one.name), ['c', 'b', 'Refund of a deposit']);
  assert.equal(fitting(all, '').length, 4);
  assert.equal(fitting(all, '', 2).length, 2);
});

test('a variable that nobody filled in is found', () => {
  assert.equal(raw_variable('Dear {{customer.name}},'), '{{customer.name}}');
  assert.equal(raw_variable('Dear {name}, {{ }'), undefined);
});
