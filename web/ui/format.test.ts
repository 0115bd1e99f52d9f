// Numbers, times and plural forms in the languages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format_exact, format_number, format_relative, format_size } from './format';
import { t_in, load_locale } from './text';

const now = new Date('2026-11-21T12:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

test('a moment ago, minutes, hours and days are relative', () => {
  assert.equal(format_relative(before(5), now, 'en'), 'now');
  assert.match(format_relative(before(180), now, 'en'), /3 min/);
  assert.match(format_relative(before(7200), now, 'en'), /2 h/);
  assert.match(format_relative(before(3 * 86_400), now, 'en'), /3 days ago/);
});
test('beyond a week it is a date', () => assert.match(format_relative(before(30 * 86_400), now, 'en'), /22 Oct/));
test('Persian has its digits and its calendar', () => {
  assert.equal(format_number(1234, 'fa'), '۱٬۲۳۴');
  assert.match(format_exact(now, 'fa'), /۱۴۰۵/);
});
test('sizes have a unit', () => {
  assert.equal(format_size(184_331, 'en'), '184.3 KB');
  assert.match(format_size(999, 'en'), /999 B/);
  assert.match(format_size(2_500_000, 'fa'), /۲٫۵/);
});
test('plural forms follow the count, in the language of the text', async () => {
  await load_locale('fa');
  assert.equal(t_in('en', 'evidence.count', { count: 1 }), 'One piece');
  assert.equal(t_in('en', 'evidence.count', { count: 2 }), '2 pieces');
  assert.equal(t_in('fa', 'evidence.count', { count: 2 }), '۲ مدرک');
});
test('a language without plural forms has one text for every count', async () => {
  await load_locale('ja');
  assert.equal(t_in('ja', 'evidence.count', { count: 1 }), '1 件');
  assert.equal(t_in('ja', 'evidence.count', { count: 2 }), '2 件');
});
test('what a language does not have falls back to English', () => {
  assert.equal(t_in('it', 'action.retry'), 'Try again');  // not loaded
});
