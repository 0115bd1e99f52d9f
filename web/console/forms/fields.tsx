// The fields of a form: added, changed, and put in order by keys, buttons and pointer.
import { useRef, useState } from 'preact/hooks';
import Down from 'icon:arrow-down';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import Up from 'icon:arrow-up';
import { get } from '../../sdk/client';
import type { Field } from '../../sdk/desk';
import type { FormField, FormFieldKind, FormFieldUse, FormFileGroup, FormPattern } from '../../sdk/forms';
import type { Page } from '../../sdk/types';
import { Check, SelectField, TextArea, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { error_at } from '../problems';
import { useResource } from '../resource';
import { Sure } from '../shell/sure';
import type { Editing } from './builder';
import { is_chosen, is_text, key_from, kinds, moved, new_field, with_words } from './draft';

const patterns: FormPattern[] = ['digits', 'letters', 'letters_and_digits', 'postcode', 'iban', 'url'];
const groups: FormFileGroup[] = ['image', 'pdf', 'document', 'text', 'audio', 'video', 'archive'];
const uses: Partial<Record<FormFieldKind, FormFieldUse[]>> = { short_text: ['sender_name', 'subject', 'message'], long_text: ['message'], email: ['sender_email'], choice: ['subject'] };

export function FieldsPart(editing: Editing) {
  const { definition, readonly, change } = editing;
  const [open, show] = useState<string>();
  const [kind, choose] = useState<FormFieldKind>('short_text');
  const dragged = useRef<number>();
  const fields = definition.fields;
  const set = (index: number, field: FormField) => change({ fields: fields.map((one, at) => (at === index ? field : one)) });
  const move = (from: number, to: number) => change({ fields: moved(fields, from, to) });
  const add = () => {
    const made = new_field(kind, definition);
    change({ fields: [...fields, made] });
    show(made.key);
  };
  return (
    <div class="stack">
      <ol class="builder-fields">
        {fields.map((field, index) => (
          <li key={field.key} class="card" draggable={!readonly && open !== field.key} onDragStart={() => (dragged.current = index)} onDragOver={(event) => event.preventDefault()} onDrop={() => dragged.current !== undefined && move(dragged.current, index)}>
            <div class="row apart">
              <button type="button" class="builder-field grow" aria-expanded={open === field.key} onClick={() => show(open === field.key ? undefined : field.key)}>
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
            {open === field.key && <Edit field={field} at={`/fields/${index}`} editing={editing} on_change={(next) => set(index, next)} />}
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
}

function Edit({ field, at, editing, on_change }: EditProps) {
  const { definition, locale, errors } = editing;
  const found = useResource<Page<Field>>((signal) => get('/v1/conversation-fields', { signal }), []);
  const set = (some: Partial<FormField>) => on_change({ ...field, ...some });
  const id = (name: string) => `${field.key}-${name}`;
  const words = (name: 'label' | 'help' | 'placeholder') => ({ id: id(name), label: t(`forms.${name}`), value: field[name][locale] ?? '', on_change: (text: string) => set({ [name]: with_words(field[name], locale, text) }), error: error_at(errors, `${at}/${name}`), maxlength: 2000 });
  const number = (name: 'min_length' | 'max_length' | 'least' | 'most' | 'max_files' | 'max_mb', usual = '') => (
    <TextField id={id(name)} label={t(`forms.${name}`)} optional={usual === ''} inputmode="numeric" direction="ltr" value={`${field[name] ?? usual}`} on_change={(text) => set({ [name]: text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text) } as Partial<FormField>)} error={errors[`${at}/${name}`]} />
  );
  const any = { value: '', label: '–' };
  const usable = uses[field.kind] ?? [];
  return (
    <div class="stack boxed">
      <TextField {...words('label')} direction="auto" />
      <TextField {...words('help')} direction="auto" optional />
      {(is_text(field.kind) || field.kind === 'email' || field.kind === 'phone' || field.kind === 'number') && <TextField {...words('placeholder')} direction="auto" optional />}
      <Check id={id('required')} label={t('fields.required')} checked={field.required ?? false} on_change={(required) => set({ required })} />
      {is_text(field.kind) && <div class="columns">{number('min_length')}{number('max_length')}</div>}
      {field.kind === 'number' && <div class="columns">{number('least')}{number('most')}</div>}
      {field.kind === 'short_text' && <SelectField id={id('pattern')} label={t('forms.pattern')} value={field.pattern ?? ''} options={[any, ...patterns.map((one) => ({ value: one, label: t(`form_pattern.${one}`) }))]} on_change={(one) => set({ pattern: (one || undefined) as FormPattern })} error={errors[`${at}/pattern`]} />}
      {is_chosen(field.kind) && <Choices field={field} at={at} editing={editing} on_change={set} />}
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
        {field.kind !== 'file' && field.kind !== 'choices' && field.kind !== 'long_text' && <SelectField id={id('fills')} label={t('forms.fills')} value={field.fills ?? ''} options={[any, ...(found.value.value?.items ?? []).filter((one) => !one.retired).map((one) => ({ value: one.key, label: one.name }))]} on_change={(one) => set({ fills: one || undefined } as Partial<FormField>)} error={errors[`${at}/fills`]} />}
        <TextField id={id('key')} label={t('forms.key')} direction="ltr" hint={t('fields.key_hint')} value={field.key} on_change={(key) => {
          const plain = key_from(key, definition.fields.filter((one) => one !== field).map((one) => one.key), 'field');
          editing.change({ fields: definition.fields.map((one) => (one === field ? { ...field, key: plain } : one)), rules: definition.rules.map((rule) => (rule.field === field.key ? { ...rule, field: plain } : rule)) });
        }} error={errors[`${at}/key`]} maxlength={40} />
      </div>
    </div>
  );
}

// One a line; the value is what rules and the API compare with, and stays when a label changes.
function Choices({ field, at, editing, on_change }: { field: FormField; at: string; editing: Editing; on_change: (some: Partial<FormField>) => void }) {
  const { locale, errors } = editing;
  const text = field.choices.map((one) => one.label[locale] ?? '').join('\n');
  const [typed, set_typed] = useState<{ locale: string; text: string }>({ locale, text });
  const shown = typed.locale === locale ? typed.text : text;
  return (
    <TextArea id={`${field.key}-choices`} label={t('fields.choices')} rows={Math.max(4, field.choices.length + 1)} value={shown} on_change={(now) => {
      set_typed({ locale, text: now });
      const lines = now.split('\n').map((one) => one.trim());
      while (lines.length && !lines[lines.length - 1]) lines.pop();
      const taken: string[] = [];
      on_change({
        choices: lines.slice(0, 50).map((line, index) => {
          const known = field.choices[index];
          const value = known && !taken.includes(known.value) ? known.value : key_from(line, taken, `${index + 1}`);
          taken.push(value);
          return { value, label: with_words(known?.label ?? {}, locale, line) };
        }),
      });
    }} error={error_at(errors, `${at}/choices`)} />
  );
}
