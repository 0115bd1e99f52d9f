// A score as people read it: a sign, and in words for those who do not see it.
import Down from 'icon:thumbs-down';
import Star from 'icon:star';
import Up from 'icon:thumbs-up';
import type { Rating } from '../../../sdk/ratings';
import { t } from '../../../ui/text';

export const is_good = (score: number): boolean => score >= 4;
export function score_words({ scale, score }: Pick<Rating, 'scale' | 'score'>): string {
  if (scale === 'thumbs') return t(score === 5 ? 'rating.good' : 'rating.bad');
  return t('rating.of_five', { score: score ?? 0 });
}

export function Score({ rating }: { rating: Rating }) {
  const score = rating.score ?? 0;
  const tone = is_good(score) ? 'tone-assured' : score === 3 ? 'tone-warning' : 'tone-breach';
  return (
    <span class={`mark ${tone}`}>
      {rating.scale === 'thumbs' ? score === 5 ? <Up size={16} /> : <Down size={16} /> : <Star size={16} />} {score_words(rating)}
    </span>
  );
}

type Reason = 'recently_asked' | 'no_address' | 'suppressed' | 'unwanted';
export function state_words(rating: Rating): string {
  if (rating.state === 'passed_over' && rating.reason && rating.reason !== 'not_asked') return t(`rating_reason.${rating.reason as Reason}`);
  return t(`rating_state.${rating.state}`);
}
