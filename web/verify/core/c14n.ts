// Exclusive canonical XML without comments (W3C xml-exc-c14n): only for records that are not in the one form that Rapport writes,
// so that the checks after `form` still say what else is wrong.
import type { Element, Node } from './xml';

const in_text = (value: string): string => value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#xD;');
const in_attribute = (value: string): string =>
  value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;').replace(/\t/g, '&#x9;').replace(/\n/g, '&#xA;').replace(/\r/g, '&#xD;');

const qualified = (prefix: string, local: string): string => (prefix ? `${prefix}:${local}` : local);
// By code points, as UTF-8 octets would sort.
const order = (a: string, b: string): number => {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < x.length && i < y.length; i += 1) if (x[i] !== y[i]) return x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!;
  return x.length - y.length;
};

function write(out: string[], node: Node, left_out: Element | undefined, rendered: Map<string, string>): void {
  if (node === left_out) return;
  if (node.kind === 'text') return void out.push(in_text(node.value));
  const used = new Map<string, string>([[node.prefix, node.ns]]);
  for (const each of node.attributes) if (each.prefix && each.prefix !== 'xml') used.set(each.prefix, each.ns);
  const fresh = [...used].filter(([prefix, ns]) => (rendered.get(prefix) ?? '') !== ns && prefix !== 'xml').sort(([a], [b]) => order(a, b));
  const now = fresh.length ? new Map([...rendered, ...fresh]) : rendered;
  const name = qualified(node.prefix, node.local);
  out.push('<', name);
  for (const [prefix, ns] of fresh) out.push(prefix ? ` xmlns:${prefix}="` : ' xmlns="', in_attribute(ns), '"');
  const attributes = [...node.attributes].sort((a, b) => order(a.ns, b.ns) || order(a.local, b.local));
  for (const each of attributes) out.push(' ', qualified(each.prefix, each.local), '="', in_attribute(each.value), '"');
  out.push('>');
  for (const child of node.children) write(out, child, left_out, now);
  out.push('</', name, '>');
}

// Everything below `top`, itself included, but nothing below `left_out`. Depth is bounded by the parser.
export function canonical(top: Element, left_out?: Element): string {
  const out: string[] = [];
  write(out, top, left_out, new Map());
  return out.join('');
}
