// Files of a delivery: picked or dropped, uploaded at once with progress, each can be cancelled or removed.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import Close from 'icon:x';
import FileIcon from 'icon:file';
import Paperclip from 'icon:paperclip';
import { Problem, upload } from '../../sdk/client';
import type { UploadedFile } from '../../sdk/types';
import { FieldError } from '../../ui/field';
import { format_number, format_size } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { rule_words, words_for } from '../problems';
import type { Draft } from './draft';

interface Running {
  id: number;
  file: File;
  share: number;
  error?: string;
  cancel: () => void;
}
type Files = Draft['files'];

interface AttachmentsProps {
  files: Files;
  error?: string | undefined;
  on_change: (change: (files: Files) => Files) => void;
  on_busy: (count: number) => void;
}

let last = 0;

export function Attachments({ files, error, on_change, on_busy }: AttachmentsProps) {
  const running = useSignal<Running[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const set = (id: number, part: Partial<Running>) => (running.value = running.value.map((one) => (one.id === id ? { ...one, ...part } : one)));
  const drop = (id: number) => (running.value = running.value.filter((one) => one.id !== id));
  useEffect(() => running.subscribe((now) => on_busy(now.filter((one) => !one.error).length)), []);

  const start = (file: File) => {
    const id = ++last;
    const going = upload<UploadedFile>(`/v1/files?name=${encodeURIComponent(file.name)}`, file, (share) => set(id, { share }));
    running.value = [...running.value, { id, file, share: 0, cancel: going.cancel }];
    going.done.then(
      (done) => {
        drop(id);
        on_change((old) => [...old, { ...done, at: Date.now() }]);
      },
      (failure: unknown) => {
        if (failure instanceof Problem && failure.code === 'cancelled') drop(id);
        else set(id, { error: failure instanceof Problem && failure.fields[0] ? rule_words(failure.fields[0]).text : words_for(failure) });
      },
    );
  };
  const pick = (list: FileList | null | undefined) => [...(list ?? [])].forEach(start);

  return (
    <div
      class="field"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        pick(event.dataTransfer?.files);
      }}
    >
      <span class="label" id="files-label">{t('files.title')} <span class="optional">({t('field.optional')})</span></span>
      <div class="drop">
        <button type="button" class="button small" aria-describedby="files-label" onClick={() => input.current?.click()}>
          <Paperclip size={16} /> {t('files.add')}
        </button>
        <span class="muted small">{t('files.drop')}</span>
        <input ref={input} id="files" type="file" multiple hidden aria-label={t('files.add')} onChange={(event) => { pick(event.currentTarget.files); event.currentTarget.value = ''; }} />
      </div>
      <FieldError id="files-wrong" error={error} />
      {(files.length > 0 || running.value.length > 0) && (
        <ul class="lines boxed">
          {files.map((file) => (
            <li key={file.id} class="file">
              <FileIcon size={18} />
              <span class="one-line grow" dir="auto">{file.name}</span>
              <span class="small muted">{format_size(file.size, locale.value)}</span>
              <button type="button" class="button small plain icon-only" aria-label={t('files.remove', { name: file.name })} onClick={() => on_change((old) => old.filter((other) => other.id !== file.id))}>
                <Close size={16} />
              </button>
            </li>
          ))}
          {running.value.map((one) => (
            <li key={one.id} class="file">
              <FileIcon size={18} />
              <span class="grow">
                <span class="row apart">
                  <span class="one-line grow" dir="auto">{one.file.name}</span>
                  <span class="small muted">{format_number(Math.round(one.share * 100), locale.value)} %</span>
                </span>
                {one.error ? <span class="small tone-breach" role="alert">{one.error}</span> : <progress max={1} value={one.share} aria-label={t('files.uploading', { name: one.file.name })} />}
              </span>
              <button type="button" class="button small plain icon-only" aria-label={one.error ? t('files.remove', { name: one.file.name }) : t('files.cancel', { name: one.file.name })} onClick={() => (one.error ? drop(one.id) : one.cancel())}>
                <Close size={16} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
