// The mock server: the built console under the same strict policy as the real one, and the API over a world in memory. For the
// console's own tests and for work on pages; nothing here is shipped. `npm run mock` prints its address.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { is_refusal, routes } from './api.mjs';
import { keep_file } from './knowledge.mjs';
import { make_world, new_id } from './world.mjs';

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist/console');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'";

// The letter's page, with the server's sandbox.
async function letter(response) {
  const bytes = await readFile(path.join(dist, '../letter/index.html'));
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "sandbox allow-scripts; frame-ancestors 'self'", 'X-Content-Type-Options': 'nosniff' });
  response.end(bytes);
}

async function page(request, response) {
  if (new URL(request.url, 'http://x').pathname === '/letter/') return letter(response);
  const file = request.url.startsWith('/console/assets/') ? path.basename(new URL(request.url, 'http://x').pathname) : undefined;
  const name = file ? path.join(dist, 'assets', file) : path.join(dist, 'index.html');
  try {
    const bytes = await readFile(name);
    response.writeHead(200, { 'Content-Type': types[path.extname(name)] ?? 'text/plain', 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': file ? 'public, max-age=31536000, immutable' : 'no-cache' });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

function read_all(request) {
  return new Promise((resolve, reject) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
  });
}

function match(pattern, given) {
  const wanted = pattern.split('/');
  const parts = given.split('/');
  if (wanted.length !== parts.length) return undefined;
  const found = {};
  for (const [index, piece] of wanted.entries()) {
    if (piece.startsWith(':')) found[piece.slice(1)] = parts[index];
    else if (piece !== parts[index]) return undefined;
  }
  return found;
}

export async function start_mock({ port = 0, delay_ms = 0 } = {}) {
  const world = make_world();
  const streams = new Set();
  const problem = (response, status, code, detail, fields, more) => {
    response.writeHead(status, { 'Content-Type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail, fields, ...more }));
  };

  const events = (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': connected\n\n');
    const send = (event) => response.write(`${event.seq ? `id: ${event.seq}` : 'event: passing'}\ndata: ${JSON.stringify(event)}\n\n`);
    const last = Number(request.headers['last-event-id'] ?? Infinity);
    world.events.filter((event) => event.seq > last).forEach(send);
    world.listeners.add(send);
    streams.add(response);
    response.on('close', () => {
      world.listeners.delete(send);
      streams.delete(response);
    });
  };

  const api = async (request, response, url) => {
    const signed_in = /rapport_session=mock/.test(request.headers.cookie ?? '');
    if (!signed_in && !url.pathname.startsWith('/v1/session') && !url.pathname.startsWith('/mock/')) return problem(response, 401, 'unauthenticated', 'Sign in first.');
    if (!signed_in && url.pathname === '/v1/session' && request.method === 'GET') return problem(response, 401, 'unauthenticated', 'Sign in first.');
    if (url.pathname === '/v1/events') return events(request, response);
    const bytes = await read_all(request);
    if (request.method === 'POST' && url.pathname === '/v1/attachments') {
      const file = { id: new_id('att'), name: url.searchParams.get('name'), media_type: request.headers['content-type'], size: bytes.length };
      world.uploads.set(file.id, file);
      response.writeHead(201, { 'Content-Type': 'application/json' });
      return response.end(JSON.stringify(file));
    }
    if (request.method === 'POST' && url.pathname === '/v1/knowledge/files') {
      const name = url.searchParams.get('name');
      if (/\.exe$/.test(name)) return problem(response, 422, 'file_refused', 'Files of this type are not taken.');
      const { bytes: _, ...file } = keep_file(world, name, request.headers['content-type'], bytes);
      response.writeHead(201, { 'Content-Type': 'application/json' });
      return response.end(JSON.stringify(file));
    }
    if (url.pathname === '/v1/files') {
      const name = url.searchParams.get('name');
      if (/\.exe$/.test(name)) return problem(response, 422, 'invalid_fields', 'Files of this type are not taken.', [{ pointer: '', rule: 'must not be a program', fix: 'send a document' }]);
      const file = { id: new_id('fil'), name, media_type: request.headers['content-type'], size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
      world.files.set(file.id, file);
      response.writeHead(201, { 'Content-Type': 'application/json' });
      return response.end(JSON.stringify(file));
    }
    for (const [method, pattern, handler, status = 200] of routes) {
      const p = method === request.method ? match(pattern, url.pathname) : undefined;
      if (!p) continue;
      const cookies = [];
      try {
        const value = handler({ world, p, query: url.searchParams, body: bytes.length ? JSON.parse(bytes) : undefined, headers: request.headers, sign_in: () => cookies.push('rapport_session=mock; Path=/; HttpOnly; SameSite=Strict'), sign_out: () => void cookies.push('rapport_session=; Path=/; Max-Age=0') });
        if (value?.raw !== undefined) {
          response.writeHead(200, { 'Content-Type': value.type });
          return response.end(value.raw);
        }
        response.writeHead(value === undefined ? 204 : status, { 'Content-Type': 'application/json', ...(cookies.length ? { 'Set-Cookie': cookies } : {}) });
        return response.end(value === undefined ? undefined : JSON.stringify(value));
      } catch (error) {
        if (!is_refusal(error)) throw error;
        return problem(response, error.status, error.code, error.message, error.fields, error.more);
      }
    }
    return problem(response, 404, 'not_found', 'There is no such route.');
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const handle = url.pathname.startsWith('/v1/') || url.pathname.startsWith('/mock/') ? api : page;
    setTimeout(() => handle(request, response, url).catch((error) => problem(response, 500, 'server', String(error))), handle === api ? delay_ms : 0);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    world,
    cut: () => streams.forEach((stream) => stream.destroy()),
    stop: () => new Promise((resolve) => {
      streams.forEach((stream) => stream.destroy());
      server.closeAllConnections?.();
      server.close(resolve);
    }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const mock = await start_mock({ port: Number(process.env.PORT ?? 0) });
  console.log(`${mock.url}/console/sign-in  mira@example.org / correct horse battery`);
}
