// What the last piece of a query is completed to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completions } from './search';

const values = { label: ['vip', 'late payment'], is: ['open', 'pending'] };
const shown = (query: string) => completions(query, values).map((one) => one.shown);

test('names of filters are completed', () => {
  assert.deepEqual(shown('la'), ['label:']);
  assert.deepEqual(shown('car -la'), ['-label:']);
  assert.equal(completions('car la', values)[0]!.text, 'car label:');
});

test('values are completed, those with blanks in quotes', () => {
  assert.deepEqual(shown('label:'), ['label:vip', 'label:"late payment"']);
  assert.equal(completions('car label:la', values)[0]!.text, 'car label:"late payment" ');
  assert.deepEqual(shown('label:"late p'), ['label:"late payment"']);
  assert.deepEqual(shown('is:open'), []);
});

test('an empty field offers every filter, a blank after words none', () => {
  assert.equal(completions('', values).length, 12);
  assert.deepEqual(shown('car '), []);
  assert.deepEqual(shown('from:anna'), []);
});
