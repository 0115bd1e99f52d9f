// Runs the browser tests: against BASE_URL with SIGN_IN_LINK, or against the mock server over web/dist (build the web first).
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
if (!process.env.BASE_URL && !existsSync(path.join(here, '../../web/dist/console/index.html'))) {
  console.error('web/dist/console is missing: run `npm ci && npm run build` in web/ first');
  process.exit(1);
}
const wanted = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (!wanted.length || wanted.some((one) => name.startsWith(one))));
let failed = false;
// One file after the other: two browsers at once only slow each other down, and a real server is one world.
for (const name of files) failed = spawnSync(process.execPath, ['--test', path.join(here, name)], { stdio: 'inherit' }).status !== 0 || failed;
process.exit(failed ? 1 : 0);
