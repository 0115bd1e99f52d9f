// What state an article's texts are in, in a word and a sign.
import Alert from 'icon:triangle-alert';
import CircleDashed from 'icon:circle-dashed';
import CircleCheck from 'icon:circle-check';
import Clock from 'icon:clock';
import Eye from 'icon:eye';
import EyeOff from 'icon:eye-off';
import Pencil from 'icon:pencil';
import Stamp from 'icon:stamp';
import type { Audience, TextState, TextSummary } from '../../sdk/knowledge';
import type { Icon } from '../../ui/icon';
import { locales } from '../../ui/locales';
import { t } from '../../ui/text';

export const text_states: TextState[] = ['draft', 'in_review', 'approved', 'scheduled', 'published', 'withdrawn'];
const signs: Record<TextState, Icon> = { draft: Pencil, in_review: Eye, approved: Stamp, scheduled: Clock, published: CircleCheck, withdrawn: EyeOff };
const tones: Record<TextState, string> = { draft: '', in_review: 'warning', approved: '', scheduled: '', published: 'assured', withdrawn: 'quiet' };

export function TextStateTag({ state, number = 0 }: { state: TextState; number?: number }) {
  const Sign = signs[state];
  return (
    <span class={`tag ${tones[state]}`}>
      <Sign size={12} /> {t(state === 'draft' && number > 0 ? 'text_state.changed' : `text_state.${state}`)}
    </span>
  );
}

// The languages of an article: each its short name, a sign of its state, and whether the source has moved on.
export function Languages({ texts }: { texts: TextSummary[] }) {
  return (
    <span class="article-languages">
      {texts.map((one) => {
        const Sign = signs[one.state];
        const words = `${locales[one.locale].name}: ${t(`text_state.${one.state}`)}${one.outdated ? `, ${t('knowledge.outdated')}` : ''}`;
        return (
          <span key={one.locale} class={`article-language tone-${tones[one.state] || 'plain'}`} role="img" aria-label={words} title={words}>
            <span lang={one.locale} class="language-code" dir="ltr">{one.locale}</span>
            {one.outdated ? <Alert size={12} class="tone-warning" /> : <Sign size={12} />}
          </span>
        );
      })}
    </span>
  );
}

export function MissingLanguage({ locale }: { locale: keyof typeof locales }) {
  const words = `${locales[locale].name}: ${t('knowledge.missing')}`;
  return <span class="tag quiet" title={words}><CircleDashed size={12} /> {t('knowledge.missing')}</span>;
}

export function OutdatedTag() {
  return <span class="tag warning"><Alert size={12} /> {t('knowledge.outdated')}</span>;
}

export const audience_words = (audience: Audience): string => t(audience.segment ? 'audience.segment' : `audience.${audience.kind}`);
