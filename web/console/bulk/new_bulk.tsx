// A file to send from: picked or dropped, with its progress; what it holds is looked at on the next page, and nothing is sent yet.
import { useRef, useState } from 'preact/hooks';
import FileIcon from 'icon:file-spreadsheet';
import Upload from 'icon:upload';
import { Problem, upload, type Upload as Going } from '../../sdk/client';
import type { Bulk, NoticeKind } from '../../sdk/types';
import { FieldError, SelectField, TextField } from '../../ui/field';
import { format_number, format_size } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { new_key } from '../deliveries/draft';
import { useKinds } from '../notices/notices';
import { kind_name } from '../notices/words';
import { go } from '../router';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Head } from '../shell/page';

export function NewBulk() {
  const kinds = useKinds();
  return (
    <>
      <Head title={t('bulk.new')} back={{ to: '/notices/bulk', name: t('bulk.title') }} />
      <Loaded from={kinds}>{({ items }) => <Choose kinds={items.filter((one) => !one.retired)} />}</Loaded>
    </>
  );
}

const type_of = (file: File): string => (/\.(jsonl|ndjson|json)$/i.test(file.name) ? 'application/x-ndjson' : 'text/csv');

function Choose({ kinds }: { kinds: NoticeKind[] }) {
  const [kind, set_kind] = useState('');
  const [name, set_name] = useState('');
  const [file, set_file] = useState<File>();
  const [share, set_share] = useState<number>();
  const going = useRef<Going<Bulk>>();
  const input = useRef<HTMLInputElement>(null);
  const sending = useSending(['/kind', '/name', '/file']);
  const pick = (found: File | undefined) => {
    if (!found) return;
    set_file(found);
    if (!name) set_name(found.name.replace(/\.\w+$/, ''));
  };
  const submit = () => {
    if (!kind) return sending.find({ '/kind': t('notices.choose_kind') });
    if (!file) return sending.find({ '/file': t('bulk.choose_file') });
    return sending.send(async () => {
      const query = new URLSearchParams({ kind, ...(name ? { name } : {}) });
      going.current = upload<Bulk>(`/v1/bulk?${query}`, file, set_share, { 'Content-Type': type_of(file), 'Idempotency-Key': new_key() });
      try {
        go(`/notices/bulk/${(await going.current.done).id}`, 'replace');
      } catch (error) {
        set_share(undefined);
        if (!(error instanceof Problem && error.code === 'cancelled')) throw error;
      }
    });
  };
  return (
    <div class="narrow">
      <Form sending={sending} on_submit={() => void submit()}>
        <section class="card stack">
          <SelectField id="bulk-kind" label={t('delivery.kind')} value={kind} options={[{ value: '', label: t('notices.choose_kind') }, ...kinds.map((one) => ({ value: one.name, label: kind_name(one, one.name) }))]} on_change={set_kind} error={sending.errors['/kind']} />
          <div
            class="field"
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              pick(event.dataTransfer?.files[0]);
            }}
          >
            <span class="label" id="bulk-file-label">{t('bulk.file')}</span>
            <div class="drop drop-large">
              <Upload size={24} />
              <button type="button" class="button" aria-describedby="bulk-file-label" aria-invalid={sending.errors['/file'] ? 'true' : undefined} onClick={() => input.current?.click()}>
                {t('bulk.pick')}
              </button>
              <span class="muted small">{t('files.drop')}</span>
              <input ref={input} id="bulk-file" type="file" hidden accept=".csv,.tsv,.txt,.jsonl,.ndjson,text/csv,application/x-ndjson" aria-label={t('bulk.pick')} onChange={(event) => pick(event.currentTarget.files?.[0])} />
            </div>
            <FieldError id="bulk-file-wrong" error={sending.errors['/file']} />
            <div class="hint">{t('bulk.file_hint')}</div>
          </div>
          {file && (
            <div class="file">
              <FileIcon size={18} />
              <span class="grow">
                <span class="row apart">
                  <span class="one-line grow" dir="auto">{file.name}</span>
                  <span class="small muted">{format_size(file.size, locale.value)}{share !== undefined && ` · ${format_number(Math.round(share * 100), locale.value)} %`}</span>
                </span>
                {share !== undefined && <progress max={1} value={share} aria-label={t('files.uploading', { name: file.name })} />}
              </span>
            </div>
          )}
          <TextField id="bulk-name" label={t('bulk.name')} optional value={name} on_change={set_name} error={sending.errors['/name']} maxlength={200} />
        </section>
        <FormFoot sending={sending} go={t('bulk.upload')} on_cancel={() => (share === undefined ? go('/notices/bulk') : going.current?.cancel())} />
      </Form>
    </div>
  );
}
