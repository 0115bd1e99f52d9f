// A dialog in which one of many is chosen by name or arrows; with `many` it stays open and several can be.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import Check from 'icon:check';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';

export interface Choice {
  value: string;
  label: string;
  hint?: string;
  colour?: string;
}

interface ChooserProps {
  title: string;
  choices: Choice[];
  chosen: string[];
  many?: boolean;
  on_at?: (value: string | undefined) => void;  // the one that Enter would take
  on_pick: (value: string) => void;
  on_close: () => void;
  children?: ComponentChildren;
}

export function Chooser({ title, choices, chosen, many, on_at, on_pick, on_close, children }: ChooserProps) {
  const [text, set_text] = useState('');
  const [at, set_at] = useState(0);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = choices.filter((one) => words.every((word) => `${one.label} ${one.hint ?? ''}`.toLowerCase().includes(word)));
  const current = Math.min(at, shown.length - 1);
  const take = (one: Choice | undefined) => {
    if (!one) return;
    if (!many) on_close();
    on_pick(one.value);
  };
  const on_key = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) {
      event.preventDefault();
      set_at((current + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      take(shown[current]);
    }
  };
  const standing = shown[current]?.value;
  useEffect(() => on_at?.(standing), [standing]);
  useEffect(() => document.getElementById(`choice-${current}`)?.scrollIntoView({ block: 'nearest' }), [current]);
  return (
    <Dialog title={title} on_close={on_close}>
      <input class="input" role="combobox" aria-label={t('inbox.choose')} placeholder={t('inbox.choose')} aria-expanded="true" aria-controls="choices" aria-activedescendant={current >= 0 ? `choice-${current}` : undefined} autocomplete="off" autoFocus value={text} onInput={(event) => { set_text(event.currentTarget.value); set_at(0); }} onKeyDown={on_key} />
      <div class="palette" id="choices" role="listbox" aria-label={title} aria-multiselectable={many}>
        {shown.map((one, index) => (
          <div key={one.value} id={`choice-${index}`} class="choice-line" data-at={index === current} role="option" aria-selected={chosen.includes(one.value)} onClick={() => take(one)} onMouseMove={() => set_at(index)}>
            {one.colour !== undefined && <Dot colour={one.colour} />}
            <span class="grow one-line"><bdi>{one.label}</bdi></span>
            {one.hint && <span class="muted small one-line">{one.hint}</span>}
            {chosen.includes(one.value) && <Check size={16} />}
          </div>
        ))}
      </div>
      {shown.length === 0 && <p class="muted" role="status">{t('palette.nothing')}</p>}
      {children}
      {many && (
        <footer>
          <button type="button" class="button" onClick={on_close}>
            {t('inbox.done')}
          </button>
        </footer>
      )}
    </Dialog>
  );
}

// A label's colour. Set through the object model, which a strict content security policy allows.
export function Dot({ colour }: { colour: string }) {
  return <span class="dot" aria-hidden="true" ref={(element) => element?.style.setProperty('background', colour)} />;
}
