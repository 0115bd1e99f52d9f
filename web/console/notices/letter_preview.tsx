// What a letter says before it is sent: subject, HTML in its frame, and the text that mail programs without HTML show. Drawn by the
// server, a moment after the last change.
import { useEffect, useState } from 'preact/hooks';
import Loader from 'icon:loader-circle';
import { post, Problem } from '../../sdk/client';
import type { LetterPreview, PreviewRequest } from '../../sdk/types';
import { locales, is_locale } from '../../ui/locales';
import { t } from '../../ui/text';
import { words_for } from '../problems';
import { LetterFrame } from './letter_frame';

const pause_ms = 350;

export interface Drawn {
  letter: LetterPreview | undefined;
  problem: unknown;
  busy: boolean;
}

// The last letter that could be drawn stays while the next one is not right yet.
export function useDrawn(wanted: PreviewRequest | undefined): Drawn {
  const [drawn, set_drawn] = useState<Drawn>({ letter: undefined, problem: undefined, busy: false });
  const key = JSON.stringify(wanted);
  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      set_drawn((old) => ({ ...old, busy: true }));
      post<LetterPreview>('/v1/template-previews', wanted, { signal: stop.signal }).then(
        (letter) => set_drawn({ letter, problem: undefined, busy: false }),
        (problem: unknown) => !stop.signal.aborted && set_drawn((old) => ({ ...old, problem, busy: false })),
      );
    }, pause_ms);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  return drawn;
}

export function problem_words(problem: unknown): string | undefined {
  if (problem === undefined) return undefined;
  return problem instanceof Problem && problem.status === 422 ? undefined : words_for(problem);
}

export function LetterPreviewCard({ drawn }: { drawn: Drawn }) {
  const [as_text, set_as_text] = useState(false);
  const { letter } = drawn;
  if (!letter) return <div class="mail"><div class="mail-body muted">{drawn.problem === undefined ? <Loader size={16} class="spin" label={t('view.loading')} /> : (problem_words(drawn.problem) ?? t('preview.not_yet'))}</div></div>;
  const language = is_locale(letter.locale) ? letter.locale : 'en';
  const frame = { lang: language, dir: locales[language].direction };
  const text = as_text || !letter.html;
  return (
    <div class="mail" data-stale={drawn.problem !== undefined}>
      <div class="mail-head">
        <strong class="letter-subject" {...frame}>{letter.subject}</strong>
        {letter.html && (
          <div class="row chips" role="group" aria-label={t('preview.as')}>
            <button type="button" class="chip" aria-pressed={!as_text} onClick={() => set_as_text(false)}>{t('preview.as_html')}</button>
            <button type="button" class="chip" aria-pressed={as_text} onClick={() => set_as_text(true)}>{t('preview.as_text')}</button>
          </div>
        )}
      </div>
      {text ? (
        <div class="mail-body pre" tabIndex={0} role="region" aria-label={t('preview.as_text')} {...frame}>
          {letter.text}
        </div>
      ) : (
        <LetterFrame html={letter.html} title={letter.subject} />
      )}
    </div>
  );
}
