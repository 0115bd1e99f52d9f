// Runs the browser tests: over the mock server (every reply and fault at will), then, with --server PROGRAM, over a real server in
// demo mode with a fresh database. Names of tests as arguments run only those. The web must be built.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { free_port, sign_in, start_server } from './server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2);
const at = words.indexOf('--server');
const program = at < 0 ? undefined : words.splice(at, 2)[1];
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (!words.length || words.some((one) => name.startsWith(one))));

// One file after the other: two browsers at once only slow each other down, and a real server is one world.
function run(env) {
  return files.map((name) => spawnSync(process.execPath, ['--test', path.join(here, name)], { stdio: 'inherit', env: { ...process.env, ...env } }).status).every((status) => status === 0);
}

if (!existsSync(path.join(here, '../../web/dist/console/index.html'))) {
  console.error('web/dist/console is missing: run `npm ci && npm run build` in web/ first');
  process.exit(1);
}
let good = process.env.BASE_URL ? run({}) : run({ BASE_URL: '' });
if (program) {
  process.env.RAPPORT = program;
  const receiver = await free_port();  // of webhooks, which the tests play; it may be on this machine
  const server = await start_server(program, () => `[webhooks]\nprivate_hosts = ["127.0.0.1:${receiver}"]\n`);
  try {
    good = run({ ...(await sign_in(server.link)), RECEIVER: String(receiver) }) && good;
  } finally {
    await server.stop();
  }
}
process.exit(good ? 0 : 1);
