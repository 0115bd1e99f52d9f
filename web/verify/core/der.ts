// DER (X.690), read as strictly as it is written: definite and shortest lengths, shortest integers, sets in order.
import { compare, type Bytes } from './bytes';

export class NotDer extends Error {}

export interface Der {
  tag: number;       // identifier octet; long tags are refused
  bytes: Bytes;      // with tag and length
  content: Bytes;
  items: Der[];      // of a constructed one
}

export const tag = { boolean: 0x01, integer: 0x02, bits: 0x03, octets: 0x04, null: 0x05, oid: 0x06, utc_time: 0x17, time: 0x18, sequence: 0x30, set: 0x31 };

const most_nested = 24;

function header(bytes: Bytes, at: number): { begin: number; end: number } {
  const first = bytes[at + 1];
  if (first === undefined || (bytes[at]! & 31) === 31) throw new NotDer('a tag or a length is missing');
  let size = first;
  let begin = at + 2;
  if (first >= 0x80) {
    const n = first & 127;
    if (n === 0 || n > 4) throw new NotDer('a length is not definite');
    size = 0;
    for (let i = 0; i < n; i += 1) size = size * 256 + (bytes[begin + i] ?? 0);
    begin += n;
    if (size < 128 || size < 256 ** (n - 1)) throw new NotDer('a length is not the shortest');
  }
  if (begin + size > bytes.length) throw new NotDer('a value does not end within its parent');
  return { begin, end: begin + size };
}

function check_primitive(node: Der): void {
  const { content } = node;
  if (node.tag === tag.integer && (content.length === 0 || (content.length > 1 && (content[0] === 0 ? content[1]! < 128 : content[0] === 255 && content[1]! >= 128))))
    throw new NotDer('an integer is not the shortest');
  if (node.tag === tag.boolean && (content.length !== 1 || (content[0] !== 0 && content[0] !== 255))) throw new NotDer('a boolean is neither true nor false');
}

function read(bytes: Bytes, at: number, depth: number): Der {
  if (depth > most_nested) throw new NotDer('it is nested too deeply');
  const { begin, end } = header(bytes, at);
  const node: Der = { tag: bytes[at]!, bytes: bytes.subarray(at, end), content: bytes.subarray(begin, end), items: [] };
  if (!(node.tag & 0x20)) {
    check_primitive(node);
    return node;
  }
  for (let next = begin; next < end; ) {
    const item = read(bytes.subarray(0, end), next, depth + 1);
    node.items.push(item);
    next += item.bytes.length;
  }
  if (node.tag === tag.set && node.items.some((item, i) => i > 0 && compare(node.items[i - 1]!.bytes, item.bytes) > 0)) throw new NotDer('a set is not in order');
  return node;
}

export function read_der(bytes: Bytes): Der {
  const node = read(bytes, 0, 0);
  if (node.bytes.length !== bytes.length) throw new NotDer('something follows it');
  return node;
}

// Takes the items of a constructed value in order.
export class Items {
  private at = 0;
  constructor(private readonly parent: Der) {}
  take(wanted: number): Der {
    const item = this.maybe(wanted);
    if (!item) throw new NotDer('an element is missing');
    return item;
  }
  maybe(wanted: number): Der | undefined {
    const item = this.parent.items[this.at];
    if (item?.tag !== wanted) return undefined;
    this.at += 1;
    return item;
  }
  any(): Der {
    const item = this.parent.items[this.at];
    if (!item) throw new NotDer('an element is missing');
    this.at += 1;
    return item;
  }
  done(): void {
    if (this.at !== this.parent.items.length) throw new NotDer('an element is one too many');
  }
}

export function inside(node: Der, wanted: number): Items {
  if (node.tag !== wanted) throw new NotDer('an element is of another kind');
  return new Items(node);
}

export function oid_text(node: Der): string {
  if (node.tag !== tag.oid || node.content.length === 0) throw new NotDer('an object identifier is missing');
  const parts: bigint[] = [];
  let value = 0n;
  for (const byte of node.content) {
    value = (value << 7n) | BigInt(byte & 127);
    if (byte & 128) continue;
    parts.push(value);
    value = 0n;
  }
  const first = parts.shift() ?? 0n;
  const top = first < 80n ? first / 40n : 2n;
  return [top, first - top * 40n, ...parts].join('.');
}

export function small_number(node: Der): number {
  if (node.content.length === 0 || node.content.length > 6 || node.content[0]! & 128) throw new NotDer('a number is too large');
  return node.content.reduce((sum, byte) => sum * 256 + byte, 0);
}

// ---- Writing

export function write_der(kind: number, ...parts: Bytes[]): Bytes {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const length: number[] = [];
  if (size < 128) length.push(size);
  else {
    for (let n = size; n > 0; n = Math.floor(n / 256)) length.unshift(n & 255);
    length.unshift(0x80 | length.length);
  }
  const out = new Uint8Array(1 + length.length + size);
  out.set([kind, ...length]);
  let at = 1 + length.length;
  for (const part of parts) out.set(part, at), (at += part.length);
  return out;
}

export function write_oid(text: string): Bytes {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const octets: number[] = [];
  for (const value of [first * 40 + second, ...rest]) {
    const group = [value & 127];
    for (let n = Math.floor(value / 128); n > 0; n = Math.floor(n / 128)) group.unshift(0x80 | (n & 127));
    octets.push(...group);
  }
  return write_der(tag.oid, Uint8Array.from(octets));
}
