// The fields of a form: added, changed, and put in order by keys, buttons and pointer.
import { useMemo, useRef, useState } from 'preact/hooks';
import Down from 'icon:arrow-down';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import Up from 'icon:arrow-up';
import { get } from '../../sdk/client';
import type { Field } from '../../sdk/desk';
import type { FormField, FormFieldKind, FormFieldUse, FormFileGroup, FormPattern } from '../../sdk/forms';
import type { Page } from '../../sdk/types';
import { Check, NumberField, SelectField, TextArea, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { error_at } from '../problems';
import { useResource } from '../resource';
import { Sure } from '../shell/sure';
import type { Editing } from './builder';
import { choices_from, choices_of, field_key, fits, is_chosen, is_text, kinds, moved, new_field, translated, with_words } from './draft';

const patterns: FormPattern[] = ['digits', 'letters', 'letters_and_digits', 'postcode', 'iban', 'url'];
const groups: FormFileGroup[] = ['image', 'pdf', 'document', 'text', 'audio', 'video', 'archive'];
const uses: Partial<Record<FormFieldKind, FormFieldUse[]>> = { short_text: ['sender_name', 'subject', 'message'], long_text: ['message'], email: ['sender_email'], choice: ['subject'] };

export function FieldsPart(editing: Editing) {
  const { definition, readonly, change } = editing;
  const [open, show] = useState<number>();
  const [kind, choose] = useState<FormFieldKind>('short_text');
  const dragged = useRef<number>();
  // Who a field is while it is renamed and moved.
  const known = useRef(new Map<string, number>());
  const next = useRef(0);
  const who = (key: string): number => {
    if (!known.current.has(key)) known.current.set(key, next.current++);
    return known.current.get(key)!;
  };
  const rename = (field: FormField, text: string) => {
    const key = field_key(text, definition.fields.filter((one) => one !== field));
    if (key === field.key) return;
    known.current.set(key, who(field.key));
    known.current.delete(field.key);
    change({ fields: definition.fields.map((one) => (one === field ? { ...field, key } : one)), rules: definition.rules.map((rule) => (rule.field === field.key ? { ...rule, field: key } : rule)) });
  };
  const fields = definition.fields;
  const set = (index: number, field: FormField) => change({ fields: fields.map((one, at) => (at === index ? field : one)) });
  const move = (from: number, to: number) => change({ fields: moved(fields, from, to) });
  const add = () => {
    const made = new_field(kind, definition);
    change({ fields: [...fields, made] });
    show(who(made.key));
  };
  return (
    <div class="stack">
      <ol class="builder-fields">
        {fields.map((field, index) => (
          <li key={who(field.key)} class="card" draggable={!readonly && open !== who(field.key)} onDragStart={() => (dragged.current = index)} onDragOver={(event) => event.preventDefault()} onDrop={() => dragged.current !== undefined && move(dragged.current, index)}>
            <div class="row apart">
              <button type="button" class="builder-field grow" aria-expanded={open === who(field.key)} onClick={() => show(open === who(field.key) ? undefined : who(field.key))}>
                <strong><bdi>{name_of(field, editing)}</bdi></strong> <span class="tag">{t(`form_kind.${field.kind}`)}</span> {field.required && <span class="tag">{t('fields.required')}</span>} {!field.label[editing.locale]?.trim() && <span class="tag warning">{t('forms.missing_one')}</span>}
              </button>
              {!readonly && (
                <span class="row">
                  <button type="button" class="button small plain icon-only" disabled={index === 0} aria-label={t('forms.up', { name: name_of(field, editing) })} onClick={() => move(index, index - 1)}><Up size={16} /></button>
                  <button type="button" class="button small plain icon-only" disabled={index === fields.length - 1} aria-label={t('forms.down', { name: name_of(field, editing) })} onClick={() => move(index, index + 1)}><Down size={16} /></button>
                  <Sure label={t('kept.remove_one', { name: name_of(field, editing) })} sure={t('labels.remove')} on_sure={() => change({ fields: fields.filter((_, at) => at !== index), rules: definition.rules.filter((rule) => rule.field !== field.key) })}><Trash size={16} /></Sure>
                </span>
              )}
            </div>
            {open === who(field.key) && <fieldset disabled={readonly}><Edit field={field} at={`/fields/${index}`} editing={editing} on_change={(changed) => set(index, changed)} on_rename={(text) => rename(field, text)} /></fieldset>}
          </li>
        ))}
      </ol>
      {!readonly && (
        <div class="row">
          <SelectField id="new-kind" label={t('forms.new_field')} value={kind} options={kinds.map((one) => ({ value: one, label: t(`form_kind.${one}`) }))} on_change={(one) => choose(one as FormFieldKind)} />
          <button type="button" class="button" onClick={add}><Plus size={16} /> {t('forms.add_field')}</button>
        </div>
      )}
    </div>
  );
}

function name_of(field: FormField, { locale }: Editing): string {
  return field.label[locale] || Object.values(field.label).find(Boolean) || field.key;
}

interface EditProps {
  field: FormField;
  at: string;
  editing: Editing;
  on_change: (field: FormField) => void;
  on_rename: (key: string) => void;
}

function Edit({ field, at, editing, on_change, on_rename }: EditProps) {
  const { locale, errors } = editing;
  const found = useResource<Page<Field>>((signal) => get('/v1/conversation-fields', { signal }), []);
  const set = (some: Partial<FormField>) => on_change({ ...field, ...some });
  const id = (name: string) => `${field.key}-${name}`;
  const words = (name: 'label' | 'help' | 'placeholder') => ({ id: id(name), label: t(`forms.${name}`), value: field[name][locale] ?? '', on_change: (text: string) => set({ [name]: with_words(field[name], locale, text) }), error: error_at(errors, `${at}/${name}`), maxlength: 2000 });
  const number = (name: 'min_length' | 'max_length' | 'least' | 'most' | 'max_files' | 'max_mb', usual = '') => (
    <Amount id={id(name)} label={t(`forms.${name}`)} usual={usual} value={field[name]} on_change={(value) => set({ [name]: value } as Partial<FormField>)} error={errors[`${at}/${name}`]} />
  );
  const any = { value: '', label: '–' };
  const usable = uses[field.kind] ?? [];
  const all = found.value.value?.items ?? [];
  const fillable = all.filter((one) => one.key === field.fills || (!one.retired && fits(field.kind, one)));
  const filled = all.find((one) => one.key === field.fills && one.kind === 'choice');
  const fill = (key: string) => {
    const target = all.find((one) => one.key === key);
    set({ fills: key || undefined, ...(target?.kind === 'choice' ? { choices: choices_of(target, field.choices, locale) } : {}) } as Partial<FormField>);
  };
  return (
    <div class="stack boxed">
      <TextField {...words('label')} direction="auto" />
      <TextField {...words('help')} direction="auto" optional />
      {(is_text(field.kind) || field.kind === 'email' || field.kind === 'phone' || field.kind === 'number') && <TextField {...words('placeholder')} direction="auto" optional />}
      <Check id={id('required')} label={t('fields.required')} checked={field.required ?? false} on_change={(required) => set({ required })} />
      {is_text(field.kind) && <div class="columns">{number('min_length')}{number('max_length')}</div>}
      {field.kind === 'number' && <div class="columns">{number('least')}{number('most')}</div>}
      {field.kind === 'short_text' && <SelectField id={id('pattern')} label={t('forms.pattern')} value={field.pattern ?? ''} options={[any, ...patterns.map((one) => ({ value: one, label: t(`form_pattern.${one}`) }))]} on_change={(one) => set({ pattern: (one || undefined) as FormPattern })} error={errors[`${at}/pattern`]} />}
      {is_chosen(field.kind) && <Choices key={field.fills} field={field} at={at} editing={editing} wanted={filled?.choices} on_change={set} />}
      {field.kind === 'file' && (
        <>
          <div class="columns">{number('max_files', '1')}{number('max_mb', '5')}</div>
          <fieldset>
            <legend>{t('forms.file_types')}</legend>
            <div class="row">{groups.map((one) => <Check key={one} id={id(one)} label={t(`form_file.${one}`)} checked={field.file_types.includes(one)} on_change={(is) => set({ file_types: is ? [...field.file_types, one] : field.file_types.filter((other) => other !== one) })} />)}</div>
          </fieldset>
        </>
      )}
      <div class="columns">
        {usable.length > 0 && <SelectField id={id('use')} label={t('forms.use')} value={field.use ?? ''} options={[any, ...usable.map((one) => ({ value: one, label: t(`form_use.${one}`) }))]} on_change={(one) => set({ use: (one || undefined) as FormFieldUse })} error={errors[`${at}/use`]} />}
        {fillable.length > 0 && <SelectField id={id('fills')} label={t('forms.fills')} value={field.fills ?? ''} options={[any, ...fillable.map((one) => ({ value: one.key, label: one.name }))]} on_change={fill} error={errors[`${at}/fills`]} />}
        <KeyField key={field.key} id={id('key')} value={field.key} on_change={on_rename} error={errors[`${at}/key`]} />
      </div>
    </div>
  );
}

function Amount({ id, label, usual, value, on_change, error }: { id: string; label: string; usual: string; value: number | undefined; on_change: (value: number | undefined) => void; error?: string | undefined }) {
  return <NumberField id={id} label={label} fraction optional={usual === ''} value={value === undefined ? usual : `${value}`} on_change={(text) => on_change(text === '' ? undefined : Number(text))} error={error} />;
}

// Renamed when it is left: what is half typed is no name.
function KeyField({ id, value, on_change, error }: { id: string; value: string; on_change: (key: string) => void; error?: string | undefined }) {
  const [typed, set_typed] = useState(value);
  return (
    <div onFocusOut={() => typed !== value && on_change(typed)}>
      <TextField id={id} label={t('forms.key')} direction="ltr" hint={t('fields.key_hint')} value={typed} on_change={set_typed} error={error} maxlength={40} />
    </div>
  );
}

// One a line; the value is what rules and the API compare with, and stays when a label changes.
function Choices({ field, at, editing, wanted, on_change }: { field: FormField; at: string; editing: Editing; wanted: string[] | undefined; on_change: (some: Partial<FormField>) => void }) {
  const { definition, locale, errors } = editing;
  const first = definition.locales[0] ?? locale;
  const text = field.choices.map((one) => one.label[locale] ?? '').join('\n');
  const [typed, set_typed] = useState<{ locale: string; text: string }>({ locale, text });
  const shown = typed.locale === locale ? typed.text : text;
  const settled = useMemo(() => new Set(field.choices.filter((one) => Object.values(one.label).some(Boolean)).map((one) => one.value)), []);
  return (
    <TextArea id={`${field.key}-choices`} label={t('fields.choices')} rows={Math.max(4, field.choices.length + 1)} hint={locale !== first && <bdi class="choice-lines">{field.choices.map((one) => one.label[first]).join('\n')}</bdi>} value={shown} on_change={(now) => {
      set_typed({ locale, text: now });
      const lines = now.split('\n').map((one) => one.trim());
      while (lines.length && !lines[lines.length - 1]) lines.pop();
      on_change({ choices: locale === first ? choices_from(lines.slice(0, 50), field.choices, locale, settled, wanted) : translated(lines, field.choices, locale) });
    }} error={error_at(errors, `${at}/choices`)} />
  );
}
