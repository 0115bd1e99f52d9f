// What the builder does to a definition.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { FormDefinition } from '../../sdk/forms';
import { key_from, missing_in, moved, new_field, slug_from, with_words } from './draft';

const empty: FormDefinition = { locales: ['en', 'fa'], title: { en: 'Contact' }, intro: {}, button: {}, thanks: {}, mailbox: 'mbx_1', fields: [], rules: [], origins: [] };

test('keys and addresses are made of what the API takes, and never twice', () => {
  assert.equal(key_from('Meter number!', [], 'field'), 'meter_number');
  assert.equal(key_from('名前', [], 'field'), 'field');
  assert.equal(key_from('name', ['name', 'name_2'], 'field'), 'name_3');
  assert.equal(slug_from('  Contact us! '), 'contact-us');
  assert.deepEqual(new_field('choice', { ...empty, fields: [new_field('choice', empty)] }).key, 'choice_2');
});

test('a list is moved within its ends', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 2), ['b', 'c', 'a']);
  assert.deepEqual(moved(['a', 'b'], 0, -1), ['a', 'b']);
  assert.deepEqual(moved(['a', 'b'], 1, 2), ['a', 'b']);
});

test('what one language says and another does not is missing there', () => {
  const field = { ...new_field('short_text', empty), label: { en: 'Name' }, help: { en: 'As on the bill', fa: 'مانند قبض' } };
  assert.equal(missing_in({ ...empty, fields: [field] }, 'fa'), 2);
  assert.equal(missing_in({ ...empty, fields: [field] }, 'en'), 0);
  assert.deepEqual(with_words({ en: 'a', fa: 'b' }, 'fa', ''), { en: 'a' });
});
