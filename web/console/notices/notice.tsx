// One notice: why it went, waits or was held back; what the letter says; its letters; and the recipient's answer.
import { useEffect } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { Delivery, Notice } from '../../sdk/types';
import { CopyButton } from '../../ui/copy';
import { locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { StateTag } from '../deliveries/ladder';
import { Letters } from '../deliveries/letters';
import { subscribe } from '../live';
import { useResource } from '../resource';
import { base, type Parameters } from '../router';
import { may } from '../session';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';
import { Head } from '../shell/page';
import { useKinds } from './notices';
import { kind_name, NoticeTag, reason_words } from './words';

export function NoticePage({ parameters }: { parameters: Parameters }) {
  const id = parameters.id!;
  const notice = useResource<Notice>((signal) => get(`/v1/notices/${encodeURIComponent(id)}`, { signal }), [id]);
  const kinds = useKinds();
  const found = notice.value.value;
  useEffect(() => subscribe((events) => events.some((event) => event.subject === id || event.subject === notice.value.peek()?.delivery?.id) && notice.reload()), [id, notice.reload]);
  const name = found && kind_name(kinds.value.value?.items.find((one) => one.name === found.kind), found.kind);
  return (
    <>
      <Head title={found?.delivery?.subject ?? name ?? t('notice.one')} back={{ to: '/notices', name: t('area.notices') }} below={found && <div class="row" aria-live="polite"><NoticeTag notice={found} /></div>} />
      <Loaded from={notice}>
        {(one) => (
          <div class="detail">
            <div class="stack">
              <Decision one={one} />
              {one.answer && <Answer answer={one.answer} />}
              {one.delivery && <Sent key={`${one.id} ${one.delivery.state}`} id={one.delivery.id} locale={one.locale} />}
            </div>
            <Facts one={one} kind={name ?? one.kind} />
          </div>
        )}
      </Loaded>
    </>
  );
}

function Decision({ one }: { one: Notice }) {
  if (one.state === 'suppressed')
    return (
      <Note tone="warning">
        <strong>{t('notice.suppressed_text')}</strong>
        <p>{reason_words(one)}</p>
      </Note>
    );
  if (one.send_at && new Date(one.send_at).getTime() > Date.now())
    return (
      <Note>
        {t('notice.waits_until')} <Moment at={one.send_at} exact />
        <p class="muted">{reason_words(one)}</p>
      </Note>
    );
  const words = reason_words(one);
  return words ? <Note>{words}</Note> : null;
}

function Answer({ answer }: { answer: NonNullable<Notice['answer']> }) {
  const open = new Date(answer.until).getTime() > Date.now();
  return (
    <section class="card" aria-labelledby="answer-title">
      <header>
        <h2 id="answer-title">{t('notice.answer')}</h2>
        {answer.answer && <span class={`tag ${answer.answer === 'confirm' ? 'assured' : 'warning'}`}>{t(`notice.answer_${answer.answer}`)}</span>}
      </header>
      {answer.answer ? (
        <p>
          {t('notice.answered_at')} {answer.answered_at && <Moment at={answer.answered_at} exact />}
        </p>
      ) : (
        <p>{open ? t('notice.no_answer_yet') : t('notice.no_answer')}</p>
      )}
      <p class="small muted">
        {t(open ? 'notice.may_answer_until' : 'notice.could_answer_until')} <Moment at={answer.until} exact />
      </p>
    </section>
  );
}

// What was written, and how it travels: the delivery's own words and letters.
function Sent({ id, locale }: { id: string; locale: Notice['locale'] }) {
  const delivery = useResource<Delivery>((signal) => get(`/v1/deliveries/${id}`, { signal }), [id]);
  return (
    <Loaded from={delivery}>
      {(found) => (
        <>
          <section class="card" aria-labelledby="text-title">
            <header>
              <h2 id="text-title">{t('notice.letter')}</h2>
              <StateTag kind={found.kind} state={found.state} />
            </header>
            {found.erased ? <Note tone="warning">{t('delivery.erased_text')}</Note> : <p class="pre prose" dir="auto" lang={locale}>{found.text}</p>}
            <p>
              <a href={`${base}/deliveries/${found.id}`}>{t('notice.delivery')}</a>
            </p>
          </section>
          <Letters delivery={found} on_change={delivery.reload} />
        </>
      )}
    </Loaded>
  );
}

// A job or a schedule has a page; a digest stands among the digests.
function Origin({ id }: { id: string }) {
  const path = id.startsWith('blk_') ? `bulk/${id}` : id.startsWith('sch_') ? `schedules/${id}` : undefined;
  return path ? <a href={`${base}/notices/${path}`}><code>{id}</code></a> : <code>{id}</code>;
}

function Facts({ one, kind }: { one: Notice; kind: string }) {
  const recipient = one.delivery?.recipient;
  const customer = one.customer ?? recipient?.customer;
  const who = recipient?.name || recipient?.email || customer;
  return (
    <section class="card" aria-label={t('notice.about')}>
      <dl class="facts">
        {who && (
          <>
            <dt>{t('delivery.recipient')}</dt>
            <dd>
              {customer && may('customers.read') ? <a href={`${base}/customers/${customer}`}><bdi>{who}</bdi></a> : <bdi>{who}</bdi>}
              {recipient?.name && <div class="muted small"><bdi class="ltr">{recipient.email}</bdi></div>}
            </dd>
          </>
        )}
        <dt>{t('delivery.kind')}</dt>
        <dd><a href={`${base}/notices/kinds/${one.kind}`}>{kind}</a></dd>
        <dt>{t('class.label')}</dt>
        <dd>{t(`class.${one.class}`)}</dd>
        <dt>{t('kinds.category')}</dt>
        <dd><bdi>{one.category}</bdi></dd>
        <dt>{t('delivery.language')}</dt>
        <dd>{locales[one.locale as keyof typeof locales]?.name ?? one.locale}</dd>
        <dt>{t('templates.one')}</dt>
        <dd><a href={`${base}/notices/templates/${one.template}`}><code>{one.template}</code></a></dd>
        {one.reference && (
          <>
            <dt>{t('delivery.reference')}</dt>
            <dd><bdi>{one.reference}</bdi></dd>
          </>
        )}
        {one.origin && (
          <>
            <dt>{t('notice.origin')}</dt>
            <dd><Origin id={one.origin} /></dd>
          </>
        )}
        <dt>{t('delivery.submitted')}</dt>
        <dd><Moment at={one.created_at} exact /></dd>
        {one.send_at && (
          <>
            <dt>{t('notice.send_at')}</dt>
            <dd><Moment at={one.send_at} exact /></dd>
          </>
        )}
        <dt>{t('delivery.identifier')}</dt>
        <dd class="row">
          <code>{one.id}</code> <CopyButton text={one.id} />
        </dd>
      </dl>
    </section>
  );
}
