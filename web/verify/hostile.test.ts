// Files made to do harm are refused with a reason, in bounded time and memory.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { from_base64, to_base64, utf8 } from './core/bytes';
import { verify_rsa } from './core/crypto';
import { read_der } from './core/der';
import { event_uri, events, reasons } from './core/events';
import { verify_package } from './core/package';
import { time_from_text, time_text } from './core/time';
import { read_xml, NotXml } from './core/xml';
import { read_zip, write_zip, Malformed } from './core/zip';

class Stopping extends Error {}

const root = path.join(process.env.WEB!, '..');
const entry = (name: string, content = 'x') => ({ name, content: utf8(content) });
const refused = (bytes: Uint8Array, by: RegExp): void => assert.throws(() => read_zip(bytes), (problem: Error) => problem instanceof Malformed && by.test(problem.message), String(by));

test('names that lead out of the package are refused', () => {
  for (const name of ['/etc/passwd', '../x', 'a/../b', 'a//b', './a', 'a/', 'a\\b', 'a b', 'C:x', 'a\u0000b']) refused(write_zip([entry('mimetype'), entry(name)]), /name that is not allowed|header|directory/);
});

test('an entry that stands twice, overlaps or hides is refused', () => {
  refused(write_zip([entry('a'), entry('a')]), /stands twice/);
  const good = write_zip([entry('mimetype'), entry('b', 'hello')]);
  refused(new Uint8Array([...good, 0]), /directory/);
  refused(new Uint8Array([0x50, 0x4b, ...good]), /begin with an entry/);
  const overlapping = good.slice();
  new DataView(overlapping.buffer).setUint32(22, 30, true);
  refused(overlapping, /fit|header|directory/);
  const two = write_zip([entry('a', '1'), entry('b', '2')]);
  const directory = two.length - 22 - 2 * 47;
  new DataView(two.buffer).setUint32(directory + 47 + 42, 0, true);  // both names at one place
  refused(two, /directory/);
});

test('what is compressed is not unpacked', () => {
  const bomb = deflateRawSync(Buffer.alloc(50_000_000));
  const packed = write_zip([entry('mimetype'), { name: 'bomb', content: new Uint8Array(bomb) }]);
  new DataView(packed.buffer).setUint16(39 + 8, 8, true);
  refused(packed, /header of bomb/);
});

test('sizes and numbers beyond the limits are refused', () => {
  refused(write_zip(Array.from({ length: 4001 }, (_, i) => entry(`f${i}`))), /more than 4000/);
  refused(write_zip([entry('x'.repeat(201))]), /does not fit/);
  assert.throws(() => read_zip(new Uint8Array(200), { entries: 1, name: 1, container: 100 }), /larger than 100/);
});

test('random bytes and cut packages never throw', async () => {
  const good = new Uint8Array(readFileSync(path.join(root, 'tests/golden/packages/good.asice')));
  for (let size = 0; size < good.length; size += 499) {
    const report = await verify_package(good.slice(0, size));
    assert.equal(report.valid, false);
    assert.deepEqual(report.checks.map(({ name }) => name), ['container']);
  }
});

// Every entry filled with noise: each parser meets what it never expected, and the report stays a report.
test('noise in any entry gives a verdict', async () => {
  const entries = read_zip(new Uint8Array(readFileSync(path.join(root, 'tests/golden/packages/good.asice'))));
  let seed = 7;
  const noise = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 16 & 255;
  for (let i = 1; i < entries.length; i += 1)
    for (const keep of [0, 20, 200]) {
      const content = entries[i]!.content.slice(0, 600).map((byte, at, all) => (at < Math.min(keep, all.length - 1) ? byte : byte ^ (noise() | 1)));
      const report = await verify_package(write_zip(entries.map((one, at) => (at === i ? { ...one, content } : one))));
      assert.equal(report.valid, false, entries[i]!.name);
    }
});

test('XML bombs and depth are refused at once', () => {
  const bad = (text: string): void => assert.throws(() => read_xml(utf8(text)), NotXml, text.slice(0, 60));
  for (const text of ['', 'x', '<a', '<a>', '<a></b>', '<a/><b/>', '<a b=1/>', '<a b="1" b="2"/>', '<a:b/>', '<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>', '<a>&b;</a>', '<a>&#0;</a>', '<a>&#xD800;</a>', '<a>]]></a>', '<a b="<"/>', '<a xmlns:b=""/>', '<1/>', '<a>\u0001</a>', '<a><!-- --></a>', '<a><![CDATA[x]]></a>', '<?pi?><a/>', '<!DOCTYPE a><a/>', '<a\u0000/>', '<a xmlns:xml="u"/>']) bad(text);
  bad('<a>'.repeat(65) + '</a>'.repeat(65));
  bad(`<a>${'x'.repeat(1024 * 1024)}</a>`);
  const begun = process.cpuUsage();  // not the clock: others may be at work
  bad('<a>'.repeat(300_000));
  bad(`<a ${'b="1" '.repeat(150_000)}/>`);
  assert.ok(process.cpuUsage(begun).user < 10_000_000, 'what grows with the square of the length takes minutes');
  assert.equal(read_xml(utf8('<?xml version="1.0" encoding="UTF-8"?>\n<a b="1&#x9;2">\r\n&lt;</a>')).root.children.length, 1);
});

test('DER that is not DER is refused', () => {
  for (const hex of ['', '30', '3080', '308000', '30810100', '3003020100ff', '02020001', '0200', '1f0100', '310602010202010100', '010101', '30840000000100'])
    assert.throws(() => read_der(Uint8Array.from(Buffer.from(hex, 'hex'))), hex);
});

test('RSA signatures of others are verified, and forged ones are not', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const jwk = publicKey.export({ format: 'jwk' });
  const modulus = Buffer.from(jwk.n!, 'base64url');
  const key = { kind: 'rsa' as const, modulus: BigInt(`0x${modulus.toString('hex')}`), exponent: 65537n, octets: modulus.length };
  const message = utf8('message');
  for (const by of ['sha256', 'sha384', 'sha512'] as const) {
    const signature = new Uint8Array(sign(by, message, privateKey));
    assert.ok(verify_rsa(key, signature, message, by));
    assert.ok(!verify_rsa(key, signature, utf8('massage'), by));
    signature[9]! ^= 1;
    assert.ok(!verify_rsa(key, signature, message, by));
  }
});

test('base64 and times are as strict as the server', () => {
  for (const text of ['A', 'AA', 'AAA', 'AB==', 'AAB=', 'A A=', '====', 'AA=A', 'AA-_']) assert.equal(from_base64(text), undefined, text);
  for (let n = 0; n < 40; n += 1) assert.equal(to_base64(from_base64(to_base64(new Uint8Array(n).fill(n)))!), Buffer.alloc(n, n).toString('base64'));
  for (const text of ['2026-02-29T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01 00:00Z', '2026-1-01T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01T00:00:00.Z']) assert.equal(time_from_text(text), undefined, text);
  for (const text of ['2026-11-21T12:00:00.123456Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.5Z'.replace('.5Z', '.500000Z')]) assert.equal(time_text(time_from_text(text)!), text);
  assert.equal(time_text(time_from_text('2026-01-01T01:30:00+01:30')!), '2026-01-01T00:00:00Z');
});

test('events and reasons are those of the server', () => {
  const header = readFileSync(path.join(root, 'src/evidence/evidence.hpp'), 'utf8');
  const theirs = [...header.matchAll(/RAPPORT_EVENT\((\w+), "(\w+)", "([\d.]+)", \w+, (true|false)\)/g)].map(([, label, name, clause, negative]) => ({ label, name, clause, negative: negative === 'true' }));
  assert.deepEqual(events, theirs);
  assert.ok(event_uri(events[0]!).startsWith('http://uri.etsi.org/19522/Event/'));
  assert.deepEqual([...header.matchAll(/= RAPPORT_REASON\("(\w+)"\)/g)].map(([, name]) => name), reasons);
});

test('a verification can be stopped', async () => {
  const good = new Uint8Array(readFileSync(path.join(root, 'tests/golden/packages/good.asice')));
  let breaths = 0;
  const breathe = async (): Promise<void> => {
    breaths += 1;
    if (breaths > 3) throw new Stopping();
  };
  await assert.rejects(verify_package(good, { breathe }), Stopping);
});
