// What readers said: whether it helped, why not, and in their own words.
import MessageCircle from 'icon:message-circle';
import ThumbsDown from 'icon:thumbs-down';
import ThumbsUp from 'icon:thumbs-up';
import Trash from 'icon:trash-2';
import { remove } from '../../sdk/client';
import type { Article, Feedback } from '../../sdk/knowledge';
import { Empty } from '../../ui/blank';
import { locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { base } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { Listing } from '../shell/listing';
import { Subject } from '../shell/subject';
import { Sure } from '../shell/sure';

export function ArticleFeedback({ article }: { article: Article }) {
  const asked = article.helped + article.not_helped;
  return (
    <div class="stack narrow">
      {asked > 0 && <p>{t('feedback.of', { helped: article.helped, asked })}</p>}
      <FeedbackList query={{ article: article.id }} />
    </div>
  );
}

export function FeedbackList({ query }: { query: Record<string, string | undefined> }) {
  const list = usePaged<Feedback>('/v1/knowledge/feedback', query, (event) => event.kind === 'article.rated' && (!query.article || event.subject === query.article));
  const erase = async (one: Feedback) => {
    if (await act(() => remove(`/v1/knowledge/feedback/${one.id}`), t('feedback.erased'))) void list.load();
  };
  return (
    <Listing list={list} rows={3} empty={<Empty icon={MessageCircle} title={t('feedback.none')}><p>{t('feedback.none_text')}</p></Empty>}>
      {(items) => (
        <ul class="card lines" aria-label={t('feedback.title')}>
          {items.map((one) => (
            <li key={one.id} class="feedback">
              {one.helped ? <ThumbsUp size={18} class="tone-assured" label={t('feedback.helped')} /> : <ThumbsDown size={18} class="tone-breach" label={t('feedback.not_helped')} />}
              <span class="grow stack tight">
                {!query.article && <a href={`${base}/knowledge/${one.article}?locale=${one.locale}&part=feedback`}><bdi lang={one.locale}>{one.title}</bdi></a>}
                {one.comment && <span class="pre" dir="auto">{one.comment}</span>}
                <span class="small muted">
                  {one.reason && <>{t(`feedback_reason.${one.reason}`)} · </>}{locales[one.locale].name} · {t('versions.number', { number: one.number })} · <Moment at={one.at} />
                  {one.customer && <> · <Subject subject={one.customer}>{t('feedback.customer')}</Subject></>}
                </span>
              </span>
              {may('knowledge.publish') && <Sure label={t('feedback.erase')} sure={t('feedback.erase_sure')} on_sure={() => void erase(one)}><Trash size={16} /></Sure>}
            </li>
          ))}
        </ul>
      )}
    </Listing>
  );
}
