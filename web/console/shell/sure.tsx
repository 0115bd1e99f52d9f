// A button that asks once more in its own place before it does what cannot be undone.
import { useState, useRef, useEffect } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { t } from '../../ui/text';

interface SureProps {
  label: string;  // of the first button; read out when `children` is a picture
  sure: string;
  on_sure: () => void;
  children?: ComponentChildren;
}

export function Sure({ label, sure, on_sure, children }: SureProps) {
  const [asking, set_asking] = useState(false);
  const second = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asking) second.current?.focus();
  }, [asking]);
  if (!asking)
    return (
      <button type="button" class={children ? 'button small plain icon-only' : 'button small'} aria-label={children ? label : undefined} onClick={() => set_asking(true)}>
        {children ?? label}
      </button>
    );
  return (
    <span class="row">
      <button
        ref={second}
        type="button"
        class="button small danger"
        onClick={() => {
          set_asking(false);
          on_sure();
        }}
      >
        {sure}
      </button>
      <button type="button" class="button small" onClick={() => set_asking(false)}>
        {t('action.cancel')}
      </button>
    </span>
  );
}
