// The frame of the console: the rail with the areas, the page, the palette and the help.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import Search from 'icon:search';
import { t } from '../../ui/text';
import { base, page_of, path } from '../router';
import { agent } from '../session';
import { help_open, palette_open } from './actions';
import { visible_areas } from './areas';
import { Connection } from './connection';
import { Help } from './help';
import { Keys } from './keys';
import { listen_to_keys } from './keyboard';
import { Palette } from './palette';
import { Seal } from './seal';

function Rail() {
  const at = path.value;
  return (
    <nav class="rail" aria-label={t('shell.areas')}>
      <a class="rail-brand" href={`${base}/deliveries`} aria-label={t('brand')}>
        <Seal size={30} />
        <span>{t('brand')}</span>
      </a>
      <button type="button" class="rail-search" onClick={() => (palette_open.value = true)} title={t('palette.title')}>
        <Search size={18} />
        <span class="grow">{t('shell.jump')}</span>
        <Keys keys="mod+k" />
      </button>
      <ul>
        {visible_areas().map(({ area, pages }) => (
          <li key={area.root}>
            <a href={base + pages[0]!.path} title={t(area.name)} aria-current={at === area.root || at.startsWith(area.root + '/') ? 'page' : undefined}>
              <area.icon size={20} />
              <span>{t(area.name)}</span>
            </a>
          </li>
        ))}
      </ul>
      <a class="rail-agent" href={`${base}/settings/account`} title={agent.value?.email}>
        <span class="initials" aria-hidden="true">
          {initials(agent.value?.name ?? '')}
        </span>
        <span class="one-line">{agent.value?.name}</span>
      </a>
    </nav>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '').join('').toUpperCase();
}

export function Shell({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const page = page_of(path.value);
  useEffect(listen_to_keys, []);
  useEffect(() => {
    // After navigation the focus goes to the new page, for keyboard and screen readers.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    window.scrollTo(0, 0);
  }, [page]);
  return (
    <div class="shell">
      <a class="skip" href="#page">
        {t('shell.skip')}
      </a>
      <Rail />
      <div class="page-frame">
        <Connection />
        <main id="page" ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
      {palette_open.value && <Palette />}
      {help_open.value && <Help />}
    </div>
  );
}
