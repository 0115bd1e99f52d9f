// Picks what a link leads to: an article found by the words of its title, or an address.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { ArticleSummary } from '../../sdk/knowledge';
import type { Page } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/field';
import type { Locale } from '../../ui/locales';
import { Suggest } from '../../ui/suggest';
import { t } from '../../ui/text';
import { words_for } from '../problems';
import { Note } from '../shell/note';
import { category_path } from './basics';
import { Languages } from './tags';

const is_address = (text: string): boolean => /^(https?:\/\/|mailto:|tel:|\/|#)\S/.test(text);

interface LinkDialogProps {
  locale: Locale;
  chosen: string;  // the words that are to be the link
  own: string;
  on_take: (address: string, title?: string) => void;
  on_close: () => void;
}

export function LinkDialog({ locale, chosen, own, on_take, on_close }: LinkDialogProps) {
  const [text, set_text] = useState('');
  const [found, set_found] = useState<ArticleSummary[]>([]);
  const [asked, set_asked] = useState<string>();
  const [failure, fail] = useState<string>();
  const q = text.trim();
  useEffect(() => {
    if (is_address(q)) return set_found([]);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      get<Page<ArticleSummary>>('/v1/knowledge/articles', { query: { q, locale, limit: 8 }, signal: stop.signal }).then(
        ({ items }) => {
          set_found(items.filter((one) => one.id !== own));
          set_asked(q);
          fail(undefined);
        },
        (error: unknown) => !stop.signal.aborted && fail(words_for(error)),
      );
    }, q ? 150 : 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [q, locale]);
  const take = (address: string, title?: string) => {
    on_close();
    setTimeout(() => on_take(address, title));  // once the dialog is gone: what is behind it takes no words
  };
  return (
    <Dialog title={t('link.title')} on_close={on_close} wide>
      <div class="stack link-dialog">
        {chosen && <p class="small muted">{t('link.words')} <bdi>{chosen.slice(0, 100)}</bdi></p>}
        {failure && <Note tone="warning">{failure}</Note>}
        <Field id="link-to" label={t('link.to')} hint={t('link.hint')}>
          {(attributes) => (
            <Suggest attributes={attributes} label={t('link.to')} value={text} on_input={set_text} options={found} key_of={(one) => one.id} on_take={(one) => take(`article:${one.id}`, one.title)} on_enter={() => is_address(q) && take(q)} show={(one) => (
              <span class="row apart">
                <span class="grow one-line"><bdi lang={one.title_locale}>{one.title}</bdi> <span class="small muted"><bdi>{category_path(one.category)}</bdi></span></span>
                <Languages texts={one.translations} />
              </span>
            )} />
          )}
        </Field>
        {q && !is_address(q) && asked === q && !found.length && <p class="small muted" role="status">{t('link.none')}</p>}
        <footer class="row end">
          <button type="button" class="button" onClick={on_close}>{t('action.cancel')}</button>
          <button type="button" class="button primary" disabled={!is_address(q)} onClick={() => take(q)}>{t('link.take')}</button>
        </footer>
      </div>
    </Dialog>
  );
}
