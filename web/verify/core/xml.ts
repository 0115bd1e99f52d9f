// Reads XML that others may have written, as strictly as src/evidence/read_xml.cpp lets libxml2: elements, attributes, text and the
// five built-in entities, nothing else; namespaces resolved; bounded in size and depth. Small because the format is.
import { text_of_bytes, type Bytes } from './bytes';

export class NotXml extends Error {}

export interface Attribute {
  prefix: string;
  local: string;
  ns: string;
  value: string;
}
export interface Element {
  kind: 'element';
  prefix: string;
  local: string;
  ns: string;
  attributes: Attribute[];
  declared: Map<string, string>;  // namespaces declared on this element: prefix → URI
  children: Node[];
  parent: Element | undefined;
}
export interface Text {
  kind: 'text';
  value: string;
}
export type Node = Element | Text;

export const largest_record = 1024 * 1024;
const deepest = 64;
const xml_ns = 'http://www.w3.org/XML/1998/namespace';

const blank = /[ \t\r\n]/;
const name_start = 'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const name = new RegExp(`[${name_start}][${name_start}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040]*`, 'uy');
// What XML 1.0 §2.2 does not allow. Lone surrogates cannot come out of UTF-8.
const not_a_character = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

function forbidden(bytes: Bytes, text: string | undefined): string | undefined {
  if (bytes.length > largest_record) return 'it is larger than 1 MiB';
  if (!bytes.length || bytes[0] !== 0x3c) return 'it does not begin with an element';
  if (bytes.includes(0)) return 'it holds a NUL';
  if (text === undefined) return 'it is not well-formed XML';
  if (/<[!?]/.test(text.startsWith('<?xml ') ? text.slice(2) : text)) return 'it holds a DTD, a comment, a CDATA section or a processing instruction';
  return undefined;
}

class Parser {
  private at = 0;
  constructor(private readonly text: string) {}

  document(): Element {
    const declaration = /^<\?xml version=("1\.[0-9]+"|'1\.[0-9]+')( +encoding=("[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?( +standalone=("yes"|"no"|'yes'|'no'))? *\?>/.exec(this.text);
    if (declaration) this.at = declaration[0].length;
    this.blanks();
    const root = this.tree();
    this.blanks();
    if (this.at !== this.text.length) this.malformed();
    return root;
  }

  private malformed(): never {
    throw new NotXml('it is not well-formed XML');
  }
  private peek(): string {
    return this.text[this.at] ?? '';
  }
  private eat(expected: string): void {
    if (!this.text.startsWith(expected, this.at)) this.malformed();
    this.at += expected.length;
  }
  private blanks(): boolean {
    const before = this.at;
    while (blank.test(this.peek())) this.at += 1;
    return this.at > before;
  }
  private word(): string {
    name.lastIndex = this.at;
    const found = name.exec(this.text);
    if (!found) this.malformed();
    this.at += found[0].length;
    return found[0];
  }
  private qualified(): [string, string] {
    const first = this.word();
    if (this.peek() !== ':') return ['', first];
    this.at += 1;
    return [first, this.word()];
  }

  // All elements, without recursion: depth is the document's choice.
  private tree(): Element {
    const open: Element[] = [];
    for (;;) {
      const top = open[open.length - 1];
      if (this.text.startsWith('</', this.at)) {
        if (!top) this.malformed();
        this.at += 2;
        const [prefix, local] = this.qualified();
        if (prefix !== top.prefix || local !== top.local) this.malformed();
        this.blanks();
        this.eat('>');
        open.pop();
        if (!open.length) return top;
      } else if (this.peek() === '<') {
        const { element, empty } = this.start(top);
        if (open.length >= deepest) throw new NotXml('it is nested more than 64 levels deep');
        top?.children.push(element);
        if (!empty) open.push(element);
        else if (!top) return element;
      } else {
        if (!top || this.at >= this.text.length) this.malformed();
        const end = this.text.indexOf('<', this.at);
        const raw = this.text.slice(this.at, end < 0 ? this.text.length : end);
        if (raw.includes(']]>')) this.malformed();
        this.at += raw.length;
        top.children.push({ kind: 'text', value: this.expanded(raw.replace(/\r\n?/g, '\n')) });
      }
    }
  }

  private start(parent: Element | undefined): { element: Element; empty: boolean } {
    this.eat('<');
    const [prefix, local] = this.qualified();
    const element: Element = { kind: 'element', prefix, local, ns: '', attributes: [], declared: new Map(), children: [], parent };
    for (;;) {
      const spaced = this.blanks();
      const next = this.peek();
      if (next === '>' || next === '/') break;
      if (!spaced) this.malformed();
      this.attribute(element);
    }
    const empty = this.peek() === '/';
    this.eat(empty ? '/>' : '>');
    this.resolve(element);
    return { element, empty };
  }

  private attribute(element: Element): void {
    const [prefix, local] = this.qualified();
    this.blanks();
    this.eat('=');
    this.blanks();
    const quote = this.peek();
    if (quote !== '"' && quote !== "'") this.malformed();
    const end = this.text.indexOf(quote, this.at + 1);
    if (end < 0) this.malformed();
    const raw = this.text.slice(this.at + 1, end);
    if (raw.includes('<')) this.malformed();
    this.at = end + 1;
    const value = this.expanded(raw.replace(/\r\n?/g, '\n').replace(/[\t\n]/g, ' '));
    if (prefix === 'xmlns' || (!prefix && local === 'xmlns')) {
      const of = prefix ? local : '';
      if (element.declared.has(of) || of === 'xmlns' || of === 'xml' || (of && !value) || value === xml_ns) this.malformed();
      element.declared.set(of, value);
    } else element.attributes.push({ prefix, local, ns: '', value });
  }

  private namespace(element: Element, prefix: string): string {
    if (prefix === 'xml') return xml_ns;
    for (let at: Element | undefined = element; at; at = at.parent) {
      const found = at.declared.get(prefix);
      if (found !== undefined) return found;
    }
    return prefix ? this.malformed() : '';
  }

  private resolve(element: Element): void {
    element.ns = this.namespace(element, element.prefix);
    const seen = new Set<string>();
    for (const each of element.attributes) {
      each.ns = each.prefix ? this.namespace(element, each.prefix) : '';
      const full = `{${each.ns}}${each.local}`;
      if (seen.has(full)) this.malformed();
      seen.add(full);
    }
  }

  private expanded(raw: string): string {
    if (not_a_character.test(raw)) this.malformed();
    if (!raw.includes('&')) return raw;
    const built_in: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
    return raw.replace(/&([^;&]*);?/g, (whole, inner: string) => {
      if (!whole.endsWith(';')) this.malformed();
      const known = built_in[inner];
      if (known !== undefined) return known;
      const number = /^#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,9}))$/.exec(inner);
      if (!number) this.malformed();
      const code = number[1] ? parseInt(number[1], 16) : Number(number[2]);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.malformed();
      const character = String.fromCodePoint(code);
      if (not_a_character.test(character)) this.malformed();
      return character;
    });
  }
}

// Text nodes that stand side by side are one, as in libxml2: an entity does not divide them here.
export function read_xml(bytes: Bytes): { root: Element; text: string } {
  const text = bytes.length <= largest_record ? text_of_bytes(bytes) : undefined;
  const problem = forbidden(bytes, text);
  if (problem) throw new NotXml(problem);
  return { root: new Parser(text!).document(), text: text! };
}

export const is = (node: Element | undefined, ns: string, local: string): boolean => node !== undefined && node.local === local && node.ns === ns;

// An attribute without namespace.
export const attribute = (node: Element | undefined, local: string): string | undefined => node?.attributes.find((one) => one.local === local && one.ns === '')?.value;

// The text of an element that holds nothing but text.
export function text_of(node: Element | undefined): string | undefined {
  if (!node) return undefined;
  if (!node.children.length) return '';
  const only = node.children[0]!;
  return node.children.length === 1 && only.kind === 'text' ? only.value : undefined;
}

// The element children of a node, taken in order; text between them is passed over.
export class Elements {
  private readonly list: Element[];
  private at = 0;
  constructor(parent: Element | undefined) {
    this.list = (parent?.children ?? []).filter((child): child is Element => child.kind === 'element');
  }
  peek(): Element | undefined {
    return this.list[this.at];
  }
  // The next one if it has this name, else nothing and it stays.
  take(ns: string, local: string): Element | undefined {
    const next = this.peek();
    if (!is(next, ns, local)) return undefined;
    this.at += 1;
    return next;
  }
  // The next one if it has this name, qualified with `ns` or not at all (local elements of the ETSI schema).
  take_local(ns: string, local: string): Element | undefined {
    return this.take('', local) ?? this.take(ns, local);
  }
  done(): boolean {
    return this.at === this.list.length;
  }
}
