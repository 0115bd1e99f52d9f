// Texts lose no word: over reloads, without a connection, with two authors at once.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Problem } from '../../sdk/client';
import type { ArticleText, PutText } from '../../sdk/knowledge';
import { Writing } from './writing';

const kept = new Map<string, string>();
Object.defineProperty(globalThis, 'localStorage', { configurable: true, value: { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value), removeItem: (name: string) => void kept.delete(name) } });
beforeEach(() => kept.clear());
// Also after a failure: a timer that waits to save again would keep the run from ending.
const opened: Writing[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.close()));

const text = (part: Partial<ArticleText> = {}): ArticleText => ({ article: 'kar_1', locale: 'en', state: 'draft', version: 1, number: 0, title: 'Title', summary: '', body: 'one', made_from: 0, source_number: 0, outdated: false, writers: [], visible: false, changed_at: '2026-11-22T10:00:00Z', findings: [], ...part });
const never = { pause_ms: 1e8, retry_ms: 1e8 };

// A server with one text, as the API has it.
class Server {
  now = text();
  down = false;
  puts = 0;
  put = async (words: PutText): Promise<ArticleText> => {
    this.puts += 1;
    await Promise.resolve();
    if (this.down) throw new Problem({ status: 0, code: 'no_connection' });
    if (words.version !== this.now.version) throw new Problem({ status: 409, code: 'changed_meanwhile', ...{ current: this.now } });
    this.now = text({ ...this.now, ...words, summary: words.summary ?? '', version: this.now.version + 1 });
    return this.now;
  };
  other(body: string): void {
    this.now = { ...this.now, body, version: this.now.version + 1 };
  }
}
function open(server: Server): Writing {
  opened.push(new Writing(server.now, server.put, never));
  return opened.at(-1)!;
}

test('what is typed while it is saved is saved, too', async () => {
  const server = new Server();
  const writing = open(server);
  writing.set({ body: 'one two' });
  const saving = writing.save();
  writing.set({ body: 'one two three' });
  assert.equal(await saving, true);
  assert.equal(server.now.body, 'one two three');
  assert.equal(writing.kept.value, 'saved');
  assert.equal(kept.size, 0);
});
test('without a connection the words stay in the browser, and another page goes on with them', async () => {
  const server = new Server();
  server.down = true;
  const writing = open(server);
  writing.set({ body: 'one two' });
  assert.equal(await writing.save(), false);
  assert.equal(writing.kept.value, 'here');
  server.down = false;
  const next = open(server);
  assert.equal(next.words.value.body, 'one two');
  assert.equal(await next.save(), true);
  assert.equal(server.now.body, 'one two');
});
test('two authors: nothing is written, both texts stand, and what was not taken is set aside', async () => {
  const server = new Server();
  const writing = open(server);
  server.other('one of theirs');
  writing.set({ body: 'one of mine' });
  assert.equal(await writing.save(), false);
  assert.equal(server.now.body, 'one of theirs');
  const conflict = writing.conflict.value!;
  assert.deepEqual([conflict.base.body, conflict.mine.body, conflict.theirs.body], ['one', 'one of mine', 'one of theirs']);
  assert.equal(await writing.decide({ ...conflict.mine, body: 'one of theirs' }), true);
  assert.equal(writing.aside.value?.body, 'one of mine');
  assert.equal(writing.words.value.body, 'one of theirs');
  assert.equal(writing.conflict.value, undefined);
});
test('mine is kept over theirs only when the author says so', async () => {
  const server = new Server();
  const writing = open(server);
  server.other('theirs');
  writing.set({ body: 'mine' });
  await writing.save();
  writing.set({ title: 'Typed during the conflict' });
  assert.equal(server.now.body, 'theirs');
  assert.equal(await writing.decide(writing.words.value), true);
  assert.equal(server.now.body, 'mine');
  assert.equal(server.now.title, 'Typed during the conflict');
});
test('a step of the workflow by somebody else is no conflict of words', async () => {
  const server = new Server();
  const writing = open(server);
  server.now = { ...server.now, state: 'in_review', version: 2 };
  writing.set({ body: 'one two' });
  assert.equal(await writing.save(), true);
  assert.equal(server.now.body, 'one two');
});
test('words left in the browser by an old page meet what was saved since', () => {
  const server = new Server();
  const writing = open(server);
  writing.set({ body: 'mine' });
  server.other('theirs');
  const next = open(server);
  assert.deepEqual([next.conflict.value?.mine.body, next.conflict.value?.theirs.body], ['mine', 'theirs']);
});
test("others' changes are shown at once where nothing of one's own waits", () => {
  const server = new Server();
  const writing = open(server);
  server.other('theirs');
  assert.equal(writing.heard(server.now), true);
  assert.equal(writing.words.value.body, 'theirs');
  writing.set({ body: 'mine' });
  server.other('theirs again');
  assert.equal(writing.heard(server.now), false);
  assert.equal(writing.words.value.body, 'mine');
});
test('a text without a title is not sent, and says why', async () => {
  const server = new Server();
  const writing = open(server);
  writing.set({ title: ' ' });
  assert.equal(await writing.save(), false);
  assert.ok(writing.errors.value['/title']);
  assert.equal(server.puts, 0);
});
