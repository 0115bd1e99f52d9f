// The frame of the settings pages: one heading, the pages beside each other.
import type { ComponentChildren } from 'preact';
import { t } from '../../ui/text';
import { base, path } from '../router';
import { visible_settings } from '../shell/areas';
import { Head } from '../shell/page';

export function SettingsFrame({ title, action, children }: { title: string; action?: ComponentChildren; children: ComponentChildren }) {
  return (
    <>
      <Head
        title={title}
        below={
          <nav class="tabs" aria-label={t('area.settings')}>
            {visible_settings().map((page) => (
              <a key={page.path} href={base + page.path} aria-current={path.value === page.path ? 'page' : undefined}>
                {t(page.name)}
              </a>
            ))}
          </nav>
        }
      >
        {action}
      </Head>
      <div class="stack settings">{children}</div>
    </>
  );
}
