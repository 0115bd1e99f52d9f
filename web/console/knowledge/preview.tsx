// How a text will look: rendered by the server while one types, put into the page from an allow list, where nothing of it runs.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Preview } from '../../sdk/knowledge';
import { locales, type Locale } from '../../ui/locales';
import { t } from '../../ui/text';
import { words_for } from '../problems';
import { Note } from '../shell/note';
import * as api from './api';

const pause_ms = 150;

// The newest answer; older questions are taken back.
export function usePreview(body: string, locale: Locale, article: string): { preview: Preview | undefined; failure: string | undefined; stale: boolean } {
  const [found, set_found] = useState<{ body: string; preview: Preview }>();
  const [failure, fail] = useState<string>();
  const first = useRef(true);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api.preview(body, locale, article, stop.signal).then(
        (preview) => {
          if (stop.signal.aborted) return;
          set_found({ body, preview });
          fail(undefined);
        },
        (error: unknown) => {
          if (!stop.signal.aborted) fail(words_for(error));
        },
      );
    }, first.current ? 0 : pause_ms);
    first.current = false;
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body, locale, article]);
  return { preview: found?.preview, failure, stale: found?.body !== body };
}

const allowed = new Set('A ABBR B BLOCKQUOTE BR CODE DEL DIV EM H1 H2 H3 H4 H5 H6 HR I IMG LI OL P PRE S SPAN STRONG SUB SUP TABLE TBODY TD TH THEAD TR U UL'.split(' '));
const attributes = new Set(['href', 'src', 'alt', 'title', 'class', 'id', 'dir', 'lang', 'start', 'scope', 'width', 'height', 'tabindex', 'loading', 'decoding', 'role', 'aria-label', 'rel']);
const address = /^(https?:|mailto:|tel:|\/(?!\/)|#|\?|[\w.-]+(?:[/?#]|$))/i;

// The server's list once more; names get a beginning of their own, so that none meets one of the page.
export function shown_html(html: string): Node[] {
  const sheet = new DOMParser().parseFromString(html, 'text/html').body;
  for (const element of [...sheet.querySelectorAll('*')]) {
    if (!allowed.has(element.tagName)) {
      element.remove();
      continue;
    }
    for (const { name, value } of [...element.attributes]) if (!attributes.has(name) || ((name === 'href' || name === 'src') && !address.test(value))) element.removeAttribute(name);
    if (element.id) element.id = `preview-${element.id}`;
  }
  return [...sheet.childNodes];
}

export function Rendered({ html, locale, label }: { html: string; locale: Locale; label: string }) {
  const sheet = useRef<HTMLDivElement>(null);
  useEffect(() => {
    sheet.current?.replaceChildren(...shown_html(html));
  }, [html]);
  // Links lead nowhere from here but to their place in the text, or to a page of their own.
  const on_click = (event: MouseEvent) => {
    const link = (event.target as Element).closest('a');
    if (!link) return;
    event.preventDefault();
    const href = link.getAttribute('href') ?? '';
    if (href.startsWith('#')) document.getElementById(`preview-${decodeURIComponent(href.slice(1))}`)?.scrollIntoView({ block: 'nearest' });
    else window.open(href, '_blank', 'noopener');
  };
  return <div ref={sheet} class="reading" role="document" tabIndex={0} aria-label={label} lang={locale} dir={locales[locale].direction} onClick={on_click} />;
}

export function PreviewPane({ title, summary, preview, failure, stale, locale }: { title: string; summary: string; preview: Preview | undefined; failure: string | undefined; stale: boolean; locale: Locale }) {
  return (
    <div class="article-preview" aria-busy={stale}>
      {failure && <Note tone="warning">{failure}</Note>}
      <p class="reading-title" lang={locale} dir="auto">{title || t('knowledge.no_title')}</p>
      {summary && <p class="muted" lang={locale} dir="auto">{summary}</p>}
      {preview && <Rendered html={preview.html} locale={locale} label={t('knowledge.preview')} />}
      {preview && !preview.html.trim() && <p class="muted">{t('knowledge.preview_empty')}</p>}
    </div>
  );
}
