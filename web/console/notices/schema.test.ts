// Values between what people type and what a kind's schema takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { money_of, money_text, pruned, type Schema } from './schema';

test('money is counted in the smallest unit of its currency', () => {
  assert.equal(money_of('39,80', 'EUR'), 3980);
  assert.equal(money_of('39.8', 'EUR'), 3980);
  assert.equal(money_of('8420', 'JPY'), 8420);
  assert.equal(money_of('1.234', 'KWD'), 1234);
  assert.equal(money_of('۳۹٫۸۰', 'EUR'), 3980);
  assert.equal(money_text({ amount: 3980, currency: 'EUR' }), '39.80');
  assert.equal(money_text({ amount: 8420, currency: 'JPY' }), '8420');
});
test('what is no amount is not guessed at', () => {
  for (const text of ['', 'ten', '1,234.50', '1 000', '--5']) assert.equal(money_of(text, 'EUR'), undefined, text);
});
test('what was left empty is not sent', () => {
  const schema: Schema = { type: 'object', required: ['order', 'items'], properties: { order: { type: 'string' }, link: { type: 'string' }, place: { type: 'object', properties: { city: { type: 'string' } } }, items: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } } } };
  assert.deepEqual(pruned({ order: 'A-1', link: '', place: { city: '' }, items: [] }, schema), { order: 'A-1', items: [] });
  assert.deepEqual(pruned({ order: '', items: [{ name: '' }, { name: 'Filter' }] }, schema), { items: [{}, { name: 'Filter' }] });
});
