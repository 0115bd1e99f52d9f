// Every action of the console: what the palette lists, what keys do. A page adds its own while it is shown.
import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { t, type Key } from '../../ui/text';
import { go } from '../router';
import { may, sign_out } from '../session';
import { set_scheme } from '../settings/choices';
import { visible_areas } from './areas';

export interface Action {
  id: string;
  name: string;
  group: Key;
  keys?: string;  // "g d", "/", "mod+k"
  run: () => void;
}

const of_page = signal<Action[][]>([]);  // each part of a page brings its own
export const palette_open = signal(false);
export const help_open = signal(false);

export function all_actions(): Action[] {
  const list: Action[] = of_page.value.flat();
  if (may('deliveries.send')) list.push({ id: 'new', name: t('deliveries.new'), group: 'group.actions', keys: 'c', run: () => go('/deliveries/new') });
  for (const { area, pages } of visible_areas())
    for (const page of pages) {
      const name = page.name === area.name ? t(area.name) : t('palette.page', { area: t(area.name), name: t(page.name) });
      list.push({ id: page.path, name, group: 'group.go', ...(page.keys ? { keys: page.keys } : {}), run: () => go(page.path) });
    }
  list.push(
    { id: 'palette', name: t('palette.title'), group: 'group.console', keys: 'mod+k', run: () => (palette_open.value = true) },
    { id: 'help', name: t('help.title'), group: 'group.console', keys: '?', run: () => (help_open.value = true) },
    { id: 'light', name: t('palette.light'), group: 'group.console', run: () => set_scheme('light') },
    { id: 'dark', name: t('palette.dark'), group: 'group.console', run: () => set_scheme('dark') },
    { id: 'out', name: t('account.sign_out'), group: 'group.console', run: () => void sign_out() },
  );
  return list;
}

// The page's own actions, while it is shown: they change together with what is drawn, so a key never meets what was there before.
// `keys` says when they changed.
export function useActions(make: () => Action[], keys: unknown[]): void {
  useLayoutEffect(() => {
    const mine = make();
    of_page.value = [...of_page.peek(), mine];
    return () => {
      of_page.value = of_page.peek().filter((other) => other !== mine);
    };
  }, keys);
}
