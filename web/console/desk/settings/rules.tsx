// Rules: when something happens, if a conversation is so, then actions. With a look at the past before, and a log afterwards.
import { useState } from 'preact/hooks';
import Workflow from 'icon:workflow';
import { get, post, put } from '../../../sdk/client';
import type { Action, DryRun, Rule, RuleRun, Segment, ViewFilter } from '../../../sdk/desk';
import type { Calendar } from '../../../sdk/sla';
import type { Page } from '../../../sdk/types';
import { Dialog } from '../../../ui/dialog';
import { Check, FieldError, NumberField, SelectField, TextField } from '../../../ui/field';
import { is_key, t } from '../../../ui/text';
import { Moment } from '../../../ui/time';
import { say } from '../../../ui/toast';
import { useDesk } from '../../inbox/desk';
import { useResource } from '../../resource';
import { base } from '../../router';
import { act, useSending } from '../../sending';
import { may } from '../../session';
import { Collection, EditOrRemove, useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';
import { useKept } from '../kept';
import { ActionsEditor, Said, missing_in } from './actions';
import { Variables } from './canned_replies';
import { FilterFields, filter_pointers, filter_said } from './filter';

const events = ['conversation.opened', 'message.received', 'message.sent', 'message.noted', 'message.failed', 'conversation.assigned', 'conversation.given_to_team', 'conversation.labelled', 'conversation.prioritised', 'conversation.filled_in', 'conversation.waits', 'conversation.snoozed', 'conversation.woken', 'conversation.resolved', 'conversation.reopened'];
const event_name = (kind: string): string => {
  const key = `happened.${kind}`;
  return is_key(key) ? t(key) : kind;
};
// "in:cal_…" and "out:cal_…": a rule's hours as one choice.
const hours_text = (hours: Rule['hours']): string => (hours ? `${hours.open ? 'in' : 'out'}:${hours.calendar}` : '*');
const hours_from = (text: string): Rule['hours'] => (text === '*' ? undefined : { calendar: text.slice(text.indexOf(':') + 1), open: text.startsWith('in:') });
const hours_said = (hours: Rule['hours'], calendars: Calendar[]): string[] => (hours ? [t(hours.open ? 'rules.within' : 'rules.outside', { name: calendars.find((one) => one.id === hours.calendar)?.name ?? '…' })] : []);
type Words = Omit<Rule, 'id' | 'version' | 'created_at' | 'changed_at'>;
const words_of = ({ id: _i, version: _v, created_at: _c, changed_at: _m, ...words }: Rule): Words => words;

export default function RulesPage() {
  useDesk();
  useKept();
  const list = useCollection<Rule>('/v1/rules', 'rule.');
  const segments = useCollection<Segment>('/v1/segments', 'segment.').value.value?.items ?? [];
  const [reading, read] = useState<Rule>();
  const calendars = useResource<Page<Calendar>>((signal) => get('/v1/calendars', { signal }), []).value.value?.items ?? [];
  return (
    <Collection
      title={t('rules.title')}
      icon={Workflow}
      none={t('rules.none')}
      none_text={t('rules.none_text')}
      list={list}
      add={may('mailboxes.manage') && t('rules.new')}
      ordered
      line={(one, edit) => <Line key={one.id} one={one} segments={segments} calendars={calendars} on_edit={edit} on_log={() => read(one)} on_change={list.reload} />}
      editor={(rule, close) => <Edit rule={rule} segments={segments} calendars={calendars} on_close={close} on_done={list.reload} />}
    >
      {reading && <Log rule={reading} on_close={() => read(undefined)} />}
    </Collection>
  );
}

function Line({ one, segments, calendars, on_edit, on_log, on_change }: { one: Rule; segments: Segment[]; calendars: Calendar[]; on_edit: () => void; on_log: () => void; on_change: () => void }) {
  const turn = async () => {
    if (await act(() => put(`/v1/rules/${one.id}`, { ...words_of(one), active: !one.active }), t('kept.saved'))) on_change();
  };
  const conditions = [...(one.filter ? filter_said(one.filter, segments, true) : []), ...hours_said(one.hours, calendars), ...Object.values(one.contains ?? {}).map((text) => `“${text}”`)];
  return (
    <li class="row apart">
      <span class="grow kept-line">
        <strong><bdi>{one.name}</bdi></strong> {!one.active && <span class="tag warning">{t('rules.off')}</span>} {one.stop && <span class="tag">{t('rules.stops')}</span>}
        <span class="small muted block">{one.when.map(event_name).join(', ')}{conditions.length > 0 && <> · <bdi>{conditions.join(' · ')}</bdi></>}</span>
        <span class="small muted block">{one.actions.map((action, index) => <span key={index}>{index > 0 && ' · '}<Said action={action} /></span>)}</span>
      </span>
      <span class="row">
        <button type="button" class="button small" onClick={on_log}>{t('rules.log')}</button>
        {may('mailboxes.manage') && (
          <EditOrRemove path={`/v1/rules/${one.id}`} name={one.name} on_edit={on_edit} on_change={on_change}>
            <button type="button" class="button small" onClick={() => void turn()}>{t(one.active ? 'rules.turn_off' : 'rules.turn_on')}</button>
          </EditOrRemove>
        )}
      </span>
    </li>
  );
}

function Edit({ rule, segments, calendars, on_close, on_done }: { rule: Rule | undefined; segments: Segment[]; calendars: Calendar[]; on_close: () => void; on_done: () => void }) {
  const [name, set_name] = useState(rule?.name ?? '');
  const [place, set_place] = useState(`${rule?.place ?? 0}`);
  const [stop, set_stop] = useState(rule?.stop ?? false);
  const [when, set_when] = useState<string[]>(rule?.when ?? ['message.received']);
  const [filter, set_filter] = useState<ViewFilter>(rule?.filter ?? { priorities: [] });
  const [subject, set_subject] = useState(rule?.contains?.subject ?? '');
  const [text, set_text] = useState(rule?.contains?.text ?? '');
  const [hours, set_hours] = useState(hours_text(rule?.hours));
  const [actions, set_actions] = useState<Action[]>(rule?.actions ?? [{ does: 'set_priority', priority: 'high' }]);
  const [tried, set_tried] = useState<DryRun>();
  const sending = useSending(['/name', '/place', '/when', '/contains', '/hours', '/actions', ...filter_pointers]);
  const { errors } = sending;
  const words = (): Words => {
    const contains = { ...(subject.trim() ? { subject: subject.trim() } : {}), ...(text.trim() ? { text: text.trim() } : {}) };
    const within = hours_from(hours);
    return { name: name.trim(), place: Number(place), active: rule?.active ?? true, stop, when, filter, ...(within ? { hours: within } : {}), ...(Object.keys(contains).length ? { contains } : {}), actions };
  };
  const is_whole = () => {
    const found = { ...(name.trim() ? {} : { '/name': t('missing.name') }), ...(when.length ? {} : { '/when': t('rules.no_event') }), ...missing_in(actions, '/actions') };
    if (Object.keys(found).length) sending.find(found);
    return !Object.keys(found).length;
  };
  const submit = () => {
    if (!is_whole()) return;
    void sending.send(async () => {
      if (rule) await put(`/v1/rules/${rule.id}`, words());
      else await post('/v1/rules', words());
      say(t('kept.saved'));
      on_close();
      on_done();
    });
  };
  const try_out = () => {
    if (is_whole()) void sending.send(async () => set_tried(await post('/v1/rules/dry-run', { rule: words() })));
  };
  return (
    <Dialog title={t(rule ? 'rules.edit' : 'rules.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <div class="columns">
          <TextField id="rule-name" label={t('kept.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
          <NumberField id="rule-place" label={t('kept.place')} hint={t('kept.place_hint')} value={place} on_change={set_place} error={errors['/place']} />
        </div>
        <fieldset>
          <legend>{t('rules.when')}</legend>
          <div class="row">
            {events.map((kind) => <Check key={kind} id={`when-${kind}`} label={event_name(kind)} checked={when.includes(kind)} on_change={(is) => set_when(is ? [...when, kind] : when.filter((one) => one !== kind))} />)}
          </div>
          <FieldError id="when-wrong" error={errors['/when']} />
        </fieldset>
        <fieldset>
          <legend>{t('rules.if')}</legend>
          <div class="columns">
            <TextField id="rule-subject" label={t('rules.subject')} direction="auto" optional value={subject} on_change={set_subject} error={errors['/contains/subject']} maxlength={200} />
            <TextField id="rule-text" label={t('rules.text')} direction="auto" optional value={text} on_change={set_text} error={errors['/contains/text']} maxlength={200} />
            {(calendars.length > 0 || rule?.hours) && <SelectField id="rule-hours" label={t('rules.hours')} value={hours} options={[{ value: '*', label: t('views.any') }, ...calendars.filter((one) => !one.retired || one.id === rule?.hours?.calendar).flatMap((one) => [{ value: `in:${one.id}`, label: t('rules.within', { name: one.name }) }, { value: `out:${one.id}`, label: t('rules.outside', { name: one.name }) }])]} on_change={set_hours} error={errors['/hours/calendar']} />}
          </div>
          <FilterFields filter={filter} segments={segments} errors={errors} of_rule on_change={set_filter} />
        </fieldset>
        <ActionsEditor actions={actions} errors={errors} at="/actions" of_rule on_change={set_actions} />
        {actions.some((one) => one.does === 'note' || one.does === 'notify') && <Variables />}
        <Check id="rule-stop" label={t('rules.stop')} checked={stop} on_change={set_stop} />
        <div class="stack">
          <span><button type="button" class="button" disabled={sending.busy} onClick={try_out}>{t('rules.dry_run')}</button></span>
          {tried && <Tried tried={tried} />}
        </div>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

function Tried({ tried }: { tried: DryRun }) {
  return (
    <div class="stack" role="status">
      <p class="small">{t('rules.tried', { all: tried.looked_at, heard: tried.waited_for, hits: tried.items.length })}</p>
      <ul class="lines small">
        {tried.items.slice(0, 20).map((one) => <li key={one.seq}><a href={`${base}/inbox/${one.conversation}`}>#{one.number} <bdi>{one.subject || t('inbox.no_subject')}</bdi></a> <span class="muted">{event_name(one.kind)} · <Moment at={one.at} /></span></li>)}
      </ul>
    </div>
  );
}

function Log({ rule, on_close }: { rule: Rule; on_close: () => void }) {
  const runs = useResource<Page<RuleRun>>((signal) => get(`/v1/rules/${rule.id}/runs`, { signal }), [rule.id]);
  return (
    <Dialog title={t('rules.log_of', { name: rule.name })} on_close={on_close} wide>
      <Loaded from={runs} rows={3}>
        {({ items }) =>
          items.length ? (
            <ul class="lines">
              {items.map((one) => (
                <li key={one.seq} class="row apart">
                  <span class="grow"><a href={`${base}/inbox/${one.conversation}`}>#{one.number}</a> <span class="small muted">{event_name(one.kind)} · <Moment at={one.at} exact /></span>{one.reason && <span class="small block">{one.reason}</span>}</span>
                  <span class={one.done ? 'tag assured' : 'tag breach'}>{t(one.done ? 'rules.ran' : 'rules.refused')}</span>
                </li>
              ))}
            </ul>
          ) : <p class="muted">{t('rules.no_runs')}</p>
        }
      </Loaded>
      <footer class="row end"><button type="button" class="button" onClick={on_close}>{t('action.close')}</button></footer>
    </Dialog>
  );
}
