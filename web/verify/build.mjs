// Makes the verification page: one file with script and style within, a policy that allows those two by their digests and nothing
// else (no network at all), so that it works the same from a file, from a server, and without either.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const web = path.dirname(here);
const limit = 120 * 1024;  // gzip

const digest = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy_of = (script, style) => `default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'`;

export async function build_verify({ minify = true } = {}) {
  const { outputFiles } = await build({
    absWorkingDir: web,
    entryPoints: { verify: 'verify/main.tsx' },
    outdir: 'dist/verify',
    write: false,
    bundle: true,
    format: 'esm',
    target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify,
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
  });
  // What would end the element it stands in is written otherwise.
  const script = outputFiles.find(({ path: name }) => name.endsWith('.js')).text.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
  const style = outputFiles.find(({ path: name }) => name.endsWith('.css')).text;
  const template = await readFile(path.join(here, 'index.html'), 'utf8');
  const page = template
    .replace('%POLICY%', () => policy_of(script, style))
    .replace('%STYLE%', () => style)
    .replace('%SCRIPT%', () => script);
  const bytes = gzipSync(page, { level: 9 }).length;
  console.log(`verify: one page of ${(bytes / 1024).toFixed(1)} KB gzip`);
  if (bytes > limit) throw new Error(`the page is over ${limit / 1024} KB`);
  await mkdir(path.join(web, 'dist/verify'), { recursive: true });
  await writeFile(path.join(web, 'dist/verify/index.html'), page);
}
