// The letters of a delivery with their honest states; from 'unknown' a person decides.
import type { Delivery, DeliveryLetter } from '../../sdk/types';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { LetterTag } from '../mail/letter_tag';
import { LetterVerbs } from '../mail/letter_verbs';

export function purpose_name(purpose: string): string {
  const key = `purpose.${purpose}`;
  return is_key(key) ? t(key) : purpose.replaceAll('_', ' ');
}

export function Letters({ delivery, on_change }: { delivery: Delivery; on_change: () => void }) {
  return (
    <section class="card" aria-labelledby="letters-title">
      <header>
        <h2 id="letters-title">{t('letters.title')}</h2>
      </header>
      {delivery.letters.length === 0 ? <p class="muted">{t('letters.none')}</p> : null}
      <ul class="lines">
        {delivery.letters.map((letter) => (
          <Line key={letter.id} letter={letter} on_change={on_change} />
        ))}
      </ul>
    </section>
  );
}

function Line({ letter, on_change }: { letter: DeliveryLetter; on_change: () => void }) {
  return (
    <li class="stack tight">
      <div class="row apart">
        <strong>{purpose_name(letter.purpose)}</strong>
        <LetterTag state={letter.state} />
      </div>
      <div class="small muted">
        <bdi class="ltr">{letter.to}</bdi> · <Moment at={letter.at} /> · {t('letters.attempts', { count: letter.attempts })}
      </div>
      {letter.last_reply && <code class="small muted">{letter.last_reply}</code>}
      {letter.state === 'unknown' && <p class="small">{t('letters.unknown_text')}</p>}
      <LetterVerbs id={letter.id} state={letter.state} on_change={on_change} />
    </li>
  );
}
