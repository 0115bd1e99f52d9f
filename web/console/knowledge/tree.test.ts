// Categories keep their order, and none comes inside of itself or too deep.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Category } from '../../sdk/knowledge';
import { flat, may_stand, moved, path_to } from './tree';

const one = (id: string, parent?: string, position = 0): Category => ({ id, parent, position, slug: id, name: { en: id }, description: {}, retired: false, articles: 0, published: 0, version: 1, changed_at: '' });
const all = [one('b', undefined, 1), one('a', undefined, 0), one('a2', 'a', 1), one('a1', 'a', 0), one('deep', 'a1')];
const names = (list: Category[]) => flat(list).map(({ category, depth }) => '-'.repeat(depth) + category.id);
const after = (changes: Category[]) => all.map((old) => changes.find((now) => now.id === old.id) ?? old);

test('they stand in order, children below their parents', () => assert.deepEqual(names(all), ['a', '-a1', '--deep', '-a2', 'b']));
test('a category is moved among its siblings, and only what changes is sent', () => {
  const changes = moved(all, 'b', undefined, 0);
  assert.deepEqual(names(after(changes)), ['b', 'a', '-a1', '--deep', '-a2']);
  assert.equal(changes[0]!.id, 'b');
  assert.equal(changes.length, 2);
  assert.deepEqual(moved(all, 'a', undefined, 0), []);
});
test('it takes what is inside of it along', () => assert.deepEqual(names(after(moved(all, 'a', 'b', 0))), ['b', '-a', '--a1', '---deep', '--a2']));
test('it does not come inside of itself, nor deeper than five', () => {
  assert.equal(may_stand(all, 'a', 'deep'), false);
  assert.deepEqual(moved(all, 'a', 'a2', 0), []);
  const tall = [one('1'), one('2', '1'), one('3', '2'), one('4', '3'), one('5', '4'), one('x')];
  assert.equal(may_stand(tall, 'x', '4'), true);
  assert.equal(may_stand(tall, 'x', '5'), false);
  assert.equal(may_stand(tall, '4', 'x'), true);
});
test('the way to one is known', () => assert.deepEqual(path_to(all, 'deep').map(({ id }) => id), ['a', 'a1', 'deep']));
