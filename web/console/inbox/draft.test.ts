// Drafts: kept while typing, over reloads, without a connection, and against one's own other window.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Problem } from '../../sdk/client';
import type { Draft, DraftWords, MessageKind } from '../../sdk/conversations';
import { DraftKeeper, type Transport } from './draft';

const memory = new Map<string, string>();
const storage = { getItem: (name: string) => memory.get(name) ?? null, setItem: (name: string, value: string) => void memory.set(name, value), removeItem: (name: string) => void memory.delete(name) };
Object.assign(globalThis, { localStorage: storage, sessionStorage: storage });
beforeEach(() => memory.clear());
// Also after a failure: a timer that waits to save again would keep the run from ending.
const made: DraftKeeper[] = [];
afterEach(() => made.splice(0).forEach((one) => one.close()));

class Server implements Transport {
  draft: Draft | undefined;
  reachable = true;
  puts = 0;
  private reach(): void {
    if (!this.reachable) throw new Problem({ status: 0, code: 'no_connection' });
  }
  async find(): Promise<Draft | undefined> {
    this.reach();
    return structuredClone(this.draft);
  }
  async put(kind: MessageKind, version: number | undefined, words: DraftWords): Promise<Draft> {
    this.reach();
    this.puts += 1;
    if (this.draft ? version !== this.draft.version : version !== undefined) throw new Problem({ status: 409, code: 'changed_meanwhile' });
    this.draft = { id: 'drf_1', conversation: 'cnv_1', kind, version: (this.draft?.version ?? 0) + 1, words: structuredClone(words), files: [], changed_at: '' };
    return structuredClone(this.draft);
  }
  async drop(): Promise<void> {
    this.reach();
    this.draft = undefined;
  }
  async drop_returned(): Promise<void> {
    this.reach();
    if (this.draft) delete this.draft.returned;
  }
}
function keeper(server: Server): DraftKeeper {
  made.push(new DraftKeeper('cnv_1', 'reply', server));
  return made.at(-1)!;
}

test('what is typed is on the server after a moment, and there again after a reload', async () => {
  const server = new Server();
  const one = keeper(server);
  assert.equal(await one.open(), false);
  one.set({ text: 'Dear' });
  assert.equal(one.kept.value, 'here');
  await one.save();
  assert.equal(one.kept.value, 'server');
  assert.equal(server.draft?.words.text, 'Dear');
  memory.clear();  // another browser
  const again = keeper(server);
  assert.equal(await again.open(), true);
  assert.equal(again.words.value.text, 'Dear');
});

test('without a connection it survives a reload, and goes to the server when it is back', async () => {
  const server = new Server();
  const one = keeper(server);
  await one.open();
  server.reachable = false;
  one.set({ text: 'offline' });
  await one.save();
  assert.equal(one.kept.value, 'here');
  one.close();
  const again = keeper(server);
  assert.equal(await again.open(), true);
  assert.equal(again.words.value.text, 'offline');
  server.reachable = true;
  await again.save();
  assert.equal(server.draft?.words.text, 'offline');
  again.close();
});

test('what was typed while it was being saved is not lost and not taken for saved', async () => {
  const server = new Server();
  const one = keeper(server);
  await one.open();
  one.set({ text: 'a' });
  const saving = one.save();
  one.set({ text: 'ab' });
  await saving;
  assert.equal(one.kept.value, 'here');
  await one.save();
  assert.equal(server.draft?.words.text, 'ab');
  one.close();
});

test('two windows: neither one’s words are lost', async () => {
  const server = new Server();
  const [left, right] = [keeper(server), keeper(server)];
  await left.open();
  await right.open();
  left.set({ text: 'left' });
  await left.save();
  right.set({ text: 'right' });
  await right.save();  // refused: it sees what the other wrote
  assert.equal(right.words.value.text, 'right');
  assert.equal(right.other.value?.text, 'left');
  await right.save();
  assert.equal(server.draft?.words.text, 'right');
  right.take_other();
  assert.equal(right.words.value.text, 'left');
  assert.equal(right.other.value?.text, 'right');
});

test('a second try of the same words keeps its key, other words get another', async () => {
  const one = keeper(new Server());
  await one.open();
  one.set({ text: 'a' });
  const { key } = one;
  await one.save();
  assert.equal(one.key, key);
  const again = keeper(new Server());
  await again.open();
  one.set({ text: 'b' });
  assert.notEqual(one.key, key);
  one.close();
  again.close();
});

test('sent or emptied, nothing stays', async () => {
  const server = new Server();
  const one = keeper(server);
  await one.open();
  one.set({ text: 'a' });
  await one.save();
  await one.done();
  assert.equal(server.draft, undefined);
  assert.equal(memory.size, 0);
  one.set({ text: 'b' });
  await one.save();
  one.set({ text: '', html: '<p>&nbsp;</p>' });
  await one.save();
  assert.equal(server.draft, undefined);
  assert.equal(one.kept.value, 'nothing');
});

test('words that came back beside a draft are offered, and gone from the server once one is chosen', async () => {
  const server = new Server();
  const words = (text: string): DraftWords => ({ text, html: '', to: [], cc: [], subject: '', attachments: [] });
  server.draft = { id: 'drf_1', conversation: 'cnv_1', kind: 'reply', version: 3, words: words('newer'), files: [], returned: words('came back'), changed_at: '' };
  const keeper = new DraftKeeper('cnv_1', 'reply', server);
  made.push(keeper);
  await keeper.open();
  assert.equal(keeper.words.value.text, 'newer');
  assert.equal(keeper.other.value?.text, 'came back');
  keeper.take_other();
  assert.equal(keeper.words.value.text, 'came back');
  assert.equal(keeper.other.value?.text, 'newer');
  assert.equal(server.draft.returned, undefined);
  await keeper.save();
  assert.equal(server.draft.words.text, 'came back');
});

test('files of a draft have their names in another browser', async () => {
  const server = new Server();
  server.draft = { id: 'drf_1', conversation: 'cnv_1', kind: 'reply', version: 1, words: { text: 'x', html: '', to: [], cc: [], subject: '', attachments: ['att_1'] }, files: [{ id: 'att_1', name: 'plan.pdf', media_type: 'application/pdf', size: 7 }], changed_at: '' };
  const keeper = new DraftKeeper('cnv_1', 'reply', server);
  made.push(keeper);
  await keeper.open();
  assert.equal(keeper.words.value.files[0]?.name, 'plan.pdf');
});
