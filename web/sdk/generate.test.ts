// The generator of types.
import assert from 'node:assert/strict';
import { test } from 'node:test';
// @ts-expect-error the generator is plain JavaScript, so that it runs without a build
import { generate, type_of } from './generate.mjs';

test('schemas become types', () => {
  assert.equal(type_of({ type: 'array', items: { type: 'string', enum: ['a', 'b'] } }), '("a" | "b")[]');
  assert.equal(type_of({ type: ['string', 'null'] }), 'string | null');
  assert.equal(type_of({ $ref: '#/components/schemas/Thing' }), 'Thing');
  assert.equal(type_of({ type: 'object', additionalProperties: { type: 'integer' } }), 'Record<string, number>');
  assert.equal(type_of({ type: 'object', properties: { id: { type: 'string' }, 'x-y': { type: 'boolean' } }, required: ['id'] }), '{ id: string; "x-y"?: boolean; }');
});

test('a schema that it does not know is refused', () => assert.throws(() => type_of({ type: 'quaternion' }), /does not know/));

test('operations name their body and their good reply', () => {
  const text = generate({
    paths: { '/v1/things/{id}': { patch: { requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } }, responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } }, default: {} } }, delete: { responses: { 204: {} } } } },
    components: { schemas: { Thing: { type: 'object', properties: { id: { type: 'string' } } } } },
  });
  assert.match(text, /"PATCH \/v1\/things\/\{id\}": \{ body: Thing; reply: Thing \};/);
  assert.match(text, /"DELETE \/v1\/things\/\{id\}": \{ body: undefined; reply: void \};/);
  assert.match(text, /export interface Thing \{/);
});
