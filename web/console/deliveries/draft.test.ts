// Drafts: keys that belong to contents, what is sent, what is missing.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { body_of, empty_draft, mend, missing_in, new_key, with_attempt, type Draft } from './draft';

// Node 18 has it only as a module; browsers all have it.
globalThis.crypto ??= webcrypto as Crypto;

const draft: Draft = { ...empty_draft, subject: ' Notice ', text: 'Hello', recipients: [{ kind: 'typed', email: 'a@example.org', name: '', second_email: 'b@example.org', locale: '' }] };

test('a second try of the same contents keeps its key', () => {
  const first = with_attempt(draft);
  assert.equal(with_attempt(first).attempt.key, first.attempt.key);
});

test('changed contents get a new key', () => {
  const first = with_attempt(draft);
  assert.notEqual(with_attempt({ ...first, subject: 'Other' }).attempt.key, first.attempt.key);
});

test('a key survives being remembered and recalled', () => {
  const first = with_attempt(draft);
  const recalled = mend(JSON.parse(JSON.stringify(first)) as Draft, Date.now());
  assert.equal(with_attempt(recalled).attempt.key, first.attempt.key);
});

test('keys do not repeat', () => assert.equal(new Set(Array.from({ length: 1000 }, new_key)).size, 1000));

test('only what was filled in is sent', () => {
  assert.deepEqual(body_of(draft), { kind: 'registered', recipients: [{ email: 'a@example.org', second_email: 'b@example.org' }], subject: 'Notice', text: 'Hello', files: [], assurance: 'low' });
});

test('a plain notice has no assurance, no deadline and no second address', () => {
  const body = body_of({ ...draft, kind: 'plain', accept_until: '2030-01-01T10:00' });
  assert.deepEqual(body, { kind: 'plain', recipients: [{ email: 'a@example.org' }], subject: 'Notice', text: 'Hello', files: [] });
});

test('what is missing is named at its field', () => {
  const found = missing_in({ ...empty_draft, accept_until: '2020-01-01T00:00' }, Date.now()).map((one) => one.pointer);
  assert.deepEqual(found, ['/recipients', '/subject', '/text', '/accept_until']);
});

test('the low level asks for a second address of a typed recipient, the basic level does not', () => {
  const alone: Draft = { ...draft, recipients: [{ kind: 'typed', email: 'a@example.org', name: '', second_email: '', locale: '' }] };
  assert.deepEqual(missing_in(alone, 0).map((one) => one.pointer), ['/recipients/0/second_email']);
  assert.deepEqual(missing_in({ ...alone, assurance: 'basic' }, 0), []);
});

test('uploads that the server has forgotten leave the draft', () => {
  const file = { id: 'fil_1', name: 'a', media_type: 't', size: 1, sha256: '', at: 0 };
  assert.equal(mend({ ...draft, files: [file] }, 23 * 3_600_000 + 1).files.length, 0);
  assert.equal(mend({ ...draft, files: [file] }, 1_000).files.length, 1);
});
