// Records a consent that was given elsewhere, or asks for one by a letter.
import { useState } from 'preact/hooks';
import { post } from '../../sdk/client';
import type { Category, Consent, Customer } from '../../sdk/types';
import { SelectField, TextArea, TextField } from '../../ui/field';
import { to_local_input } from '../../ui/format';
import { locale_names, locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';
import { Note } from '../shell/note';
import { category_name } from './preferences';

const methods = ['double_opt_in', 'form', 'phone', 'paper', 'in_person', 'imported'] as const;

interface NewConsentProps {
  customer: Customer;
  categories: Category[];
  on_done: () => void;
  on_cancel: () => void;
}

export function NewConsent({ customer, categories, on_done, on_cancel }: NewConsentProps) {
  const [category, set_category] = useState(categories[0]?.name ?? '');
  const [method, set_method] = useState<string>('double_opt_in');
  const [language, set_language] = useState<string>(customer.locale);
  const [text, set_text] = useState('');
  const [version, set_version] = useState('');
  const [source, set_source] = useState('');
  const [given, set_given] = useState('');
  const [proof, set_proof] = useState('');
  const sending = useSending(['/category', '/method', '/wording', '/source', '/given_at', '/proof']);
  const asks = method === 'double_opt_in';
  const imported = method === 'imported';
  const submit = () =>
    sending.send(async () => {
      await post<Consent>(`/v1/customers/${customer.id}/consents`, {
        category,
        method,
        wording: { text, version, locale: language },
        ...(source ? { source } : {}),
        ...(given && !asks ? { given_at: new Date(given).toISOString() } : {}),
        ...(imported ? { proof } : {}),
      });
      say(t(asks ? 'consent.asked' : 'consent.recorded'));
      on_done();
    });
  if (!categories.length)
    return (
      <>
        <p>{t('consent.no_category')}</p>
        <footer>
          <button type="button" class="button" onClick={on_cancel}>{t('action.close')}</button>
        </footer>
      </>
    );
  return (
    <Form sending={sending} on_submit={() => void submit()}>
      <div class="columns">
        <SelectField id="consent-category" label={t('kinds.category')} value={category} options={categories.map((one) => ({ value: one.name, label: category_name(categories, one.name) }))} on_change={set_category} error={sending.errors['/category']} />
        <SelectField id="consent-method" label={t('consent.method')} value={method} options={methods.map((one) => ({ value: one, label: t(`method.${one}`) }))} on_change={set_method} error={sending.errors['/method']} />
      </div>
      {asks && <Note>{t('consent.asks_text')}</Note>}
      <TextArea id="consent-text" label={t('consent.text')} hint={t('consent.text_hint')} value={text} on_change={set_text} rows={4} maxlength={4000} error={sending.errors['/wording/text']} />
      <div class="columns">
        <TextField id="consent-version" label={t('consent.version')} hint={t('consent.version_hint')} value={version} on_change={set_version} maxlength={100} error={sending.errors['/wording/version']} />
        <SelectField id="consent-locale" label={t('new.language')} value={language} options={locale_names.map((one) => ({ value: one, label: locales[one].name }))} on_change={set_language} error={sending.errors['/wording/locale']} />
        <TextField id="consent-source" label={t('consent.source')} optional direction="ltr" value={source} on_change={set_source} maxlength={500} error={sending.errors['/source']} />
        {!asks && <TextField id="consent-given" type="datetime-local" label={t('consent.given_at')} optional={!imported} value={given} max={to_local_input(new Date())} on_change={set_given} error={sending.errors['/given_at']} />}
      </div>
      {imported && <TextArea id="consent-proof" label={t('consent.proof_text')} hint={t('consent.proof_hint')} value={proof} on_change={set_proof} rows={3} maxlength={20_000} error={sending.errors['/proof']} />}
      <FormFoot sending={sending} go={t(asks ? 'consent.ask' : 'consent.record')} on_cancel={on_cancel} />
    </Form>
  );
}
