// A labelled control with hint and error, tied together for screen readers.
import type { ComponentChildren, VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import Alert from 'icon:circle-alert';
import { plain_number } from './number';
import { t } from './text';

export interface FieldProps {
  id: string;
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  optional?: boolean;
  children: (attributes: ControlAttributes) => VNode;
}
export interface ControlAttributes {
  id: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: 'true' | undefined;
}

export function Field({ id, label, hint, error, optional, children }: FieldProps) {
  const described = [error && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;
  return (
    <div class="field">
      <label for={id}>
        {label} {optional && <span class="optional">({t('field.optional')})</span>}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined })}
      <FieldError id={`${id}-wrong`} error={error} />
      {hint && (
        <div class="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
    </div>
  );
}

export function FieldError({ id, error }: { id: string; error?: string | undefined }) {
  if (!error) return null;
  return (
    <div class="wrong" id={id}>
      <Alert size={14} />
      <span>{error}</span>
    </div>
  );
}

type InputType = 'text' | 'email' | 'password' | 'search' | 'datetime-local' | 'date' | 'time';
interface TextFieldProps extends Omit<FieldProps, 'children'> {
  value: string;
  on_change: (value: string) => void;
  type?: InputType;
  autocomplete?: string;
  inputmode?: 'numeric' | 'email';
  placeholder?: string;
  required?: boolean;
  maxlength?: number;
  direction?: 'ltr' | 'auto';
  min?: string;
  max?: string;
  list?: string;  // of a datalist
  focus?: boolean;
}

export function TextField({ value, on_change, type = 'text', direction, focus, ...rest }: TextFieldProps) {
  const { autocomplete, inputmode, placeholder, required, maxlength, min, max, list } = rest;
  const own = { autocomplete, inputMode: inputmode, placeholder, required, maxLength: maxlength, min, max, list };
  return (
    <Field {...rest}>
      {(attributes) => (
        <input
          {...attributes}
          {...own}
          class="input"
          type={type}
          dir={direction ?? (type === 'email' || type === 'password' ? 'ltr' : 'auto')}
          autoFocus={focus}
          value={value}
          onInput={(event) => on_change(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

type NumberFieldProps = Omit<TextFieldProps, 'type' | 'inputmode' | 'direction'> & { fraction?: boolean };

// A number in the digits of any script. `value` and what it gives back are in Latin digits; what is no number is not given back: it is
// said at the field, and the form around it is not sent (shell/form.tsx).
export function NumberField({ value, on_change, fraction = false, error, ...rest }: NumberFieldProps) {
  const [typed, set_typed] = useState(value);
  const given = useRef(value);
  if (given.current !== value) {  // it was set by somebody else
    given.current = value;
    set_typed(value);
  }
  const read = plain_number(typed, fraction);
  const wrong = read === undefined || (read === '' && !rest.optional) ? t('field.no_number') : undefined;
  const change = (text: string) => {
    set_typed(text);
    const number = plain_number(text, fraction);
    if (number === undefined || (number === '' && !rest.optional)) return;
    given.current = number;
    on_change(number);
  };
  const shown = given.current === value ? typed : value;
  return (
    <div data-no-number={wrong ? true : undefined}>
      <TextField {...rest} inputmode="numeric" direction="ltr" value={shown} on_change={change} error={wrong ?? error} />
    </div>
  );
}

export function TextArea({ value, on_change, maxlength, rows, ...rest }: Omit<FieldProps, 'children'> & { value: string; on_change: (value: string) => void; maxlength?: number; rows?: number }) {
  return (
    <Field {...rest}>
      {(attributes) => (
        <textarea {...attributes} class="input" dir="auto" rows={rows} maxLength={maxlength} value={value} onInput={(event) => on_change(event.currentTarget.value)} />
      )}
    </Field>
  );
}

export interface Option {
  value: string;
  label: string;
}

export function SelectField({ value, on_change, options, ...rest }: Omit<FieldProps, 'children'> & { value: string; on_change: (value: string) => void; options: Option[] }) {
  return (
    <Field {...rest}>
      {(attributes) => (
        <select {...attributes} class="input" value={value} onChange={(event) => on_change(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check({ checked, on_change, label, hint, id, disabled }: { id: string; disabled?: boolean; checked: boolean; on_change: (checked: boolean) => void; label: string; hint?: string }) {
  return (
    <div class="check">
      <input id={id} type="checkbox" checked={checked} disabled={disabled} aria-describedby={hint ? `${id}-hint` : undefined} onChange={(event) => on_change(event.currentTarget.checked)} />
      <div>
        <label for={id}>{label}</label>
        {hint && <small id={`${id}-hint`}>{hint}</small>}
      </div>
    </div>
  );
}

export interface ChoiceOption extends Option {
  hint: string;
  disabled?: boolean;
}

// Radio buttons that explain themselves.
export function Choices({ name, legend, value, on_change, options, error }: { name: string; legend: string; value: string; on_change: (value: string) => void; options: ChoiceOption[]; error?: string | undefined }) {
  return (
    <fieldset aria-describedby={error ? `${name}-wrong` : undefined}>
      <legend>{legend}</legend>
      <div class="choices">
        {options.map((option) => (
          <label key={option.value} class="choice">
            <input type="radio" name={name} value={option.value} checked={option.value === value} disabled={option.disabled} onChange={() => on_change(option.value)} />
            <span>
              <strong>{option.label}</strong>
              <small>{option.hint}</small>
            </span>
          </label>
        ))}
      </div>
      <FieldError id={`${name}-wrong`} error={error} />
    </fieldset>
  );
}
