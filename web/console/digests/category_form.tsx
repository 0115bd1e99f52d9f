// Makes a category, or changes what customers read of it. Name and class stay.
import { useState } from 'preact/hooks';
import { patch, post } from '../../sdk/client';
import type { Category } from '../../sdk/types';
import { Choices, NumberField, TextField } from '../../ui/field';
import { locale_names, locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';

const classes = ['transactional', 'legal', 'promotional'] as const;
type Words = Record<string, string>;
const written = (words: Words): Words => Object.fromEntries(Object.entries(words).filter(([, text]) => text.trim()));

interface CategoryFormProps {
  one: Category | undefined;
  on_cancel: () => void;
  on_done: () => void;
}

export function CategoryForm({ one, on_cancel, on_done }: CategoryFormProps) {
  const [name, set_name] = useState('');
  const [names, set_names] = useState<Words>((one?.names as Words) ?? {});
  const [descriptions, set_descriptions] = useState<Words>((one?.descriptions as Words) ?? {});
  const [category_class, set_class] = useState<string>('transactional');
  const [position, set_position] = useState(one ? String(one.position) : '');
  const sending = useSending(['/name', '/names', '/descriptions', '/class', '/position']);
  const submit = () => {
    if (position.trim() && !/^\d+$/.test(position.trim())) return sending.find({ '/position': t('throttle.number') });
    return sending.send(async () => {
      const words = { names: written(names), descriptions: written(descriptions), ...(position.trim() ? { position: Number(position) } : {}) };
      if (one) await patch(`/v1/categories/${encodeURIComponent(one.name)}`, words);
      else await post('/v1/categories', { ...words, name, class: category_class });
      say(t('categories.saved'));
      on_done();
    });
  };
  return (
    <Form sending={sending} on_submit={() => void submit()}>
      {!one && <TextField id="category-name" label={t('categories.id')} hint={t('categories.id_hint')} direction="ltr" value={name} on_change={set_name} error={sending.errors['/name']} maxlength={64} focus />}
      {!one && <Choices name="category-class" legend={t('class.label')} value={category_class} on_change={set_class} error={sending.errors['/class']} options={classes.map((value) => ({ value, label: t(`class.${value}`), hint: t(`class.${value}_hint`) }))} />}
      <fieldset class="stack tight">
        <legend>{t('categories.names')}</legend>
        {locale_names.map((language) => (
          <div key={language} class="columns">
            <TextField id={`category-name-${language}`} label={locales[language].name} optional={language !== 'en'} value={names[language] ?? ''} on_change={(text) => set_names({ ...names, [language]: text })} error={sending.errors[`/names/${language}`] ?? (language === 'en' ? sending.errors['/names'] : undefined)} maxlength={100} />
            <TextField id={`category-description-${language}`} label={t('categories.description', { language: locales[language].name })} optional value={descriptions[language] ?? ''} on_change={(text) => set_descriptions({ ...descriptions, [language]: text })} error={sending.errors[`/descriptions/${language}`]} maxlength={300} />
          </div>
        ))}
      </fieldset>
      <NumberField id="category-position" label={t('categories.position')} optional value={position} on_change={set_position} error={sending.errors['/position']} />
      <FormFoot sending={sending} go={t('action.save')} on_cancel={on_cancel} />
    </Form>
  );
}
