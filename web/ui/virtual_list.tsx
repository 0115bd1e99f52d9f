// A long list in a short document: only the rows near the view are elements. Rows have one height per layout; positions are set
// through the CSS object model, which a strict content security policy allows. Arrow keys, j and k move the focus.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface VirtualListProps<T> {
  items: T[];
  key_of: (item: T) => string;
  row: (item: T, index: number) => ComponentChildren;
  row_height: number;
  label: string;
  more?: boolean;  // more can be loaded at the end
  on_end?: () => void;
  position?: { top: number };  // kept by the owner, so that it survives a reload
  on_scroll?: (top: number) => void;
}

const spare = 8;

export function VirtualList<T>({ items, key_of, row, row_height, label, more, on_end, position, on_scroll }: VirtualListProps<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLUListElement>(null);
  const [view, set_view] = useState({ first: 0, last: 40 });

  const measure = () => {
    const element = frame.current;
    if (!element) return;
    const first = Math.max(0, Math.floor(element.scrollTop / row_height) - spare);
    const last = Math.ceil((element.scrollTop + element.clientHeight) / row_height) + spare;
    set_view((old) => (old.first === first && old.last === last ? old : { first, last }));
    if (more && last >= items.length - spare) on_end?.();
  };

  useLayoutEffect(() => {
    sheet.current?.style.setProperty('block-size', `${items.length * row_height}px`);
  }, [items.length, row_height]);
  useLayoutEffect(() => {
    if (frame.current && position?.top) frame.current.scrollTop = position.top;
    measure();
  }, []);
  useEffect(measure, [items.length, more, row_height]);
  useEffect(() => {
    const watch = new ResizeObserver(measure);
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  });

  return (
    <div
      class="virtual"
      ref={frame}
      onScroll={() => {
        measure();
        on_scroll?.(frame.current?.scrollTop ?? 0);
      }}
    >
      <ul ref={sheet} aria-label={label}>
        {items.slice(view.first, view.last).map((item, offset) => (
          <Placed key={key_of(item)} top={(view.first + offset) * row_height} height={row_height}>
            {row(item, view.first + offset)}
          </Placed>
        ))}
      </ul>
    </div>
  );
}

function Placed({ top, height, children }: { top: number; height: number; children: ComponentChildren }) {
  const element = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    const style = element.current!.style;
    style.setProperty('transform', `translateY(${top}px)`);
    style.setProperty('block-size', `${height}px`);
  }, [top, height]);
  return <li ref={element}>{children}</li>;
}
