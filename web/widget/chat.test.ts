// What the browser keeps of a chat when the server knows its token no more, or another tab has changed it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chat } from './chat';
import { type Kept, random_token } from './store';

const name = 'rapport-chat:sit_1';
class Socket {
  static open: Socket[] = [];
  onmessage?: unknown;
  onclose?: unknown;
  constructor() {
    Socket.open.push(this);
  }
  close(): void {
    Socket.open = Socket.open.filter((one) => one !== this);
  }
}

// A browser whose server gives each request of a path to `answer`.
function browser(kept: Partial<Kept>, answer: (path: string, token: string, body: string) => [number, unknown]) {
  const stored = new Map<string, string>();
  const keep = (part: Partial<Kept>) => stored.set(name, JSON.stringify({ token: random_token(), wrote: true, rotated: Date.now(), open: false, conversation: '', seq: 0, outbox: [], ...part }));
  keep(kept);
  Socket.open = [];
  Object.assign(globalThis, {
    localStorage: { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, text: string) => void stored.set(key, text) },
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    location: { origin: 'https://shop.test', pathname: '/' },
    document: { hidden: false },
    WebSocket: Socket,
    fetch: (url: string, options: { headers: Record<string, string>; body?: string }) => {
      const [status, body] = answer(new URL(url).pathname.replace('/chat/sit_1', ''), options.headers['Authorization']?.replace('Bearer ', '') ?? '', options.body ?? '');
      return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
    },
  });
  return { keep, kept: () => JSON.parse(stored.get(name) ?? '{}') as Kept, chat: new Chat('https://ours.test', 'sit_1', 'en', () => undefined) };
}

const nothing = { items: [], seq: 5, known: false, name: '', address: '' };

test('what was written and not yet sent survives that the server knows the token no more', async () => {
  const written = [{ key: 'k1', into: 'cnv_1', text: 'my words', files: [], at: 1 }];
  const sent: string[] = [];
  const { chat, kept } = browser({ token: 'old', outbox: written }, (path, token, body) => {
    if (token === 'old') return [401, { code: 'unauthenticated' }];
    if (path === '/messages') sent.push(body);
    return path === '/messages' ? [201, { conversation: 'cnv_2', message: 'msg_1' }] : [200, nothing];
  });
  await chat.begin();
  assert.notEqual(kept().token, 'old');
  assert.equal(sent.length, 1);
  assert.match(sent[0] ?? '', /my words/);
  assert.doesNotMatch(sent[0] ?? '', /cnv_1/);
  assert.deepEqual(kept().outbox, []);
  chat.forget();
});

test('a token that another tab has changed is not forgotten', async () => {
  const { chat, keep, kept } = browser({ token: 'old' }, (_, token) => {
    if (token === 'new') return [200, nothing];
    keep({ token: 'new' });  // while we asked with the old one
    return [401, { code: 'unauthenticated' }];
  });
  await chat.refresh();
  assert.equal(kept().token, 'new');
  assert.equal(chat.chats.seq, 5);
});

test('who is vouched for has another token from then on, once', async () => {
  const asked: string[] = [];
  const { chat, kept } = browser({ token: 'old' }, (path) => {
    asked.push(path);
    return path === '/conversations' ? [200, { ...nothing, known: true }] : [204, undefined];
  });
  await chat.vouch('a.b.c');
  const { token } = kept();
  assert.notEqual(token, 'old');
  await chat.vouch('a.b.c');
  assert.equal(kept().token, token);
  assert.deepEqual(asked, ['/vouching', '/token', '/conversations', '/vouching', '/conversations']);
  chat.forget();
});

test('after signing out nobody is told anything of who was there', async () => {
  const { chat, kept } = browser({ token: 'old' }, () => [200, nothing]);
  await chat.begin();
  assert.equal(Socket.open.length, 1);
  chat.forget();
  assert.equal(Socket.open.length, 0);
  assert.notEqual(kept().token, 'old');
});
