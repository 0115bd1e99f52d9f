// Something to copy: a command, a key, an identifier; says when it is done.
import { useState } from 'preact/hooks';
import Check from 'icon:check';
import CopyIcon from 'icon:copy';
import { t } from './text';

export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <code dir="ltr">{text}</code>
      <CopyButton text={text} />
    </div>
  );
}

export function CopyButton({ text }: { text: string }) {
  const [done, set_done] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text).catch(() => undefined);
    set_done(true);
    setTimeout(() => set_done(false), 2_000);
  };
  return (
    <button type="button" class="button small plain" aria-label={t('action.copy')} title={t('action.copy')} onClick={copy}>
      {done ? <Check size={16} label={t('action.copied')} /> : <CopyIcon size={16} />}
    </button>
  );
}
