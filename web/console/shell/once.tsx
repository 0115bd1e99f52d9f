// A secret that is shown this once.
import { Command } from '../../ui/copy';
import { t } from '../../ui/text';

export function Once({ title, text, on_kept }: { title: string; text: string; on_kept: () => void }) {
  return (
    <section class="card stack tight" aria-live="polite">
      <h2>{title}</h2>
      <p>{t('api_keys.once')}</p>
      <Command text={text} />
      <div class="row end">
        <button type="button" class="button" onClick={on_kept}>
          {t('api_keys.kept')}
        </button>
      </div>
    </section>
  );
}
