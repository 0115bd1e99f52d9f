// From the draft to the readers: handed in, approved or returned, published now or at a time, taken back. Offered is what the state and the viewer's rights allow.
import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { Choices, TextArea, TextField } from '../../ui/field';
import { Dialog } from '../../ui/dialog';
import type { Article, ArticleText } from '../../sdk/knowledge';
import { to_local_input } from '../../ui/format';
import { locales } from '../../ui/locales';
import { locale, rich, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { act, useSending } from '../sending';
import { agent, may } from '../session';
import { useActions } from '../shell/actions';
import { Form, FormFoot } from '../shell/form';
import { Note } from '../shell/note';
import { Sure } from '../shell/sure';
import * as api from './api';
import { basics, person } from './basics';
import { finding_words } from './source';
import { audience_words } from './tags';
import type { Writing } from './writing';

type Asked = 'review' | 'return' | 'approval' | 'publish';

export function WorkflowVerbs({ article, writing }: { article: Article; writing: Writing }) {
  const [asked, ask] = useState<Asked>();
  const text = writing.server.value;
  const settings = basics.value?.settings;
  const { state } = text;
  // Whoever wrote it lets somebody else look.
  const own = !!settings?.four_eyes && text.writers.includes(agent.value?.id ?? '');
  const may_publish = article.may_publish && may('knowledge.publish') && !own;
  const may_approve = article.may_approve && may('knowledge.publish') && !own;
  const has_words = text.version > 0 || writing.words.value.title.trim() !== '';
  const changed = state !== 'published' && state !== 'withdrawn';
  const publishable = has_words && (state === 'approved' || state === 'withdrawn' || state === 'scheduled' || (!settings?.review_required && (state === 'draft' || state === 'in_review')));
  const hand_over = async (what: () => Promise<ArticleText | undefined>, done: string) => {
    await act(async () => {
      const now = await what();
      writing.stepped(now ?? (await api.text(article.id, text.locale)));
    }, done);
  };
  const open = async (what: Asked) => {
    if (writing.changed && !(await writing.save())) return say(t('workflow.not_saved'), 'bad');
    ask(what);
  };
  const offered: Asked[] = [...(state === 'draft' && has_words ? (['review'] as const) : []), ...(state === 'in_review' && may_approve ? (['return', 'approval'] as const) : []), ...(publishable && may_publish ? (['publish'] as const) : [])];
  useActions(() => offered.map((what) => ({ id: `article-${what}`, name: t(`workflow.${what}`), group: 'group.actions', run: () => void open(what) })), [writing, offered.join(), locale.value]);
  const button = (what: Asked, primary = false) => <button key={what} type="button" class={primary ? 'button primary' : 'button'} disabled={!has_words || !!writing.conflict.value} onClick={() => void open(what)}>{t(what === 'publish' && state === 'scheduled' ? 'workflow.reschedule' : `workflow.${what}`)}</button>;
  return (
    <>
      {offered.filter((one) => one !== 'publish').map((one) => button(one, one === 'approval' || (one === 'review' && !offered.includes('publish'))))}
      {changed && text.number > 0 && <Sure label={t('workflow.discard')} sure={t('workflow.discard_sure')} on_sure={() => void hand_over(async () => { await writing.save(); return api.drop_draft(article.id, text.locale, writing.server.peek().version); }, t('workflow.discarded'))} />}
      {state === 'scheduled' && may_publish && <button type="button" class="button" onClick={() => void hand_over(() => api.withdraw(article.id, text.locale), t('workflow.unscheduled'))}>{t('workflow.unschedule')}</button>}
      {text.visible && state !== 'scheduled' && may_publish && <Sure label={t('workflow.withdraw')} sure={t('workflow.withdraw_sure')} on_sure={() => void hand_over(() => api.withdraw(article.id, text.locale), t('workflow.withdrawn'))} />}
      {offered.includes('publish') && button('publish', state !== 'in_review')}
      {asked === 'publish' && <PublishDialog article={article} writing={writing} on_close={() => ask(undefined)} />}
      {asked && asked !== 'publish' && <StepDialog step={asked} article={article} writing={writing} on_close={() => ask(undefined)} />}
    </>
  );
}

// What somebody said with the last step.
export function ReviewNote({ text }: { text: ArticleText }) {
  const settings = basics.value?.settings;
  const own = !!settings?.four_eyes && text.state === 'in_review' && text.writers.includes(agent.value?.id ?? '');
  const { review } = text;
  const line = (words: ComponentChildren, comment: string | undefined, tone: 'quiet' | 'warning' | 'assured') => (
    <Note tone={tone}>
      <p>{words}</p>
      {comment && <p class="pre" dir="auto">{comment}</p>}
    </Note>
  );
  const who = (id: string | undefined, at: string | undefined) => ({ name: <bdi>{person(id)}</bdi>, when: at ? <Moment at={at} /> : '' });
  return (
    <>
      {text.state === 'scheduled' && text.publish_at && <Note><p>{rich('workflow.scheduled_for', { when: <Moment at={text.publish_at} exact /> })}</p></Note>}
      {review?.verdict === 'asked' && text.state === 'in_review' && line(rich('workflow.asked_by', who(review.by, review.at)), review.comment, 'quiet')}
      {review?.verdict === 'returned' && text.state === 'draft' && line(rich('workflow.returned_by', who(review.verdict_by, review.verdict_at)), review.verdict_comment, 'warning')}
      {review?.verdict === 'approved' && (text.state === 'approved' || text.state === 'scheduled') && line(rich('workflow.approved_by', who(review.verdict_by, review.verdict_at)), review.verdict_comment, 'assured')}
      {own && <Note>{t('workflow.own')}</Note>}
    </>
  );
}

interface StepProps {
  article: Article;
  writing: Writing;
  on_close: () => void;
}

function StepDialog({ step, article, writing, on_close }: StepProps & { step: Exclude<Asked, 'publish'> }) {
  const [comment, set_comment] = useState('');
  const sending = useSending(['/comment']);
  const text = writing.server.value;
  const submit = () => {
    if (step === 'return' && !comment.trim()) return sending.find({ '/comment': t('workflow.say_why') });
    void sending.send(async () => {
      writing.stepped(await api.step(article.id, text.locale, step, writing.server.peek().version, comment.trim()));
      say(t(`workflow.${step}_done`));
      on_close();
    });
  };
  return (
    <Dialog title={t(`workflow.${step}`)} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <p class="muted">{t(`workflow.${step}_text`)}</p>
        <TextArea id="step-comment" label={t('workflow.comment')} optional={step !== 'return'} rows={4} maxlength={1000} value={comment} on_change={set_comment} error={sending.errors['/comment']} />
        <FormFoot sending={sending} go={t(`workflow.${step}`)} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

function PublishDialog({ article, writing, on_close }: StepProps) {
  const text = writing.server.value;
  const [when, choose] = useState<'now' | 'later'>(text.publish_at ? 'later' : 'now');
  const [at, set_at] = useState(() => to_local_input(text.publish_at ? new Date(text.publish_at) : new Date(Math.ceil((Date.now() + 3_600_000) / 3_600_000) * 3_600_000)));
  const sending = useSending(['/publish_at']);
  const submit = () => {
    const time = new Date(at);
    if (when === 'later' && !(time.getTime() > Date.now())) return sending.find({ '/publish_at': t('missing.past') });
    void sending.send(async () => {
      const now = await api.publish(article.id, text.locale, writing.server.peek().version, when === 'later' ? time.toISOString() : undefined);
      writing.stepped(now);
      say(t(now.state === 'scheduled' ? 'workflow.scheduled_done' : 'workflow.published_done'));
      on_close();
    });
  };
  return (
    <Dialog title={t('workflow.publish')} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <p>{rich('workflow.publish_text', { title: <strong><bdi>{text.title}</bdi></strong>, language: locales[text.locale].name, audience: audience_words(article.audience) })}</p>
        {text.findings.length > 0 && <Note tone="warning"><p>{t('knowledge.findings')}</p><ul class="bullets">{text.findings.map((one, index) => <li key={index}>{finding_words(one)}</li>)}</ul></Note>}
        <Choices name="publish-when" legend={t('workflow.when')} value={when} on_change={(one) => choose(one as 'now' | 'later')} options={[{ value: 'now', label: t('workflow.now'), hint: t('workflow.now_hint') }, { value: 'later', label: t('workflow.later'), hint: t('workflow.later_hint') }]} />
        {when === 'later' && <TextField id="publish-at" label={t('workflow.at')} type="datetime-local" direction="ltr" value={at} on_change={set_at} error={sending.errors['/publish_at']} />}
        <FormFoot sending={sending} go={t(when === 'later' ? 'workflow.schedule' : 'workflow.publish')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

