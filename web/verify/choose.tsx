// Where the package comes in: dropped or chosen; and what the reader may want to hold it against.
import { useState } from 'preact/hooks';
import { t, type Key } from './text';
import { given, verify, type Given } from './work';

export function Choose() {
  const [over, set_over] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file) void verify(file);
  };
  return (
    <div
      class={over ? 'drop over' : 'drop'}
      onDragOver={(event) => (event.preventDefault(), set_over(true))}
      onDragLeave={() => set_over(false)}
      onDrop={(event) => (event.preventDefault(), set_over(false), take(event.dataTransfer?.files))}
    >
      <p class="drop-label">{t('drop.label')}</p>
      <label class="button">
        {t('drop.choose')}
        <input type="file" class="away" id="package" onChange={(event) => (take(event.currentTarget.files), (event.currentTarget.value = ''))} />
      </label>
    </div>
  );
}

const fields: { name: keyof Given; label: Key }[] = [
  { name: 'roots', label: 'against.roots' },
  { name: 'log_key', label: 'against.log_key' },
  { name: 'checkpoint', label: 'against.checkpoint' },
  { name: 'consistency', label: 'against.consistency' },
];

export function Against() {
  return (
    <details class="against">
      <summary>{t('against.title')}</summary>
      <p class="muted">{t('against.lead')}</p>
      {fields.map(({ name, label }) => (
        <label key={name} class="field">
          <span>{t(label)}</span>
          <input type="file" name={name} onChange={(event) => (given.value = { ...given.value, [name]: event.currentTarget.files?.[0] })} />
        </label>
      ))}
    </details>
  );
}
