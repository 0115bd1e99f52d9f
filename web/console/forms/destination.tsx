// Where submissions go: a mailbox, a team, and rules by what was answered.
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import type { FormDefinition, FormRule, FormRuleTest } from '../../sdk/forms';
import type { Priority } from '../../sdk/conversations';
import { SelectField, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { desk } from '../inbox/desk';
import { priorities } from '../inbox/verbs';
import { error_at } from '../problems';
import type { Editing } from './builder';
import { moved } from './draft';
import Up from 'icon:arrow-up';

const tests: FormRuleTest[] = ['is', 'is_not', 'contains', 'filled', 'empty'];
const none = { value: '', label: '–' };

export function Destination({ definition, locale, errors, readonly, change }: Editing) {
  const now = desk.value;
  const named = (list: { id: string; name: string; retired?: boolean }[] | undefined) => (list ?? []).filter((one) => !one.retired).map((one) => ({ value: one.id, label: one.name }));
  const ranks = priorities.map((one) => ({ value: one, label: t(`priority.${one}`) }));
  const some = (part: Record<string, string | undefined>) => change(part as Partial<FormDefinition>);
  const rules = definition.rules;
  const set = (index: number, part: Partial<FormRule>) => change({ rules: rules.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  const field_name = (key: string) => {
    const field = definition.fields.find((one) => one.key === key);
    return field?.label[locale] ?? Object.values(field?.label ?? {}).find(Boolean) ?? key;
  };
  return (
    <div class="stack">
      <div class="card columns">
        <SelectField id="to-mailbox" label={t('forms.mailbox')} value={definition.mailbox} options={(now?.mailboxes ?? []).filter((one) => !one.retired || one.id === definition.mailbox).map((one) => ({ value: one.id, label: one.name }))} on_change={(mailbox) => change({ mailbox })} error={errors['/mailbox']} />
        <SelectField id="to-team" label={t('verb.team')} value={definition.team ?? ''} options={[none, ...named(now?.teams)]} on_change={(team) => some({ team: team || undefined })} error={errors['/team']} />
        <SelectField id="to-priority" label={t('verb.priority')} value={definition.priority ?? ''} options={[none, ...ranks]} on_change={(priority) => some({ priority: priority || undefined })} />
      </div>
      <h2 class="small muted">{t('forms.rules')}</h2>
      <p class="small muted">{t('forms.rules_text')}</p>
      <ol class="builder-fields">
        {rules.map((rule, index) => {
          const field = definition.fields.find((one) => one.key === rule.field);
          const compares = rule.test !== 'filled' && rule.test !== 'empty';
          const id = (name: string) => `rule-${index}-${name}`;
          return (
            <li key={index} class="card stack">
              <div class="columns">
                <SelectField id={id('field')} label={t('forms.when')} value={rule.field} options={definition.fields.map((one) => ({ value: one.key, label: field_name(one.key) }))} on_change={(key) => set(index, { field: key })} error={error_at(errors, `/rules/${index}/field`)} />
                <SelectField id={id('test')} label={t('forms.test')} value={rule.test} options={tests.map((one) => ({ value: one, label: t(`form_test.${one}`) }))} on_change={(test) => set(index, { test: test as FormRuleTest })} />
                {compares && (field?.choices.length && rule.test !== 'contains'
                  ? <SelectField id={id('value')} label={t('forms.value')} value={field.choices.find((one) => one.value.toLowerCase() === rule.value?.toLowerCase())?.value ?? ''} options={[none, ...field.choices.map((one) => ({ value: one.value, label: one.label[locale] || one.value }))]} on_change={(value) => set(index, { value })} />
                  : <TextField id={id('value')} label={t('forms.value')} direction="auto" value={rule.value ?? ''} on_change={(value) => set(index, { value })} maxlength={200} />)}
              </div>
              <div class="columns">
                <SelectField id={id('team')} label={t('verb.team')} value={rule.team ?? ''} options={[none, ...named(now?.teams)]} on_change={(team) => set(index, { team: team || undefined } as Partial<FormRule>)} error={error_at(errors, `/rules/${index}/team`)} />
                <SelectField id={id('priority')} label={t('verb.priority')} value={rule.priority ?? ''} options={[none, ...ranks]} on_change={(priority) => set(index, { priority: (priority || undefined) as Priority })} />
                <SelectField id={id('label')} label={t('forms.rule_label')} value={rule.label ?? ''} options={[none, ...named(now?.labels)]} on_change={(label) => set(index, { label: label || undefined } as Partial<FormRule>)} />
              </div>
              {!readonly && (
                <div class="row end">
                  <button type="button" class="button small plain icon-only" disabled={index === 0} aria-label={t('forms.up', { name: t('forms.rule_number', { number: index + 1 }) })} onClick={() => change({ rules: moved(rules, index, index - 1) })}><Up size={16} /></button>
                  <button type="button" class="button small plain icon-only" aria-label={t('kept.remove_one', { name: t('forms.rule_number', { number: index + 1 }) })} onClick={() => change({ rules: rules.filter((_, at) => at !== index) })}><Trash size={16} /></button>
                </div>
              )}
            </li>
          );
        })}
      </ol>
      {!readonly && definition.fields.length > 0 && <div><button type="button" class="button" onClick={() => change({ rules: [...rules, { field: definition.fields[0]!.key, test: 'is', value: '' }] })}><Plus size={16} /> {t('forms.add_rule')}</button></div>}
    </div>
  );
}
