// Canned replies in the composer: a slash and a word, or the list with its preview.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import type { CannedReply, Rendered } from '../../sdk/desk';
import { t } from '../../ui/text';
import { words_for } from '../problems';
import { Chooser } from '../inbox/chooser';
import { insert_words } from '../inbox/editor';
import * as api from './api';
import { canned, fitting, gaps } from './kept';
import { WordsPreview } from './preview';

// What a canned reply says in this conversation; asked for a moment after it was chosen.
function useRendered(id: string | undefined, conversation: string) {
  const known = useRef(new Map<string, Rendered>());
  const [shown, show] = useState<{ id: string; words?: Rendered; failure?: string }>();
  useEffect(() => {
    if (!id) return;
    const before = known.current.get(id);
    if (before) return show({ id, words: before });
    let gone = false;
    const timer = setTimeout(() => {
      api.render(id, conversation).then(
        (words) => {
          known.current.set(id, words);
          if (!gone) show({ id, words });
        },
        (failure: unknown) => !gone && show({ id, failure: words_for(failure) }),
      );
    }, 80);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id]);
  return shown?.id === id ? shown : undefined;
}

function put(words: Rendered, back: number): void {
  insert_words('composer-text', words.text, back);
  gaps.value = [...gaps.peek(), ...words.gaps.filter((gap) => !gaps.peek().some((other) => other.variable === gap.variable))];
}

interface PopupProps {
  word: string;  // after the slash
  conversation: string;
  keys: RefObject<(event: KeyboardEvent) => boolean>;  // asked first for keys of the editor
  on_close: () => void;
}

export function CannedPopup({ word, conversation, keys, on_close }: PopupProps) {
  const found = fitting(canned.value, word);
  const [at, set_at] = useState(0);
  const [failure, set_failure] = useState<string>();
  const current = Math.min(at, found.length - 1);
  const chosen = found[current];
  const rendered = useRendered(chosen?.id, conversation);
  const take = async (one: CannedReply | undefined) => {
    if (!one) return;
    try {
      const words = rendered?.id === one.id && rendered.words ? rendered.words : await api.render(one.id, conversation);
      put(words, word.length + 1);
      on_close();
    } catch (error) {
      set_failure(words_for(error));
    }
  };
  keys.current = (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Escape') on_close();
    else if (!found.length) return false;
    else if (step) set_at((current + step + found.length) % found.length);
    else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') void take(chosen);
    else return false;
    return true;
  };
  useEffect(() => () => {
    keys.current = null;
  }, []);
  if (!found.length) return null;
  return (
    <div class="canned-popup" role="group" aria-label={t('canned.title')}>
      <div class="palette" id="canned-list" role="listbox" aria-label={t('canned.title')}>
        {found.map((one, index) => (
          <div key={one.id} class="choice-line" data-at={index === current} role="option" aria-selected={index === current} onMouseDown={(event) => event.preventDefault()} onClick={() => void take(one)} onMouseMove={() => set_at(index)}>
            <span class="grow one-line"><bdi>{one.name}</bdi></span>
            {one.shortcut && <bdi class="muted small ltr">/{one.shortcut}</bdi>}
          </div>
        ))}
      </div>
      <WordsPreview words={rendered?.words} failure={failure ?? rendered?.failure} />
    </div>
  );
}

export function CannedDialog({ conversation, on_close, on_ready }: { conversation: string; on_close: () => void; on_ready: () => Promise<void> }) {
  const [at, set_at] = useState<string>();
  const rendered = useRendered(at, conversation);
  const pick = async (id: string) => {
    const words = rendered?.id === id && rendered.words ? rendered.words : await api.render(id, conversation);
    await on_ready();
    put(words, 0);
  };
  return (
    <Chooser title={t('canned.insert')} chosen={[]} choices={canned.value.map((one) => ({ value: one.id, label: one.name, hint: [one.folder, one.shortcut && `/${one.shortcut}`].filter(Boolean).join(' · ') }))} on_at={set_at} on_pick={(id) => void pick(id)} on_close={on_close}>
      {at ? <WordsPreview words={rendered?.words} failure={rendered?.failure} /> : <p class="muted">{t('canned.none_text')}</p>}
    </Chooser>
  );
}
