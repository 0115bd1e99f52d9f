// The frame of an area's pages: one heading, the pages beside each other, and what the page filters by.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../ui/text';
import { base, path } from '../router';
import { area_of } from './areas';
import { Head } from './page';

interface AreaFrameProps {
  title: string;
  action?: ComponentChildren;
  filters?: ComponentChildren;
  narrow?: boolean;  // for forms and facts, which nobody reads across a whole screen
  children: ComponentChildren;
}

export function AreaFrame({ title, action, filters, narrow, children }: AreaFrameProps) {
  const found = area_of(path.value);
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen the tabs scroll: the current one shows.
    const row = tabs.current;
    const current = row?.querySelector<HTMLElement>('[aria-current]');
    if (row && current) row.scrollLeft = current.offsetLeft - (row.clientWidth - current.clientWidth) / 2;
  }, []);
  return (
    <>
      <Head
        title={title}
        below={
          <>
            {found && found.pages.length > 1 && (
              <nav ref={tabs} class="tabs" aria-label={t(found.area.name)}>
                {found.pages.map((page) => (
                  <a key={page.path} href={base + page.path} aria-current={path.value === page.path ? 'page' : undefined}>
                    {t(page.name)}
                  </a>
                ))}
              </nav>
            )}
            {filters}
          </>
        }
      >
        {action}
      </Head>
      <div class={narrow ? 'stack narrow' : 'stack'}>{children}</div>
    </>
  );
}
