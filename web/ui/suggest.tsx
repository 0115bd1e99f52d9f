// A text field that suggests (WAI-ARIA combobox): arrows choose, Enter takes, Escape closes.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ControlAttributes } from './field';

interface SuggestProps<T> {
  attributes: ControlAttributes;
  label?: string;
  value: string;
  on_input: (text: string) => void;
  options: T[];
  key_of: (option: T) => string;
  show: (option: T) => ComponentChildren;
  on_take: (option: T) => void;
  on_enter?: () => void;
  placeholder?: string;
}

export function Suggest<T>({ attributes, label, value, on_input, options, key_of, show, on_take, on_enter, placeholder }: SuggestProps<T>) {
  const [open, set_open] = useState(false);
  const [at, set_at] = useState(-1);
  const list = `${attributes.id}-list`;
  const shown = open && options.length > 0;
  const take = (option: T) => {
    on_take(option);
    set_open(false);
    set_at(-1);
  };
  const on_key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      set_open(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      set_at((old) => (options.length ? (old + step + options.length) % options.length : -1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const option = shown ? options[at] : undefined;
      if (option) take(option);
      else on_enter?.();
    } else if (event.key === 'Escape' && shown) {
      event.stopPropagation();
      set_open(false);
    }
  };
  return (
    <div class="suggest">
      <input
        {...attributes}
        class="input"
        dir="auto"
        role="combobox"
        aria-label={label}
        aria-expanded={shown}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={shown && at >= 0 ? `${list}-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={value}
        onInput={(event) => {
          set_open(true);
          set_at(-1);
          on_input(event.currentTarget.value);
        }}
        onKeyDown={on_key}
        onBlur={() => set_open(false)}
      />
      <div class="suggest-list" id={list} role="listbox" aria-label={label ?? attributes.id} hidden={!shown}>
        {options.map((option, index) => (
          <div
            key={key_of(option)}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => {
              event.preventDefault();
              take(option);
            }}
          >
            {show(option)}
          </div>
        ))}
      </div>
    </div>
  );
}
