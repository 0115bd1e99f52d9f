// The page outside the console: one sheet of paper with the seal, the language and nothing else.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Seal } from '../shell/seal';
import { LanguageMenu } from '../settings/choices';
import { locale, t } from '../../ui/text';

export function Sheet({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Rapport`;
  }, [title, locale.value]);
  return (
    <main class="outside">
      <div class="outside-sheet">
        <div class="brand">
          <Seal size={40} />
          <span>{t('brand')}</span>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
      <div class="outside-foot">
        <LanguageMenu />
      </div>
    </main>
  );
}
