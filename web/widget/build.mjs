// Builds dist/widget/widget.js: one classic script, because pages of other sites carry it. Refuses what would be too heavy for them.
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const web = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const limit = 25 * 1024;  // gzip: all of it is there before it is opened (ui.md rule 8)

export async function build_widget() {
  const outfile = path.join(web, 'dist/widget/widget.js');
  await build({ absWorkingDir: web, entryPoints: ['widget/main.ts'], outfile, bundle: true, format: 'iife', target: ['es2022', 'chrome109', 'firefox115', 'safari16'], minify: true, charset: 'utf8', legalComments: 'none', logLevel: 'warning' });
  const size = gzipSync(await readFile(outfile), { level: 9 }).length;
  console.log(`widget: ${(size / 1024).toFixed(1)} KB gzip, chat included`);
  if (size > limit) throw new Error(`the widget is over ${limit / 1024} KB`);
}
