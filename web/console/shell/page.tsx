// The head of a page: title, what stands beside it, and the document's title.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import ChevronLeft from 'icon:chevron-left';
import { locale } from '../../ui/text';
import { base } from '../router';

interface HeadProps {
  title: string;
  back?: { to: string; name: string };
  children?: ComponentChildren;
  below?: ComponentChildren;
}

export function Head({ title, back, children, below }: HeadProps) {
  useEffect(() => {
    document.title = `${title} · Rapport`;
  }, [title, locale.value]);
  return (
    <header class="head">
      {back && (
        <a class="back" href={base + back.to}>
          <ChevronLeft size={16} class="turns" /> {back.name}
        </a>
      )}
      <div class="head-line">
        <h1>{title}</h1>
        <div class="row">{children}</div>
      </div>
      {below}
    </header>
  );
}
