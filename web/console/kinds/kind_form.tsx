// A kind of one's own: names, class, the usual way, and the schema of its data with the form that it makes beside it.
import { useMemo, useState } from 'preact/hooks';
import { patch, post } from '../../sdk/client';
import type { NoticeKind } from '../../sdk/types';
import { CodeArea } from '../../ui/code_area';
import { Check, Choices, SelectField, TextField } from '../../ui/field';
import { locale_names, locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import type { Data, Schema } from '../notices/schema';
import { pruned } from '../notices/schema';
import { SchemaForm } from '../notices/schema_form';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';
import { json_finding } from './findings';

const first_schema = `{
  "type": "object",
  "required": ["order"],
  "properties": {
    "order": {"type": "string", "title": "Order", "maxLength": 60, "examples": ["A-10243"]},
    "total": {"type": "object", "format": "money"},
    "due": {"type": "string", "format": "date"}
  }
}`;

const classes = ['transactional', 'legal', 'promotional'] as const;

interface KindFormProps {
  one?: NoticeKind;
  on_done: (made: NoticeKind) => void;
  on_cancel: () => void;
}

export function KindForm({ one, on_done, on_cancel }: KindFormProps) {
  const [name, set_name] = useState(one?.name ?? '');
  const [names, set_names] = useState<Record<string, string>>((one?.names as Record<string, string>) ?? {});
  const [kind_class, set_class] = useState<string>(one?.class ?? 'transactional');
  const [category, set_category] = useState(one?.category ?? '');
  const [delivery, set_delivery] = useState<string>(one?.delivery ?? 'plain');
  const [answers, set_answers] = useState(one?.answers ?? false);
  const [urgent, set_urgent] = useState(one?.urgent ?? false);
  const [schema, set_schema] = useState(one ? JSON.stringify(one.schema, undefined, 2) : first_schema);
  const [sample, set_sample] = useState<Data>((one?.sample as Data) ?? {});
  const sending = useSending(['/name', '/names', '/class', '/category', '/delivery', '/schema', '/sample']);
  const broken = json_finding(schema);
  const parsed = useMemo(() => (broken ? undefined : (JSON.parse(schema) as Schema)), [schema]);
  const findings = broken ? [broken] : Object.entries(sending.errors).filter(([pointer]) => pointer === '/schema' || pointer.startsWith('/schema/')).map(([pointer, text]) => ({ text: `${pointer.slice('/schema'.length)} ${text}`.trim() }));

  const submit = () => {
    if (broken || !parsed) return;
    return sending.send(async () => {
      const written = Object.fromEntries(Object.entries(names).filter(([, text]) => text.trim()));
      const example = pruned(sample, parsed) as Data;
      const common = { names: written, class: kind_class, category, delivery, urgent, schema: parsed, ...(Object.keys(example).length ? { sample: example } : {}) };
      const made = one ? await patch<NoticeKind>(`/v1/kinds/${one.name}`, common) : await post<NoticeKind>('/v1/kinds', { ...common, name, answers });
      say(t('kinds.saved'));
      on_done(made);
    });
  };
  return (
    <div class="compose">
      <Form sending={sending} on_submit={() => void submit()}>
        <section class="card stack">
          {!one && <TextField id="kind-name" label={t('kinds.name')} hint={t('kinds.name_hint')} direction="ltr" value={name} on_change={set_name} error={sending.errors['/name']} maxlength={64} focus />}
          <fieldset class="stack tight">
            <legend>{t('kinds.names')}</legend>
            <div class="columns">
              {locale_names.map((locale) => (
                <TextField key={locale} id={`kind-name-${locale}`} label={locales[locale].name} optional={locale !== 'en'} value={names[locale] ?? ''} on_change={(text) => set_names({ ...names, [locale]: text })} error={sending.errors[`/names/${locale}`]} maxlength={100} />
              ))}
            </div>
          </fieldset>
        </section>
        <section class="card stack">
          <Choices name="class" legend={t('class.label')} value={kind_class} on_change={set_class} error={sending.errors['/class']} options={classes.map((value) => ({ value, label: t(`class.${value}`), hint: t(`class.${value}_hint`) }))} />
          <div class="columns">
            <TextField id="category" label={t('kinds.category')} hint={t('kinds.category_hint')} value={category} on_change={set_category} error={sending.errors['/category']} maxlength={64} />
            <SelectField id="kind-delivery" label={t('kinds.delivery')} value={delivery} on_change={set_delivery} error={sending.errors['/delivery']} options={[{ value: 'plain', label: t('kind.plain') }, { value: 'registered', label: t('kind.registered') }]} />
          </div>
          <Check id="urgent" label={t('kinds.urgent')} hint={t('kinds.urgent_hint')} checked={urgent} on_change={set_urgent} />
          {!one && <Check id="answers" label={t('kinds.asks')} hint={t('kinds.asks_hint')} checked={answers} on_change={set_answers} />}
        </section>
        <section class="card stack">
          <CodeArea id="schema" label={t('kinds.schema')} hint={t('kinds.schema_hint')} code value={schema} rows={18} findings={findings} on_change={set_schema} />
        </section>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_cancel} />
      </Form>
      <aside class="preview stack" aria-label={t('kinds.sample')}>
        <h2>{t('kinds.sample')}</h2>
        <p class="small muted">{t('kinds.sample_text')}</p>
        {parsed && <SchemaForm key={schema} schema={parsed} value={sample} at="/sample" errors={sending.errors} on_change={(value) => set_sample(value as Data)} />}
      </aside>
    </div>
  );
}
