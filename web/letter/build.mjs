// Makes the page in which the console shows a letter: one script within, known by its digest; styles as mails have them; no network
// but for the letter's pictures. Served with `sandbox allow-scripts`, so that the letter has no part in the console.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

export async function build_letter() {
  const script = await readFile(path.join(here, 'show.js'), 'utf8');
  const digest = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${digest}'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; form-action 'none'`;
  const page = (await readFile(path.join(here, 'index.html'), 'utf8')).replace('%POLICY%', () => policy).replace('%SCRIPT%', () => script);
  await mkdir(path.join(here, '../dist/letter'), { recursive: true });
  await writeFile(path.join(here, '../dist/letter/index.html'), page);
}
