// Findings stand at their lines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../sdk/client';
import { findings_at, json_finding } from './findings';

test('a finding of the engine has its line, and belongs to its field', () => {
  const problem = new Problem({ status: 422, code: 'template_invalid', fields: [{ pointer: '/text', rule: 'line 3: closes {{/item}}, which is not open', fix: 'close sections in order' }, { pointer: '/subject', rule: 'must have 1 to 500 characters', fix: 'fill it in' }, { pointer: '/text', rule: 'line 7: is odd', fix: 'mend it' }] });
  assert.deepEqual(findings_at(problem, '/text'), [{ line: 3, text: 'closes {{/item}}, which is not open: close sections in order' }, { line: 7, text: 'is odd: mend it' }]);
  assert.deepEqual(findings_at(problem, '/subject'), [{ text: 'must have 1 to 500 characters: fill it in' }]);
  assert.deepEqual(findings_at(new Error('no'), '/text'), []);
});
test('broken JSON is found at its line', () => {
  assert.equal(json_finding('{"a": 1}'), undefined);
  assert.equal(json_finding('{\n  "a": 1,\n  b\n}')?.line, 3);
});
