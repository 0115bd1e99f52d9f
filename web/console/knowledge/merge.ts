// Two texts that grew from one: where only one of them changed, that change; where both did, whoever reads it decides. By lines.
export interface Chunk {
  kind: 'same' | 'mine' | 'theirs' | 'both';  // who changed it
  base: string[];
  mine: string[];
  theirs: string[];
}
export type Choice = 'mine' | 'theirs' | 'both';

const most_differences = 1_500;  // beyond it the middle counts as rewritten

// Which line of `a` is which line of `b` (Myers, "An O(ND) difference algorithm"): a line of a without one was changed.
export function matches(a: string[], b: string[]): Map<number, number> {
  const found = new Map<number, number>();
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) found.set(head, head++);
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) {
    tail += 1;
    found.set(a.length - tail, b.length - tail);
  }
  const [n, m] = [a.length - head - tail, b.length - head - tail];
  if (!n || !m) return found;
  const trace: Map<number, number>[] = [];
  let reach = new Map<number, number>([[1, 0]]);
  const limit = Math.min(n + m, most_differences);
  for (let d = 0; d <= limit; d += 1) {
    const now = new Map(reach);
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = down ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < n && x - k < m && x - k >= 0 && a[head + x] === b[head + x - k]) x += 1;
      now.set(k, x);
      if (x >= n && x - k >= m) {
        trace.push(reach);
        for (const [i, j] of walk_back(trace, n, m)) found.set(head + i, head + j);
        return found;
      }
    }
    trace.push(reach);
    reach = now;
  }
  return found;
}

function walk_back(trace: Map<number, number>[], n: number, m: number): [number, number][] {
  const pairs: [number, number][] = [];
  let [x, y] = [n, m];
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const reach = trace[d]!;
    const k = x - y;
    const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const from = down ? k + 1 : k - 1;
    const start = d === 0 ? 0 : (reach.get(from) ?? 0);
    while (x > start + (down || d === 0 ? 0 : 1) && y > 0 && x > 0 && (d === 0 || y > start - from + (down ? 1 : 0))) pairs.push([--x, --y]);
    if (d > 0) [x, y] = [start, start - from];
  }
  return pairs;
}

const equal = (a: string[], b: string[]): boolean => a.length === b.length && a.every((line, index) => line === b[index]);

export function merged(base_text: string, mine_text: string, theirs_text: string): Chunk[] {
  const [base, mine, theirs] = [base_text.split('\n'), mine_text.split('\n'), theirs_text.split('\n')];
  const [in_mine, in_theirs] = [matches(base, mine), matches(base, theirs)];
  const chunks: Chunk[] = [];
  const add = (chunk: Omit<Chunk, 'kind'>) => {
    if (!chunk.base.length && !chunk.mine.length && !chunk.theirs.length) return;
    const kind = equal(chunk.mine, chunk.theirs) ? 'same' : equal(chunk.mine, chunk.base) ? 'theirs' : equal(chunk.theirs, chunk.base) ? 'mine' : 'both';
    const last = chunks.at(-1);
    if (kind === 'same' && last?.kind === 'same') {
      last.base.push(...chunk.base);
      last.mine.push(...chunk.mine);
      last.theirs.push(...chunk.theirs);
    } else chunks.push({ kind, ...chunk });
  };
  let [i, m, t] = [0, 0, 0];
  for (let k = 0; k <= base.length; k += 1) {
    const [mm, tt] = k === base.length ? [mine.length, theirs.length] : [in_mine.get(k), in_theirs.get(k)];
    if (mm === undefined || tt === undefined || mm < m || tt < t) continue;
    add({ base: base.slice(i, k), mine: mine.slice(m, mm), theirs: theirs.slice(t, tt) });
    if (k < base.length) add({ base: [base[k]!], mine: [mine[mm]!], theirs: [theirs[tt]!] });
    [i, m, t] = [k + 1, mm + 1, tt + 1];
  }
  return chunks;
}

// Nothing is lost: where both changed the same lines, both stand until somebody decides.
export const usual = (chunk: Chunk): Choice => (chunk.kind === 'mine' || chunk.kind === 'theirs' ? chunk.kind : 'both');

export function composed(chunks: Chunk[], choices: Record<number, Choice>): string {
  return chunks
    .flatMap((chunk, index) => {
      if (chunk.kind === 'same') return chunk.mine;
      const choice = choices[index] ?? usual(chunk);
      return choice === 'mine' ? chunk.mine : choice === 'theirs' ? chunk.theirs : [...chunk.mine, ...chunk.theirs];
    })
    .join('\n');
}
