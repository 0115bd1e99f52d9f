// Makes the frames of our mails: every *.mjml here that is a whole document becomes src/templates/layouts/<name>.html, which the
// program embeds. The results are kept in the repository, so that the program builds without npm; --check says whether they
// are what the sources give (npm run check).
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import mjml2html from 'mjml';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, '../../src/templates/layouts');
const checks = process.argv.includes('--check');

// Gmail cuts mails beyond 102 KB; a frame is to be a small part of that.
const most_bytes = 16 * 1024;

let stale = 0;
for (const file of (await readdir(here)).filter((name) => name.endsWith('.mjml')).sort()) {
  const source = await readFile(path.join(here, file), 'utf8');
  if (!source.startsWith('<mjml')) continue;
  // "skip": the attributes that hold variables are no colours and no directions yet.
  const { html, errors } = await mjml2html(source, { filePath: path.join(here, file), validationLevel: 'skip', keepComments: false, fonts: {} });
  if (errors.length) throw new Error(`${file}: ${errors.map((e) => e.formattedMessage).join('; ')}`);
  const page = html.split('\n').map((line) => line.trim()).filter(Boolean).join('\n') + '\n';
  if (page.length > most_bytes) throw new Error(`${file} becomes ${page.length} bytes, more than ${most_bytes}`);
  for (const name of ['{{{body}}}', '{{organisation}}', '{{lang}}', '{{dir}}'])
    if (!page.includes(name)) throw new Error(`${file} has lost ${name}`);
  const target = path.join(out, file.replace('.mjml', '.html'));
  const now = await readFile(target, 'utf8').catch(() => '');
  if (now === page) continue;
  if (checks) {
    console.error(`${path.relative(process.cwd(), target)} is not what ${file} gives: npm run mails`);
    ++stale;
  } else {
    await writeFile(target, page);
    console.log(`mails: ${file}, ${page.length} bytes`);
  }
}
process.exitCode = stale ? 1 : 0;
