// The files of a delivery, to download.
import Download from 'icon:download';
import FileIcon from 'icon:file';
import type { Delivery } from '../../sdk/types';
import { format_size } from '../../ui/format';
import { locale, t } from '../../ui/text';

export function Files({ delivery }: { delivery: Delivery }) {
  if (!delivery.files.length) return null;
  return (
    <section class="card" aria-labelledby="files-title">
      <header>
        <h2 id="files-title">{t('files.title')}</h2>
      </header>
      <ul class="lines">
        {delivery.files.map((file, index) => (
          <li key={index} class="file">
            <FileIcon size={18} />
            <span class="grow">
              <span class="one-line file-name" dir="auto">{file.name ?? t('files.erased')}</span>
              <span class="small muted">
                {format_size(file.size, locale.value)} · <code title={`SHA-256 ${file.sha256}`}>{file.sha256.slice(0, 12)}…</code>
              </span>
            </span>
            {!delivery.erased && (
              <a class="button small plain icon-only" href={`/v1/deliveries/${delivery.id}/files/${index + 1}`} download={file.name ?? ''} aria-label={t('files.download', { name: file.name ?? '' })}>
                <Download size={16} />
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
