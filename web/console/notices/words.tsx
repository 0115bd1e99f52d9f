// What kinds, states and reasons of notices are called.
import type { Notice, NoticeKind } from '../../sdk/types';
import { is_key, locale, t } from '../../ui/text';
import { StateTag } from '../deliveries/ladder';

export function kind_name(kind: Pick<NoticeKind, 'name' | 'names'> | undefined, name: string): string {
  const names = (kind?.names ?? {}) as Record<string, string>;
  return names[locale.value] ?? names.en ?? name.replaceAll('_', ' ');
}

// Why it waits, was held back, or went although the customer's preferences say otherwise.
export function reason_words(notice: Notice): string | undefined {
  if (notice.state === 'throttled' || notice.state === 'collected') return t(`notice.${notice.state}_text`);
  const key = `reason.${notice.decision}`;
  return is_key(key) ? t(key) : notice.reason;
}

export function NoticeTag({ notice }: { notice: Notice }) {
  if (notice.state === 'suppressed' || notice.state === 'throttled') return <span class="tag warning">{t(`notice.${notice.state}`)}</span>;
  if (notice.state === 'collected') return <span class="tag quiet">{t('notice.collected')}</span>;
  const answer = notice.answer?.answer;
  if (answer) return <span class={`tag ${answer === 'confirm' ? 'assured' : 'warning'}`}>{t(`notice.answer_${answer}`)}</span>;
  if (notice.send_at && new Date(notice.send_at).getTime() > Date.now() && notice.delivery?.state === 'submitted') return <span class="tag quiet">{t('notice.waits')}</span>;
  return notice.delivery ? <StateTag kind={notice.delivery.kind} state={notice.delivery.state} /> : <span class="tag quiet">{t('notice.taken')}</span>;
}
