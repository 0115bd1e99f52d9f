// The log's texts and proofs: signed notes (C2SP signed-note, tlog-checkpoint), inclusion and consistency (C2SP tlog-proof, RFC 9162).
import { equal, from_base64, joined, plain_text, to_base64, to_hex, utf8, type Bytes } from './bytes';
import { digest, verify_ed25519 } from './crypto';

export interface NoteKey {
  name: string;
  public_key: Bytes;  // 32 octets
}
export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Bytes;
  note: Bytes;
}

const dash = '\u2014 ';
const most_number = (1n << 64n) - 1n;
const good_name = (name: string): boolean => name !== '' && !/[ +\t\r\n]/.test(name);
const key_id = (key: NoteKey): Bytes => digest(joined(utf8(`${key.name}\n`), Uint8Array.of(1), key.public_key)).subarray(0, 4);
const key_text = (key: NoteKey): string => `${key.name}+${to_hex(key_id(key))}+${to_base64(joined(Uint8Array.of(1), key.public_key))}`;

// A number as it is written; undefined for anything else.
function number(text: string): bigint | undefined {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > most_number ? undefined : value;
}

export function note_key(bytes: Bytes): NoteKey | string {
  const bad = "A log's key is written as name+8 hex digits+base64, as /log/key shows it.";
  const text = plain_text(bytes)?.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  const found = text === undefined ? null : /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text);
  const raw = found ? from_base64(found[3]!) : undefined;
  if (!found || raw?.length !== 33 || raw[0] !== 1) return bad;
  const key = { name: found[1]!, public_key: raw.subarray(1) };
  return good_name(key.name) && key_text(key) === text ? key : bad;
}

// SubjectPublicKeyInfo as openssl writes it.
export function key_pem(key: NoteKey): string {
  const der = joined(Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00), key.public_key);
  return `-----BEGIN PUBLIC KEY-----\n${to_base64(der)}\n-----END PUBLIC KEY-----\n`;
}

// The text up to and with the empty line's first line feed, and the signature lines.
function divided(note: Bytes): { text: string; lines: string } | undefined {
  const whole = note.length <= 65_536 ? plain_text(note) : undefined;
  const split = whole?.lastIndexOf('\n\n') ?? -1;
  return whole === undefined || split < 0 || !whole.endsWith('\n') ? undefined : { text: whole.slice(0, split + 1), lines: whole.slice(split + 2) };
}

function parse_checkpoint(note: Bytes): Checkpoint | string {
  const parts = divided(note);
  if (!parts) return 'The checkpoint is not a signed note.';
  const [origin = '', size = '', root = ''] = parts.text.split('\n');
  const value = number(size);
  const hash = from_base64(root);
  return good_name(origin) && value !== undefined && hash?.length === 32 ? { origin, size: value, root: hash, note } : "The checkpoint's lines are not origin, size and root.";
}

export function open_checkpoint(note: Bytes, key: NoteKey): Checkpoint | string {
  const checkpoint = parse_checkpoint(note);
  if (typeof checkpoint === 'string') return checkpoint;
  if (checkpoint.origin !== key.name) return `The checkpoint is another log's: its origin is ${checkpoint.origin}.`;
  const { text, lines } = divided(note)!;
  const start = `${dash}${key.name} `;
  for (const line of lines.split('\n').slice(0, -1)) {
    if (!line.startsWith(dash)) return 'A signature line of the checkpoint is malformed.';
    if (!line.startsWith(start)) continue;  // a witness's
    const blob = from_base64(line.slice(start.length));
    if (!blob || blob.length < 5) return 'A signature line of the checkpoint is malformed.';
    if (!equal(blob.subarray(0, 4), key_id(key))) continue;
    return verify_ed25519(key.public_key, blob.subarray(4), utf8(text)) ? checkpoint : "The log's signature does not fit the checkpoint.";
  }
  return "The checkpoint carries no signature by this log's key.";
}

// ---- Proofs

export interface Proof {
  salt: Bytes;
  index: bigint;
  path: Bytes[];
  checkpoint: string;
}

export function parse_proof(bytes: Bytes): Proof | undefined {
  const text = plain_text(bytes);
  const found = text === undefined ? null : /^c2sp\.org\/tlog-proof@v1\nextra ([^\n]*)\nindex ([^\n]*)\n((?:[^\n]+\n)*)\n([^]*)$/.exec(text);
  if (!found) return undefined;
  const salt = from_base64(found[1]!);
  const index = number(found[2]!);
  const path = found[3]!.split('\n').slice(0, -1).map(from_base64);
  if (salt?.length !== 32 || index === undefined || path.length > 65 || path.some((hash) => hash?.length !== 32)) return undefined;
  return { salt, index, path: path as Bytes[], checkpoint: found[4]! };
}

export interface Consistency {
  from: bigint;
  to: bigint;
  path: Bytes[];
}
export function parse_consistency(bytes: Bytes): Consistency | undefined {
  const text = plain_text(bytes);
  const found = text === undefined ? null : /^rapport-consistency@v1\nfrom ([^\n]*)\nto ([^\n]*)\n((?:[^\n]+\n)*)$/.exec(text);
  const from = found ? number(found[1]!) : undefined;
  const to = found ? number(found[2]!) : undefined;
  const path = found ? found[3]!.split('\n').slice(0, -1).map(from_base64) : [];
  if (from === undefined || to === undefined || path.length > 129 || path.some((hash) => hash?.length !== 32)) return undefined;
  return { from, to, path: path as Bytes[] };
}

export const leaf_hash = (entry: Bytes): Bytes => digest(joined(Uint8Array.of(0), entry));
const node_hash = (left: Bytes, right: Bytes): Bytes => digest(joined(Uint8Array.of(1), left, right));

// RFC 9162 §2.1.3.2.
export function verify_inclusion(leaf: Bytes, index: bigint, size: bigint, path: Bytes[], root: Bytes): boolean {
  if (index >= size) return false;
  let [fn, sn, hash] = [index, size - 1n, leaf];
  for (const step of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      hash = node_hash(step, hash);
      for (; !(fn & 1n) && fn !== 0n; fn >>= 1n) sn >>= 1n;
    } else hash = node_hash(hash, step);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equal(hash, root);
}

// RFC 9162 §2.1.4.2.
export function verify_consistency(old: { size: bigint; root: Bytes }, grown: { size: bigint; root: Bytes }, path: Bytes[]): boolean {
  if (old.size > grown.size) return false;
  if (old.size === grown.size) return path.length === 0 && equal(old.root, grown.root);
  if (old.size === 0n) return path.length === 0 && equal(old.root, digest(new Uint8Array()));
  let [fn, sn] = [old.size - 1n, grown.size - 1n];
  for (; fn & 1n; fn >>= 1n) sn >>= 1n;
  // A tree of a power of two is itself a node of the larger one: the proof leaves it out.
  const steps = (old.size & (old.size - 1n)) === 0n ? [old.root, ...path] : path;
  const [first, ...rest] = steps;
  if (!first) return false;
  let [fr, sr] = [first, first];
  for (const step of rest) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      fr = node_hash(step, fr);
      sr = node_hash(step, sr);
      for (; !(fn & 1n) && fn !== 0n; fn >>= 1n) sn >>= 1n;
    } else sr = node_hash(sr, step);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equal(fr, old.root) && equal(sr, grown.root);
}
