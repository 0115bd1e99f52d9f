// For whom a preview is drawn: a language, a real customer, the kind's sample or data of one's own.
import { useState } from 'preact/hooks';
import type { Customer, NoticeKind } from '../../sdk/types';
import { CodeArea, type Finding } from '../../ui/code_area';
import { Field, SelectField } from '../../ui/field';
import { locale_names, locales } from '../../ui/locales';
import { Suggest } from '../../ui/suggest';
import { t } from '../../ui/text';
import { CustomerOption, useCustomers } from '../deliveries/recipients';
import { may } from '../session';
import { json_finding } from './findings';

export interface Reading {
  locale: string;
  data: Record<string, unknown> | undefined;  // else the kind's sample
  customer: string | undefined;
}

export function Reader({ kind, reading, on_change, wrong }: { kind: NoticeKind; reading: Reading; on_change: (reading: Reading) => void; wrong: Finding[] }) {
  const [text, set_text] = useState(JSON.stringify(kind.sample, undefined, 2));
  const [name, set_name] = useState('');
  const found = useCustomers(name);
  const broken = json_finding(text);
  return (
    <div class="stack tight">
      <div class="columns">
        <SelectField id="preview-locale" label={t('preview.language')} value={reading.locale} options={locale_names.map((one) => ({ value: one, label: locales[one].name }))} on_change={(locale) => on_change({ ...reading, locale })} />
        {may('customers.read') && (
          <Field id="preview-customer" label={t('preview.reader')} optional>
            {(attributes) => (
              <Suggest
                attributes={attributes}
                label={t('preview.reader')}
                value={name}
                on_input={(value) => {
                  set_name(value);
                  if (!value) on_change({ ...reading, customer: undefined });
                }}
                options={reading.customer ? [] : found}
                key_of={(one: Customer) => one.id}
                show={(one) => <CustomerOption customer={one} />}
                on_take={(one) => {
                  set_name(one.name || one.id);
                  on_change({ ...reading, customer: one.id });
                }}
                placeholder={t('preview.nobody')}
              />
            )}
          </Field>
        )}
      </div>
      <details>
        <summary>{t('preview.data')}</summary>
        <CodeArea
          id="preview-data"
          label={t('preview.data')}
          code
          value={text}
          rows={10}
          findings={broken ? [broken] : wrong}
          on_change={(value) => {
            set_text(value);
            if (!json_finding(value)) on_change({ ...reading, data: JSON.parse(value) as Record<string, unknown> });
          }}
        />
      </details>
    </div>
  );
}
