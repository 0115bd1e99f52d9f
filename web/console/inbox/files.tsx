// Files that go with a message: uploaded at once with progress; each can be cancelled or removed.
import { signal, type Signal } from '@preact/signals';
import Close from 'icon:x';
import FileIcon from 'icon:file';
import { Problem, upload } from '../../sdk/client';
import type { UploadedAttachment } from '../../sdk/conversations';
import { format_size } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { words_for } from '../problems';
import { upload_path } from './api';

interface Running {
  id: number;
  name: string;
  share: number;
  error?: string;
  cancel: () => void;
}
let last = 0;

export class Uploads {
  readonly running: Signal<Running[]> = signal([]);
  get busy(): boolean {
    return this.running.value.some((one) => !one.error);
  }

  start(file: File, on_done: (file: UploadedAttachment) => void): void {
    const id = ++last;
    const set = (part: Partial<Running>) => (this.running.value = this.running.value.map((one) => (one.id === id ? { ...one, ...part } : one)));
    const going = upload<UploadedAttachment>(upload_path(file.name), file, (share) => set({ share }));
    this.running.value = [...this.running.value, { id, name: file.name, share: 0, cancel: going.cancel }];
    going.done.then(
      (done) => {
        this.drop(id);
        on_done(done);
      },
      (failure: unknown) => {
        if (failure instanceof Problem && failure.code === 'cancelled') this.drop(id);
        else set({ error: words_for(failure) });
      },
    );
  }
  drop(id: number): void {
    this.running.value = this.running.value.filter((one) => one.id !== id);
  }
}

interface FilesProps {
  files: UploadedAttachment[];
  uploads: Uploads;
  on_remove: (id: string) => void;
}

export function Files({ files, uploads, on_remove }: FilesProps) {
  const running = uploads.running.value;
  if (!files.length && !running.length) return null;
  return (
    <ul class="composer-files">
      {files.map((file) => (
        <li key={file.id} class="file">
          <FileIcon size={16} />
          <span class="one-line grow"><bdi>{file.name || t('inbox.attachment')}</bdi></span>
          {file.size > 0 && <span class="small muted nowrap">{format_size(file.size, locale.value)}</span>}
          <button type="button" class="button small plain icon-only" aria-label={t('files.remove', { name: file.name || t('inbox.attachment') })} onClick={() => on_remove(file.id)}>
            <Close size={16} />
          </button>
        </li>
      ))}
      {running.map((one) => (
        <li key={one.id} class="file">
          <FileIcon size={16} />
          <span class="grow">
            <span class="one-line block"><bdi>{one.name}</bdi></span>
            {one.error ? <span class="small tone-breach" role="alert">{one.error}</span> : <progress max={1} value={one.share} aria-label={t('files.uploading', { name: one.name })} />}
          </span>
          <button type="button" class="button small plain icon-only" aria-label={one.error ? t('files.remove', { name: one.name }) : t('files.cancel', { name: one.name })} onClick={() => (one.error ? uploads.drop(one.id) : one.cancel())}>
            <Close size={16} />
          </button>
        </li>
      ))}
    </ul>
  );
}
