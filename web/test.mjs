// Bundles every *.test.ts and runs them with Node's own test runner; works with Node 18 and newer.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { icons } from './ui/icons.plugin.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
async function find(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await find(file)));
    else if (entry.name.endsWith('.test.ts')) found.push(file);
  }
  return found;
}

// Inside the package, so that the bundles find what stays outside of them (typescript).
const out = await mkdtemp(path.join(here, 'node_modules/.tests-'));
try {
  const tests = await find(here);
  const options = { bundle: true, platform: 'node', format: 'esm', jsx: 'automatic', jsxImportSource: 'preact', plugins: [icons(here)], external: ['typescript', 'esbuild'], loader: { '.css': 'empty', '.txt': 'text' }, outExtension: { '.js': '.mjs' }, define: { 'process.env.WEB': JSON.stringify(here) }, logLevel: 'warning' };
  await build({ ...options, entryPoints: tests, outdir: out, outbase: here });
  const files = tests.map((file) => path.join(out, path.relative(here, file).replace(/\.ts$/, '.mjs')));
  const run = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
