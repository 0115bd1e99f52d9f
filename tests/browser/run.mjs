// Runs the browser tests: over the mock server (every reply and fault at will), then, with --server PROGRAM, over a real server in
// demo mode with a fresh database. Names of tests as arguments run only those. The web must be built.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2);
const at = words.indexOf('--server');
const program = at < 0 ? undefined : words.splice(at, 2)[1];
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (!words.length || words.some((one) => name.startsWith(one))));

// One file after the other: two browsers at once only slow each other down, and a real server is one world.
function run(env) {
  return files.map((name) => spawnSync(process.execPath, ['--test', path.join(here, name)], { stdio: 'inherit', env: { ...process.env, ...env } }).status).every((status) => status === 0);
}

const free_port = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

// A demo server; answers when it has printed its one-time link.
async function start_server() {
  const folder = mkdtempSync(path.join(tmpdir(), 'rapport-browser-'));
  // A receiver of webhooks, which the tests play, may be on this machine.
  const receiver = await free_port();
  const config = path.join(folder, 'rapport.toml');
  writeFileSync(config, `[webhooks]\nprivate_hosts = ["127.0.0.1:${receiver}"]\n`);
  const child = spawn(program, ['serve', '--demo', '--config', config, '--data', path.join(folder, 'data'), '--listen', `127.0.0.1:${await free_port()}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  const link = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      const found = /https?:\S+#token=\S+/.exec(text);
      if (found) resolve(found[0]);
    });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const stop = async () => {
    child.removeAllListeners('exit');
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { link, receiver, stop };
}

async function sign_in(link) {
  const { origin } = new URL(link);
  const reply = await fetch(`${origin}/v1/session/link`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Rapport-Request': '1' }, body: JSON.stringify({ token: link.split('token=')[1] }) });
  const session = /rapport_session=([^;]+)/.exec(reply.headers.get('set-cookie') ?? '')?.[1];
  if (!session) throw new Error(`signing in by the one-time link failed: ${reply.status}`);
  return { BASE_URL: origin, SESSION: session };
}

if (!existsSync(path.join(here, '../../web/dist/console/index.html'))) {
  console.error('web/dist/console is missing: run `npm ci && npm run build` in web/ first');
  process.exit(1);
}
let good = process.env.BASE_URL ? run({}) : run({ BASE_URL: '' });
if (program) {
  const server = await start_server();
  try {
    good = run({ ...(await sign_in(server.link)), RECEIVER: String(server.receiver) }) && good;
  } finally {
    await server.stop();
  }
}
process.exit(good ? 0 : 1);
