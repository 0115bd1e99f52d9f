// What changed between two versions in a language, line by line.
import { useState } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { DiffLine, Page, TemplateDiff, TemplateVersion } from '../../sdk/types';
import { SelectField } from '../../ui/field';
import { t } from '../../ui/text';
import { useResource } from '../resource';
import { Loaded } from '../shell/listing';

export function Comparison({ version }: { version: TemplateVersion }) {
  const versions = useResource<Page<TemplateVersion>>((signal) => get('/v1/templates', { query: { kind: version.kind, locale: version.locale }, signal }), [version.id]);
  return (
    <Loaded from={versions}>
      {({ items }) => {
        const others = items.filter((one) => one.id !== version.id);
        return others.length ? <Choose version={version} others={others} /> : <p class="muted">{t('templates.only_one')}</p>;
      }}
    </Loaded>
  );
}

function Choose({ version, others }: { version: TemplateVersion; others: TemplateVersion[] }) {
  const [other, set_other] = useState(version.copied_from && others.some((one) => one.id === version.copied_from) ? version.copied_from : (others.find((one) => one.current) ?? others[0]!).id);
  const diff = useResource<TemplateDiff>((signal) => get(`/v1/templates/${version.id}/comparison`, { query: { with: other }, signal }), [version.id, other]);
  const options = others.map((one) => ({ value: one.id, label: `${t('templates.version', { number: one.number })}${one.current ? ` · ${t('templates.current')}` : ''}` }));
  return (
    <div class="stack">
      <SelectField id="compare-with" label={t('templates.compare_with')} value={other} options={options} on_change={set_other} />
      <Loaded from={diff}>
        {(found) => (
          <>
            <Part title={t('new.subject')} lines={found.subject} />
            <Part title={t('templates.text')} lines={found.text} />
            <Part title={t('templates.html')} lines={found.html} />
          </>
        )}
      </Loaded>
    </div>
  );
}

const signs: Record<string, string> = { same: ' ', added: '+', removed: '−' };

function Part({ title, lines }: { title: string; lines: DiffLine[] }) {
  const changed = lines.some((one) => one.change !== 'same');
  return (
    <section class="stack tight" aria-label={title}>
      <h3>{title}</h3>
      {!changed ? (
        <p class="small muted">{t('templates.same')}</p>
      ) : (
        <ol class="diff" tabIndex={0} role="list" aria-label={title}>
          {lines.map((one, index) => (
            <li key={index} class={`diff-${one.change}`}>
              <span class="diff-sign" aria-hidden="true">{signs[one.change] ?? ' '}</span>
              {one.change !== 'same' && <span class="away">{t(one.change === 'added' ? 'templates.added' : 'templates.removed')} </span>}
              <span dir="auto">{one.line}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
