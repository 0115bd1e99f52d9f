// Which column goes where: one line for each column, with what its first rows hold; and what is the same for every row.
import { useState } from 'preact/hooks';
import { get, put } from '../../sdk/client';
import type { Bulk, BulkMapping, LetterPreview, Locale, NoticeKind } from '../../sdk/types';
import { SelectField } from '../../ui/field';
import { is_locale, locale_names, locales } from '../../ui/locales';
import { Table } from '../../ui/table';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { LetterPreviewCard } from '../notices/letter_preview';
import { member_name, type Schema } from '../notices/schema';
import { useResource } from '../resource';
import { useSending } from '../sending';
import { may } from '../session';
import { Form, FormFoot } from '../shell/form';

const shown_rows = 3;
const places = ['email', 'name', 'locale', 'customer', 'external_id', 'second_email', 'reference', 'key', 'send_at'] as const;

interface Place {
  value: string;
  label: string;
}

// The members of the kind's data, those of groups as "data.address.city".
function members(schema: Schema, at: string, before: string): Place[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const label = before + member_name(name, part);
    const here = { value: `${at}.${name}`, label };
    return part.type === 'object' && part.format !== 'money' ? members(part, here.value, `${label} · `) : [here];
  });
}

export function Mapping({ bulk, kind, on_change }: { bulk: Bulk; kind: NoticeKind; on_change: () => void }) {
  const begun = bulk.mapping ?? bulk.suggested;
  const [to, set_to] = useState<Record<string, string>>(Object.fromEntries((begun?.columns ?? []).map((one) => [one.column, one.to])));
  const [language, set_language] = useState<string>(begun?.locale ?? '');
  const [formulas, set_formulas] = useState<string>(begun?.formulas ?? 'refuse');
  const [saved, set_saved] = useState(bulk.mapping !== undefined);
  const sending = useSending(['/columns', '/locale', '/formulas']);
  const writes = may('deliveries.send') && bulk.may.includes('map');
  const options: Place[] = [
    { value: '', label: t('bulk.ignored') },
    ...places.map((value) => ({ value, label: t(`place.${value}`) })),
    ...members(kind.schema as Schema, 'data', `${t('notices.data')}: `),
    ...(bulk.format === 'json_lines' ? [{ value: 'data', label: t('bulk.whole_data') }] : []),
  ];
  const submit = () =>
    sending.send(async () => {
      const mapping: BulkMapping = {
        ...begun,
        columns: bulk.columns.filter((column) => to[column]).map((column) => ({ column, to: to[column]! })),
        formulas: formulas as 'refuse' | 'keep',
        locale: is_locale(language) ? (language as Locale) : undefined,
      };
      await put(`/v1/bulk/${bulk.id}/mapping`, mapping);
      set_saved(true);
      say(t('bulk.mapped'));
      on_change();
    });
  return (
    <section class="card stack" aria-labelledby="mapping-title">
      <h2 id="mapping-title">{t('bulk.mapping')}</h2>
      <Form sending={sending} on_submit={() => void submit()}>
        <Table label={t('bulk.mapping')} heads={[t('bulk.column'), t('bulk.goes_to'), t('bulk.first_rows')]}>
          {bulk.columns.map((column, index) => (
            <tr key={column}>
              <td><bdi>{column}</bdi></td>
              <td>
                <select
                  class="input"
                  aria-label={t('bulk.goes_to_of', { column })}
                  disabled={!writes}
                  value={to[column] ?? ''}
                  onChange={(event) => {
                    set_to({ ...to, [column]: event.currentTarget.value });
                    set_saved(false);
                  }}
                >
                  {options.map((option) => (
                    <option key={option.value} value={option.value} selected={option.value === (to[column] ?? '')}>
                      {option.label}
                    </option>
                  ))}
                </select>
              </td>
              <td class="small muted">
                {bulk.sample.slice(0, shown_rows).map((row, line) => (
                  <div key={line} class="one-line sample-cell"><bdi>{row[index]}</bdi></div>
                ))}
              </td>
            </tr>
          ))}
        </Table>
        {writes && (
          <>
            <div class="columns">
              <SelectField id="bulk-locale" label={t('new.language')} value={language} options={[{ value: '', label: t('bulk.language_theirs') }, ...locale_names.map((name) => ({ value: name, label: locales[name].name }))]} on_change={set_language} error={sending.errors['/locale']} />
              <SelectField id="bulk-formulas" label={t('bulk.formulas')} value={formulas} options={[{ value: 'refuse', label: t('bulk.formulas_refuse') }, { value: 'keep', label: t('bulk.formulas_keep') }]} on_change={set_formulas} error={sending.errors['/formulas']} />
            </div>
            <FormFoot sending={sending} go={t('bulk.map')} quiet={saved} />
          </>
        )}
      </Form>
      {bulk.mapping && saved && <RowPreview key={JSON.stringify(bulk.mapping)} bulk={bulk} />}
    </section>
  );
}

function RowPreview({ bulk }: { bulk: Bulk }) {
  const [row, set_row] = useState(1);
  const letter = useResource<LetterPreview>((signal) => get(`/v1/bulk/${bulk.id}/preview`, { query: { row }, signal }), [bulk.id, row]);
  return (
    <section class="stack tight" aria-labelledby="row-title">
      <div class="row apart">
        <h3 id="row-title">{t('bulk.letter_of', { row })}</h3>
        <span class="row">
          <button type="button" class="button small" disabled={row <= 1} onClick={() => set_row(row - 1)}>
            {t('bulk.previous')}
          </button>
          <button type="button" class="button small" disabled={row >= bulk.rows} onClick={() => set_row(row + 1)}>
            {t('bulk.next')}
          </button>
        </span>
      </div>
      {letter.error.value ? <p class="small tone-breach">{letter.error.value}</p> : <LetterPreviewCard drawn={{ letter: letter.value.value, problem: undefined, busy: false }} />}
    </section>
  );
}
