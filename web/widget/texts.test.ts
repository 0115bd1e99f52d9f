// The widget's words: every language has all of them, and the same places to fill.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete, languages, speak } from './texts';

test('every language of the widget has every text', () => {
  assert.equal(languages.length, 6);
  assert.ok(complete());
});

test('what is filled in stands in the text of every language', () => {
  for (const lang of languages) {
    assert.match(speak(lang)('typing', { name: 'Ann' }), /Ann/);
    assert.match(speak(lang)('unread', { n: 3 }), /3/);
    assert.match(speak(lang)('known', { name: 'a•••@e•••.org' }), /a•••@e•••\.org/);
  }
});
