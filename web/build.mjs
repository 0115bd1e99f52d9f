// Builds every face of the web into dist/. The console: hashed file names, an index.html without inline script or style (strict
// CSP), and a limit on what the first visit loads. The server compresses what it serves.
import { build, context } from 'esbuild';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build_letter } from './letter/build.mjs';
import { icons } from './ui/icons.plugin.mjs';
import { build_verify } from './verify/build.mjs';
import { build_widget } from './widget/build.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, 'dist/console');
const first_load_limit = 200 * 1024;  // gzip, ui.md rule 8

const options = {
  absWorkingDir: here,
  entryPoints: { console: 'console/main.tsx', early: 'console/early.ts' },
  outdir: 'dist/console/assets',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  minify: true,
  sourcemap: false,
  metafile: true,
  legalComments: 'linked',
  logLevel: 'warning',
  plugins: [icons(here)],
  loader: { '.txt': 'text' },  // the post room's templates, for the preview
};

// The files that the browser fetches before the first page shows: the entries and everything they import statically.
function first_load(meta, entries) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const next of meta.outputs[file]?.imports ?? []) if (next.kind === 'import-statement') visit(next.path);
  };
  entries.forEach(visit);
  return [...seen];
}

async function write_page(meta) {
  const entry = (source) => Object.keys(meta.outputs).find((name) => meta.outputs[name].entryPoint === source);
  const script = entry('console/main.tsx');
  const early = entry('console/early.ts');
  const style = meta.outputs[script].cssBundle;
  const url = (file) => '/console/assets/' + path.basename(file);
  const preloads = first_load(meta, [script]).filter((file) => file !== script && file.endsWith('.js'));
  const template = await readFile(path.join(here, 'console/index.html'), 'utf8');
  const page = template
    .replace('%EARLY%', url(early))
    .replace('%STYLE%', url(style))
    .replace('%SCRIPT%', url(script))
    .replace('%PRELOADS%', preloads.map((file) => `<link rel="modulepreload" href="${url(file)}">`).join('\n    '));
  await writeFile(path.join(out, 'index.html'), page);
  return [script, early, style];
}

async function finish(meta) {
  const entries = await write_page(meta);
  const files = first_load(meta, entries);
  let bytes = 0;
  for (const file of files) bytes += gzipSync(await readFile(path.join(here, file)), { level: 9 }).length;
  console.log(`console: first load ${(bytes / 1024).toFixed(1)} KB gzip in ${files.length} files`);
  if (bytes > first_load_limit) throw new Error(`the first load is over ${first_load_limit / 1024} KB`);
}

await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, 'assets'), { recursive: true });
await build_letter();
await build_widget();
if (process.argv.includes('--watch')) {
  const on_end = { name: 'page', setup: (b) => b.onEnd(async (result) => result.metafile && write_page(result.metafile)) };
  const watching = await context({ ...options, minify: false, sourcemap: 'linked', plugins: [...options.plugins, on_end] });
  await watching.watch();
} else {
  const result = await build(options);
  await finish(result.metafile);
  await build_verify();
}
