// Byte strings and their texts, as strictly as src/base/bytes.cpp: whatever an encoder would not have written is refused.
export type Bytes = Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Bytes => encoder.encode(text);

// Undefined unless the bytes are valid UTF-8.
export function text_of_bytes(bytes: Bytes): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function equal(a: Bytes | undefined, b: Bytes | undefined): boolean {
  if (!a || !b || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

export function joined(...parts: Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

// Order of octets, the shorter first where one begins the other.
export function compare(a: Bytes, b: Bytes): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

const hex_digits = '0123456789abcdef';
export function to_hex(bytes: Bytes): string {
  let out = '';
  for (const byte of bytes) out += hex_digits[byte >> 4]! + hex_digits[byte & 15]!;
  return out;
}

export function from_hex(text: string): Bytes | undefined {
  if (text.length % 2 || !/^[0-9a-f]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values = new Int8Array(128).fill(-1);
[...digits].forEach((digit, value) => (values[digit.charCodeAt(0)] = value));

export function to_base64(bytes: Bytes): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = Math.min(3, bytes.length - i);
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let k = 0; k < 4; k += 1) out += k <= left ? digits[(group >> (18 - 6 * k)) & 63]! : '=';
  }
  return out;
}

// RFC 4648 §4 with padding, without white space, without stray bits.
export function from_base64(text: string): Bytes | undefined {
  if (text.length % 4) return undefined;
  const bare = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  const out = new Uint8Array(Math.floor((bare * 6) / 8));
  let group = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < bare; i += 1) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? values[code]! : -1;
    if (value < 0) return undefined;
    group = ((group << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (group >> bits) & 255;
    }
  }
  return group & ((1 << bits) - 1) ? undefined : out;
}

// Text without NUL and, but for line breaks and tabs, without control characters; undefined for anything else.
export function plain_text(bytes: Bytes): string | undefined {
  const text = text_of_bytes(bytes);
  return text !== undefined && !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) ? text : undefined;
}
