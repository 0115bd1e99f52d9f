// The one form of ZIP that packages have (docs/formats/package.md): entries stored, one after the other, and every other byte
// follows from them. Nothing is unpacked, so nothing can swell; nothing can overlap, hide or stand twice.
import { utf8, type Bytes } from './bytes';

export interface Entry {
  name: string;
  content: Bytes;  // a view into the container
}
export interface Limits {
  entries: number;
  name: number;
  container: number;
}
export const limits: Limits = { entries: 4000, name: 200, container: 1_000_000_000 };

export class Malformed extends Error {}

const crc_table = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let k = 0; k < 8; k += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});
function crc32(bytes: Bytes): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i += 1) crc = (crc >>> 8) ^ crc_table[(crc ^ bytes[i]!) & 255]!;
  return (crc ^ 0xffffffff) >>> 0;
}

export function good_name(name: string): boolean {
  return /^[A-Za-z0-9._/-]+$/.test(name) && name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

const local_size = 30;
const first_day = (1 << 5) | 1;

class Out {
  private readonly view: DataView;
  private at = 0;
  constructor(readonly bytes: Bytes) {
    this.view = new DataView(bytes.buffer);
  }
  put16(...all: number[]): this {
    for (const value of all) this.view.setUint16(this.at, value, true), (this.at += 2);
    return this;
  }
  put32(...all: number[]): this {
    for (const value of all) this.view.setUint32(this.at, value, true), (this.at += 4);
    return this;
  }
  put(bytes: Bytes): this {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
    return this;
  }
}

interface Placed extends Entry {
  offset: number;
  crc: number;
}

const common = (out: Out, entry: Placed): Out =>
  out.put16(20, 0, 0, 0, first_day).put32(entry.crc, entry.content.length, entry.content.length).put16(entry.name.length, 0);

function local_header(entry: Placed): Bytes {
  return common(new Out(new Uint8Array(local_size)).put32(0x04034b50), entry).bytes;
}

function directory(entries: Placed[], offset: number): Bytes {
  const size = entries.reduce((sum, entry) => sum + 46 + entry.name.length, 0);
  const out = new Out(new Uint8Array(size + 22));
  for (const entry of entries)
    common(out.put32(0x02014b50).put16(20), entry).put16(0, 0, 0).put32(0, entry.offset).put(utf8(entry.name));
  out.put32(0x06054b50, 0).put16(entries.length, entries.length).put32(size, offset).put16(0);
  return out.bytes;
}

function first_difference(container: Bytes, at: number, expected: Bytes): number | undefined {
  for (let i = 0; i < expected.length; i += 1) if (container[at + i] !== expected[i]) return at + i;
  return undefined;
}

// The entries as their own headers tell them; what else is said of them is compared afterwards.
function scan(container: Bytes, most: Limits): { entries: Placed[]; end: number } {
  const view = new DataView(container.buffer, container.byteOffset, container.byteLength);
  const entries: Placed[] = [];
  const names = new Set<string>();
  let at = 0;
  while (container.length - at >= local_size && view.getUint32(at, true) === 0x04034b50) {
    const size = view.getUint32(at + 22, true);
    const name_size = view.getUint16(at + 26, true);
    if (entries.length === most.entries) throw new Malformed(`It has more than ${most.entries} entries.`);
    const left = container.length - at - local_size;
    if (name_size > most.name || left < name_size || left - name_size < size)
      throw new Malformed(`The entry at byte ${at} does not fit into the container.`);
    const begin = at + local_size + name_size;
    const name = String.fromCharCode(...container.subarray(at + local_size, begin));
    if (!good_name(name)) throw new Malformed(`The entry at byte ${at} has a name that is not allowed.`);
    if (names.has(name)) throw new Malformed(`The entry ${name} stands twice.`);
    names.add(name);
    entries.push({ name, content: container.subarray(begin, begin + size), offset: at, crc: 0 });
    at = begin + size;
  }
  if (!entries.length) throw new Malformed('It is not a package of Rapport: it does not begin with an entry.');
  return { entries, end: at };
}

export function read_zip(container: Bytes, most: Limits = limits): Entry[] {
  if (container.length > most.container) throw new Malformed(`It is larger than ${most.container} bytes.`);
  const { entries, end } = scan(container, most);
  for (const entry of entries) {
    entry.crc = crc32(entry.content);
    const where = first_difference(container, entry.offset, local_header(entry));
    if (where !== undefined) throw new Malformed(`The header of ${entry.name} does not fit its content (byte ${where}).`);
  }
  const tail = directory(entries, end);
  const where = first_difference(container, end, tail) ?? (container.length === end + tail.length ? undefined : end + tail.length);
  if (where !== undefined) throw new Malformed(`The directory at the end does not agree with the entries (byte ${where}).`);
  return entries;
}

// The container of these entries, as src/evidence/zip.cpp writes it; the page itself only reads.
export function write_zip(entries: Entry[]): Bytes {
  const placed: Placed[] = [];
  let at = 0;
  for (const { name, content } of entries) {
    placed.push({ name, content, offset: at, crc: crc32(content) });
    at += local_size + name.length + content.length;
  }
  const tail = directory(placed, at);
  const out = new Out(new Uint8Array(at + tail.length));
  for (const entry of placed) out.put(local_header(entry)).put(utf8(entry.name)).put(entry.content);
  return out.put(tail).bytes;
}
