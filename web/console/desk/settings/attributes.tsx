// What systems may tell of customers, and segments: named filters over it.
import { useState } from 'preact/hooks';
import Close from 'icon:x';
import Plus from 'icon:plus';
import Users from 'icon:users';
import { get, post, put } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { Attribute, Condition, FieldKind, Segment, Test } from '../../../sdk/desk';
import { Empty } from '../../../ui/blank';
import { Dialog } from '../../../ui/dialog';
import { FieldError, SelectField, TextArea, TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { error_at } from '../../problems';
import { useResource } from '../../resource';
import { useSending } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';
import { ValueField, shown_value, text_of, value_of } from '../value';
import { kinds, lines_of } from './fields';
import { KeptLine, SharingFields, to_api, useTeams, type Shared } from './sharing';

export default function AttributesPage() {
  const schema = useResource<{ attributes: Attribute[] }>((signal) => get('/v1/customer-attributes', { signal }), []);
  const segments = useCollection<Segment>('/v1/segments', 'segment.');
  const teams = useTeams();
  const [describing, describe] = useState(false);
  const [editing, edit] = useState<Segment | 'new'>();
  const attributes = schema.value.value?.attributes ?? [];
  return (
    <AreaFrame narrow title={t('attributes.title')}>
      <section class="stack">
        <div class="row apart">
          <h2>{t('attributes.schema')}</h2>
          {may('mailboxes.manage') && <button type="button" class="button" onClick={() => describe(true)}>{t('action.edit')}</button>}
        </div>
        <Loaded from={schema} rows={2}>
          {({ attributes }) =>
            attributes.length ? (
              <ul class="card lines">
                {attributes.map((one) => <li key={one.key}><strong><bdi>{one.name}</bdi></strong> <code class="small muted ltr">{one.key}</code> <span class="small muted">{t(`kind.${one.kind}`)}{one.choices.length > 0 && <> · <bdi>{one.choices.join(', ')}</bdi></>}</span></li>)}
              </ul>
            ) : <p class="muted">{t('attributes.none_text')}</p>
          }
        </Loaded>
      </section>
      {attributes.length > 0 && (
        <section class="stack">
          <div class="row apart">
            <h2>{t('segments.title')}</h2>
            {may('conversations.reply') && <button type="button" class="button primary" onClick={() => edit('new')}><Plus size={16} /> {t('segments.new')}</button>}
          </div>
          <Loaded from={segments} rows={2}>
            {({ items }) =>
              items.length ? (
                <ul class="card lines">
                  {items.map((one) => <Line key={one.id} one={one} attributes={attributes} teams={teams} on_edit={() => edit(one)} on_change={segments.reload} />)}
                </ul>
              ) : <Empty icon={Users} title={t('segments.none')}><p>{t('segments.none_text')}</p></Empty>
            }
          </Loaded>
        </section>
      )}
      {describing && <Describe attributes={attributes} on_close={() => describe(false)} on_done={schema.reload} />}
      {editing && <Edit segment={editing === 'new' ? undefined : editing} attributes={attributes} teams={teams} on_close={() => edit(undefined)} on_done={segments.reload} />}
    </AreaFrame>
  );
}

function Line({ one, attributes, teams, on_edit, on_change }: { one: Segment; attributes: Attribute[]; teams: Team[]; on_edit: () => void; on_change: () => void }) {
  const said = one.all.map((condition) => {
    const shape = attributes.find((attribute) => attribute.key === condition.attribute);
    return `${shape?.name ?? condition.attribute} ${t(`test.${condition.test}`)}${condition.value === undefined ? '' : ` ${shown_value(shape ?? { kind: 'text' }, condition.value)}`}`;
  });
  return (
    <KeptLine one={one} path="/v1/segments" teams={teams} on_edit={on_edit} on_change={on_change}>
      <span class="small muted block"><bdi>{said.join(' · ')}</bdi></span>
    </KeptLine>
  );
}

type Draft = Omit<Attribute, 'choices'> & { choices: string };

function Describe({ attributes, on_close, on_done }: { attributes: Attribute[]; on_close: () => void; on_done: () => void }) {
  const [list, set_list] = useState<Draft[]>(attributes.map((one) => ({ ...one, choices: one.choices.join('\n') })));
  const sending = useSending(['/attributes']);
  const { errors } = sending;
  const change = (index: number, part: Partial<Draft>) => set_list(list.map((one, place) => (place === index ? { ...one, ...part } : one)));
  const submit = () =>
    sending.send(async () => {
      await put('/v1/customer-attributes', { attributes: list.map((one) => ({ key: one.key.trim(), name: one.name.trim(), kind: one.kind, choices: one.kind === 'choice' ? lines_of(one.choices) : [] })) });
      say(t('kept.saved'));
      on_close();
      on_done();
    });
  return (
    <Dialog title={t('attributes.schema')} on_close={on_close} wide>
      <Form sending={sending} on_submit={() => void submit()}>
        {list.map((one, index) => (
          <div key={index} class="action-line">
            <TextField id={`attribute-name-${index}`} label={t('kept.name')} direction="auto" value={one.name} on_change={(name) => change(index, { name })} error={errors[`/attributes/${index}/name`]} maxlength={100} />
            <div class="stack">
              <TextField id={`attribute-key-${index}`} label={t('fields.key')} direction="ltr" value={one.key} on_change={(key) => change(index, { key })} error={errors[`/attributes/${index}/key`]} maxlength={40} />
              <SelectField id={`attribute-kind-${index}`} label={t('fields.kind')} value={one.kind} options={kinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))} on_change={(kind) => change(index, { kind: kind as FieldKind })} />
              {one.kind === 'choice' && <TextArea id={`attribute-choices-${index}`} label={t('fields.choices')} rows={3} value={one.choices} on_change={(choices) => change(index, { choices })} error={error_at(errors, `/attributes/${index}/choices`)} />}
            </div>
            <span class="row action-tools">
              <button type="button" class="button small plain icon-only" aria-label={t('kept.remove_one', { name: one.name })} onClick={() => set_list(list.filter((_, place) => place !== index))}><Close size={16} /></button>
            </span>
          </div>
        ))}
        <FieldError id="attributes-wrong" error={errors['/attributes']} />
        <button type="button" class="button small" onClick={() => set_list([...list, { key: '', name: '', kind: 'text', choices: '' }])}><Plus size={14} /> {t('attributes.add')}</button>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

const tests_for = (kind: FieldKind): Test[] => ['is', 'is_not', ...(kind === 'number' || kind === 'date' ? (['at_least', 'at_most'] as const) : kind === 'text' ? (['contains'] as const) : []), 'present', 'absent'];

function Edit({ segment, attributes, teams, on_close, on_done }: { segment: Segment | undefined; attributes: Attribute[]; teams: Team[]; on_close: () => void; on_done: () => void }) {
  const [name, set_name] = useState(segment?.name ?? '');
  const [shared, share] = useState<Shared>({ audience: segment?.audience ?? 'own', team: segment?.team ?? '' });
  const [all, set_all] = useState<Condition[]>(segment?.all ?? [{ attribute: attributes[0]!.key, test: 'present' }]);
  const sending = useSending(['/name', '/audience', '/team', '/all']);
  const { errors } = sending;
  const put_one = (index: number, one: Condition) => set_all(all.map((old, place) => (place === index ? one : old)));
  const submit = () => {
    if (!name.trim()) return sending.find({ '/name': t('missing.name') });
    void sending.send(async () => {
      const words = { name: name.trim(), all, ...to_api(shared) };
      if (segment) await put(`/v1/segments/${segment.id}`, words);
      else await post('/v1/segments', words);
      say(t('kept.saved'));
      on_close();
      on_done();
    });
  };
  return (
    <Dialog title={t(segment ? 'segments.edit' : 'segments.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <TextField id="segment-name" label={t('kept.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
        <SharingFields shared={shared} teams={teams} errors={errors} on_change={share} />
        {all.map((one, index) => {
          const shape = attributes.find((attribute) => attribute.key === one.attribute) ?? { key: one.attribute, name: one.attribute, kind: 'text' as const, choices: [] };
          return (
            <div key={index} class="action-line">
              <SelectField id={`condition-${index}`} label={t('segments.attribute')} value={one.attribute} options={attributes.map((attribute) => ({ value: attribute.key, label: attribute.name }))} on_change={(attribute) => put_one(index, { attribute, test: 'present' })} error={errors[`/all/${index}/attribute`]} />
              <div class="stack">
                <SelectField id={`test-${index}`} label={t('segments.test')} value={one.test} options={tests_for(shape.kind).map((test) => ({ value: test, label: t(`test.${test}`) }))} on_change={(test) => put_one(index, { attribute: one.attribute, test: test as Test, ...(test === 'present' || test === 'absent' || one.value === undefined ? {} : { value: one.value }) })} error={errors[`/all/${index}/test`]} />
                {one.test !== 'present' && one.test !== 'absent' && <ValueField shape={shape} id={`condition-value-${index}`} label={t('does.to')} value={text_of(one.value)} error={error_at(errors, `/all/${index}/value`)} on_change={(text) => { const value = value_of(shape, text); put_one(index, { attribute: one.attribute, test: one.test, ...(value === undefined ? {} : { value }) }); }} />}
              </div>
              <span class="row action-tools">
                <button type="button" class="button small plain icon-only" aria-label={t('segments.remove')} title={t('segments.remove')} onClick={() => set_all(all.filter((_, place) => place !== index))}><Close size={16} /></button>
              </span>
            </div>
          );
        })}
        <FieldError id="conditions-wrong" error={errors['/all']} />
        <button type="button" class="button small" onClick={() => set_all([...all, { attribute: attributes[0]!.key, test: 'present' }])}><Plus size={14} /> {t('segments.add')}</button>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
