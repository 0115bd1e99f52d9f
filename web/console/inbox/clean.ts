// HTML that comes into the editor: only what the toolbar can make. (The server has its own list for what leaves.)
const plain = new Set(['P', 'DIV', 'BR', 'B', 'STRONG', 'I', 'EM', 'U', 'S', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'PRE', 'CODE']);
const dropped = new Set(['SCRIPT', 'STYLE', 'TEMPLATE', 'NOSCRIPT', 'IFRAME', 'OBJECT', 'SVG', 'MATH', 'HEAD', 'TITLE', 'TEXTAREA', 'SELECT']);

function copy(from: Node, to: Node): void {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.nodeValue ?? ''));
    if (!(node instanceof Element) || dropped.has(node.tagName.toUpperCase())) continue;
    const href = node.tagName === 'A' ? (node.getAttribute('href') ?? '') : '';
    if (/^(https?:|mailto:)/i.test(href)) {
      const link = document.createElement('a');
      link.setAttribute('href', href);
      copy(node, to.appendChild(link));
    } else if (plain.has(node.tagName)) copy(node, to.appendChild(document.createElement(node.tagName)));
    else copy(node, to);
  }
}

export function clean_html(html: string): string {
  const sheet = document.createElement('div');
  copy(new DOMParser().parseFromString(html, 'text/html').body, sheet);
  return sheet.innerHTML;
}

export function html_of(text: string): string {
  const sheet = document.createElement('div');
  for (const line of text.split('\n')) {
    const row = sheet.appendChild(document.createElement('div'));
    if (line) row.textContent = line;
    else row.appendChild(document.createElement('br'));
  }
  return text ? sheet.innerHTML : '';
}
