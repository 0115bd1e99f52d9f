// Elements without markup: nothing of what anybody wrote is ever parsed as HTML.
type Part = Node | string | false | undefined;
type Properties = Record<string, unknown>;

export function el<K extends keyof HTMLElementTagNameMap>(tag: K, properties: Properties = {}, ...parts: Part[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value as EventListener);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  for (const part of parts) if (part !== false && part !== undefined) node.append(part);
  return node;
}

export function icon(...paths: string[]): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const set = (node: Element, values: Record<string, string>) => Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));
  set(svg, { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.5', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' });
  for (const d of paths) {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
// Lucide (ISC).
export const chat_icon = () => icon('M21 15a2 2 0 0 1-2 2H7l-4 4V5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2z');
export const close_icon = () => icon('M18 6 6 18', 'm6 6 12 12');
export const back_icon = () => icon('m12 19-7-7 7-7', 'M19 12H5');
export const send_icon = () => icon('m22 2-7 20-4-9-9-4Z', 'M22 2 11 13');
export const clip_icon = () => icon('m21.44 11.05-9.19 9.19a6 6 0 0 1-8.49-8.49l8.57-8.57A4 4 0 1 1 18 8.84l-8.59 8.57a2 2 0 0 1-2.83-2.83l8.49-8.48');
