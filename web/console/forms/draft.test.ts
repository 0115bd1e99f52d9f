// What the builder does to a definition.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Field } from '../../sdk/desk';
import type { FormChoice, FormDefinition } from '../../sdk/forms';
import { choices_from, choices_of, field_key, key_from, missing_in, moved, new_field, slug_from, translated, with_words } from './draft';

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

test('a field is not called what stands with every submission', () => {
  assert.equal(field_key('Consent', []), 'consent_2');
  assert.equal(field_key('a_b', []), 'a_b');
});

const choice = (value: string, en: string, fa: string): FormChoice => ({ value, label: { en, fa } });
const three = [choice('water', 'Water', 'آب'), choice('power', 'Power', 'برق'), choice('gas', 'Gas', 'گاز')];
const settled = new Set(['water', 'power', 'gas']);

test('a choice keeps its value and its other words while lines come and go around it', () => {
  assert.deepEqual(choices_from(['Power', 'Gas'], three, 'en', settled), three.slice(1));
  assert.deepEqual(choices_from(['Water', 'Gas'], three, 'en', settled), [three[0], three[2]]);
  assert.deepEqual(choices_from(['Water', 'Power', 'Natural gas'], three, 'en', settled)[2], choice('gas', 'Natural gas', 'گاز'));
  assert.deepEqual(choices_from(['Heat', 'Water', 'Power', 'Gas'], three, 'en', settled), [{ value: 'heat', label: { en: 'Heat' } }, ...three]);
  assert.deepEqual(choices_from(['Water', '', 'Power', 'Gas'], three, 'en', settled).map((one) => one.value), ['water', 'choice_2', 'power', 'gas']);
});

test('a new choice is called as its whole line says, not as its first letter', () => {
  let now: FormChoice[] = [];
  for (const line of ['G', 'Ga', 'Gas']) now = choices_from([line], now, 'en', new Set());
  assert.deepEqual(now, [{ value: 'gas', label: { en: 'Gas' } }]);
  assert.deepEqual(choices_from(['gas', 'Gas'], [], 'en', new Set()).map((one) => one.value), ['gas', 'gas_2']);
  assert.deepEqual(choices_from(['gas'], [], 'en', new Set(), ['Gas', 'Power']).map((one) => one.value), ['Gas']);
});

test('choices that fill a field of conversations have its values', () => {
  const field = { choices: ['Gas', 'Power'] } as Field;
  assert.deepEqual(choices_of(field, [choice('gas', 'gas', 'گاز')], 'en'), [choice('Gas', 'gas', 'گاز')]);
  assert.deepEqual(choices_of(field, [{ value: '1', label: {} }], 'en'), [{ value: 'Gas', label: { en: 'Gas' } }, { value: 'Power', label: { en: 'Power' } }]);
});

test('translating the first choice does not take the others away', () => {
  const plain = three.map((one) => ({ ...one, label: { en: one.label.en! } }));
  assert.deepEqual(translated(['آب'], plain, 'fa').map((one) => [one.value, one.label.en, one.label.fa]), [['water', 'Water', 'آب'], ['power', 'Power', undefined], ['gas', 'Gas', undefined]]);
});
