// What a list or page shows when it has nothing to show: loading, empty with what to do next, or an error with retry.
import type { ComponentChildren } from 'preact';
import Retry from 'icon:rotate-cw';
import Unplugged from 'icon:unplug';
import type { Icon } from './icon';
import { t } from './text';

export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div class="loading" role="status">
      <span class="away">{t('view.loading')}</span>
      {Array.from({ length: rows }, (_, index) => (
        <div class="loading-row" key={index} aria-hidden="true">
          <span class="shimmer" />
          <span class="shimmer" />
          <span class="shimmer" />
        </div>
      ))}
    </div>
  );
}

export function Empty({ icon: Picture, title, children }: { icon: Icon; title: string; children?: ComponentChildren }) {
  return (
    <div class="blank">
      <Picture size={36} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({ text, retry }: { text: string; retry?: () => void }) {
  return (
    <div class="blank" role="alert">
      <Unplugged size={36} />
      <h2>{t('view.failed')}</h2>
      <p>{text}</p>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          <Retry size={16} /> {t('action.retry')}
        </button>
      )}
    </div>
  );
}
