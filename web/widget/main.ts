// <script src="https://…/widget.js" data-site="sit_…" async></script>
// Also understood: data-lang, data-vouching (a token of the site's server that says who its customer is), and from scripts
// `rapport.open()`, `rapport.close()`, `rapport.vouch(token)`, `rapport.forget()` for when they sign out.
import { Chat } from './chat';
import { css } from './style';
import { type Lang, languages } from './texts';
import { View } from './view';

declare global {
  interface Window { rapport?: { open: () => void; close: () => void; vouch: (token: string) => Promise<void>; forget: () => void } }
}

function begin(script: HTMLScriptElement): void {
  const site = script.dataset.site ?? '';
  if (!site || window.rapport) return;
  const wished = [script.dataset.lang, document.documentElement.lang, ...navigator.languages].map((one) => (one ?? '').slice(0, 2).toLowerCase());
  const lang = (wished.find((one) => (languages as string[]).includes(one)) ?? 'en') as Lang;
  const host = document.createElement('rapport-chat');
  const shadow = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  const root = document.createElement('div');
  root.className = 'root';
  root.lang = lang;
  root.dir = lang === 'fa' ? 'rtl' : 'ltr';
  shadow.append(root);
  let view: View | undefined;
  const chat = new Chat(new URL(script.src).origin, site, lang, () => view?.draw());
  view = new View(root, () => chat, lang);
  document.body.append(host);
  window.rapport = {
    open: () => view.set_open(true),
    close: () => view.set_open(false),
    vouch: (token) => chat.vouch(token),
    forget: () => { chat.forget(); view.draw(); },
  };
  if (chat.store.now.open) view.set_open(true);
  void chat.begin().then(() => (script.dataset.vouching ? chat.vouch(script.dataset.vouching) : undefined)).catch(() => undefined);
}

const script = document.currentScript as HTMLScriptElement | null;
if (script) {
  if (document.body) begin(script);
  else addEventListener('DOMContentLoaded', () => begin(script));
}
