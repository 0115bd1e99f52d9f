// The address bar is the state of navigation: one signal, pushState links, a table of routes with parameters. The query string
// holds filters, so that every view has an address.
import { computed, signal } from '@preact/signals';

export const base = '/console';

export interface Place {
  path: string;  // below /console, without a trailing slash
  query: URLSearchParams;
}

function read(): Place {
  if (typeof location === 'undefined') return { path: '/', query: new URLSearchParams() };
  const path = location.pathname.replace(/^\/console/, '').replace(/\/+$/, '');
  return { path: path || '/', query: new URLSearchParams(location.search) };
}

export const place = signal<Place>(read());
export const path = computed(() => place.value.path);

// Which page an address belongs to: the conversations are panes of one.
export const page_of = (at: string): string => (at.startsWith('/inbox/') ? '/inbox' : at);

// Asked before leaving a page that holds something unsaved; nothing here blocks, pages save drafts instead.
export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  const url = base + to;
  if (how === 'push') history.pushState(null, '', url);
  else history.replaceState(null, '', url);
  place.value = read();
}

// Changes filters in the address without a new entry in the history.
export function set_query(changes: Record<string, string | undefined>): void {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  go(place.value.path + (text ? `?${text}` : ''), 'replace');
}

export type Parameters = Record<string, string>;

// '/deliveries/:id' against '/deliveries/dlv_1' → { id: 'dlv_1' }.
export function match(pattern: string, against: string): Parameters | undefined {
  const wanted = pattern.split('/');
  const given = against.split('/');
  if (wanted.length !== given.length) return undefined;
  const found: Parameters = {};
  for (const [index, piece] of wanted.entries()) {
    const part = given[index] ?? '';
    if (piece.startsWith(':')) {
      try {
        found[piece.slice(1)] = decodeURIComponent(part);
      } catch {
        return undefined;
      }
    } else if (piece !== part) return undefined;
  }
  return found;
}

// Links inside the console are ordinary <a href>: this turns plain clicks on them into navigation without a reload.
export function listen(): void {
  addEventListener('popstate', () => (place.value = read()));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname !== base && !link.pathname.startsWith(base + '/')) return;
    event.preventDefault();
    go(link.pathname.slice(base.length) + link.search + link.hash);
  });
}
