// The page says of every golden package, good or tampered, what `rapport verify` says: the same checks by the same names, in the
// same order, with the same verdicts (cases.json is written and held by src/evidence/golden_packages_test.cpp).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { use_web_crypto } from './core/crypto';
import { verify_package, type Options, type Report } from './core/package';
import { read_zip, write_zip } from './core/zip';
import { sentence } from './verdict';

const folder = path.join(process.env.WEB!, '../tests/golden/packages');
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(folder, name)));

interface Change {
  entry?: string;
  at?: number;
  flip: number;
  find?: string;
  with?: string;
}
interface Case {
  package: string;
  change?: Change;
  roots?: string;
  log_key?: string;
  checkpoint?: string;
  consistency?: string;
  valid: boolean;
  checks: number;
  failed: string[];
  verdicts: string;
}
const { cases } = JSON.parse(readFileSync(path.join(folder, 'cases.json'), 'utf8')) as { cases: Case[] };

function applied(bytes: Uint8Array, change: Change): Uint8Array {
  if (change.at !== undefined) {
    const out = bytes.slice();
    out[change.at]! ^= change.flip;
    return out;
  }
  const whole = Buffer.from(bytes);
  const where = whole.indexOf(change.find!);
  assert.ok(where >= 0, change.find);
  return new Uint8Array(Buffer.concat([whole.subarray(0, where), Buffer.from(change.with!), whole.subarray(where + Buffer.byteLength(change.find!))]));
}

function package_of(one: Case): Uint8Array {
  const bytes = read(one.package);
  const { change } = one;
  if (!change) return bytes;
  if (!change.entry) return applied(bytes, change);
  return write_zip(read_zip(bytes).map((entry) => (entry.name === change.entry ? { ...entry, content: applied(entry.content, change) } : entry)));
}

function options_of(one: Case): Options {
  const out: Options = {};
  for (const name of ['roots', 'log_key', 'checkpoint', 'consistency'] as const) if (one[name]) out[name] = read(one[name]);
  return out;
}

const lines = (report: Report): string => report.checks.map(({ name, ok }) => `${name} ${ok ? 'ok' : 'failed'}\n`).join('');

async function agree(one: Case): Promise<void> {
  const report = await verify_package(package_of(one), options_of(one));
  const told = JSON.stringify({ ...one, change: one.change && { ...one.change, with: one.change.with?.slice(0, 80), find: one.change.find?.slice(0, 80) } });
  assert.deepEqual(report.checks.filter(({ ok }) => !ok).map(({ name }) => name), one.failed, `${told}\n${JSON.stringify(report.checks.filter(({ ok }) => !ok))}`);
  assert.equal(report.checks.length, one.checks, told);
  assert.equal(createHash('sha256').update(lines(report)).digest('hex'), one.verdicts, `${told}\n${lines(report)}`);
  assert.equal(report.valid, one.valid, told);
  for (const { name, ok, detail } of report.checks) {
    assert.ok(sentence(name), name);
    assert.ok(ok || detail, `${name} fails without a reason`);
  }
}

test('every golden package gets the verdicts of rapport verify', async () => {
  assert.ok(cases.length > 200 && cases.some(({ valid }) => valid));
  for (const one of cases) await agree(one);
});

test('without WebCrypto the verdicts are the same', async () => {
  use_web_crypto(false);
  try {
    for (const one of cases.filter(({ change }) => !change)) await agree(one);
  } finally {
    use_web_crypto(true);
  }
});
