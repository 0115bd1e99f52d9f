// Two authors at once: nothing of either is lost, and what does not touch goes together by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composed, matches, merged } from './merge';

const whole = (chunks: ReturnType<typeof merged>, who: 'mine' | 'theirs') => composed(chunks, Object.fromEntries(chunks.map((_, index) => [index, who])));

test('lines are found again', () => {
  assert.deepEqual([...matches(['a', 'b', 'c'], ['a', 'x', 'c'])].sort(), [[0, 0], [2, 2]]);
  assert.deepEqual([...matches(['a', 'b', 'c', 'd'], ['b', 'd', 'e'])].sort(), [[1, 0], [3, 1]]);
});
test('changes in different places go together', () => {
  const chunks = merged('a\nb\nc\nd', 'A\nb\nc\nd', 'a\nb\nc\nD\ne');
  assert.deepEqual(chunks.map((one) => one.kind), ['mine', 'same', 'theirs']);
  assert.equal(composed(chunks, {}), 'A\nb\nc\nD\ne');
});
test('changes of the same lines both stand until somebody chooses', () => {
  const chunks = merged('a\nb\nc', 'a\nmine\nc', 'a\ntheirs\nc');
  assert.deepEqual(chunks.map((one) => one.kind), ['same', 'both', 'same']);
  assert.equal(composed(chunks, {}), 'a\nmine\ntheirs\nc');
  assert.equal(composed(chunks, { 1: 'theirs' }), 'a\ntheirs\nc');
});
test('the same change of both is one', () => assert.equal(composed(merged('a\nb', 'a\nX', 'a\nX'), {}), 'a\nX'));

// By chance, but the same chance every time.
function chance(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * most);
  };
}
test('for any texts: all mine is mine, all theirs is theirs, and pairs are equal lines in order', () => {
  const next = chance(7);
  for (let round = 0; round < 400; round += 1) {
    const lines = (): string[] => Array.from({ length: next(12) }, () => 'abcde'[next(5)]!);
    const changed = (from: string[]): string[] => from.flatMap((line) => (next(4) ? [line] : next(2) ? [] : [line, 'xyz'[next(3)]!]));
    const base = lines();
    const [mine, theirs] = round % 3 ? [changed(base), changed(base)] : [lines(), lines()];
    const pairs = [...matches(base, mine)].sort((a, b) => a[0] - b[0]);
    pairs.forEach(([i, j], index) => {
      assert.equal(base[i], mine[j]);
      if (index) assert.ok(pairs[index - 1]![1] < j);
    });
    const chunks = merged(base.join('\n'), mine.join('\n'), theirs.join('\n'));
    assert.equal(whole(chunks, 'mine'), mine.join('\n'));
    assert.equal(whole(chunks, 'theirs'), theirs.join('\n'));
  }
});
test('rewritten long texts take no time', () => {
  const one = Array.from({ length: 6_000 }, (_, index) => `one ${index}`).join('\n');
  const other = Array.from({ length: 6_000 }, (_, index) => `other ${index}`).join('\n');
  const began = Date.now();
  assert.equal(whole(merged(one, other, `${one}\nend`), 'mine'), other);
  assert.ok(Date.now() - began < 4_000, `${Date.now() - began} ms`);
});
