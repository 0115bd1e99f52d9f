// The second pane while one searches: the field, what a filter may become, and what was found. Arrows go through them, Enter in the
// field opens the first, Escape goes back to the field and then to the view.
import { useEffect, useRef, useState } from 'preact/hooks';
import Close from 'icon:x';
import Find from 'icon:search';
import { Empty, Loading } from '../../ui/blank';
import { t } from '../../ui/text';
import { agent } from '../session';
import { desk } from './desk';
import { ConversationRow } from './row';
import { completions, type ConversationSearch, type FilterValues } from './search';
import { list_states } from './views';

interface SearchPaneProps {
  search: ConversationSearch;
  query: string;
  current: string | undefined;
  heading: 'h1' | 'h2';
  on_query: (query: string) => void;
  on_open: (id: string) => void;
  on_close: () => void;
}

function values(): FilterValues {
  const now = desk.value;
  return {
    is: [...list_states, 'unassigned', 'unread'],
    rating: ['good', 'bad', 'any', '1', '2', '3', '4', '5'],
    priority: ['urgent', 'high', 'normal', 'low'],
    label: now?.labels.map((one) => one.name) ?? [],
    team: ['none', ...(now?.teams.filter((one) => !one.retired).map((one) => one.name) ?? [])],
    mailbox: now?.mailboxes.map((one) => one.address) ?? [],
    assignee: [...(agent.value ? ['me'] : []), 'none', ...(now?.assignees.map((one) => one.name) ?? [])],
  };
}

export function SearchPane({ search, query, current, heading: Heading, on_query, on_open, on_close }: SearchPaneProps) {
  const field = useRef<HTMLInputElement>(null);
  const pane = useRef<HTMLElement>(null);
  const [composing, set_composing] = useState(false);
  const [text, set_text] = useState(query);
  // The address follows the field, and comes back late: what was typed meanwhile stays. What somebody else wrote into it is taken.
  const told = useRef(query);
  const on_the_way = useRef(new Set<string>());
  useEffect(() => {
    if (query === told.current) return on_the_way.current.clear();
    if (on_the_way.current.has(query)) return;
    told.current = query;
    set_text(query);
  }, [query]);
  useEffect(() => {
    if (!current) field.current?.focus();
  }, []);
  const offered = composing ? [] : completions(text, values());
  const state = search.state.value;
  const found = state?.items ?? [];
  const take = (next: string, soon: boolean) => {
    set_text(next);
    told.current = next;
    on_the_way.current.add(next);
    on_query(next);
    search.look_for(next, soon);
  };
  // The field, the completions and what was found are one row for the arrows.
  const step = (by: number) => {
    const all = [...(pane.current?.querySelectorAll<HTMLElement>('#inbox-search, .completions button, .cnv-row') ?? [])];
    const next = all[all.indexOf(document.activeElement as HTMLElement) + by];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  };
  const on_key = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const in_field = event.target === field.current;
    if (by) {
      event.preventDefault();
      step(by);
    } else if (event.key === 'Enter' && in_field) {
      event.preventDefault();
      if (found[0]) on_open(found[0].id);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (in_field) on_close();
      else field.current?.focus();
    }
  };
  return (
    <section class="inbox-list inbox-search" ref={pane} aria-labelledby="view-title" onKeyDown={on_key}>
      <Heading id="view-title" class="away">{t('search.title')}</Heading>
      <header class="pane-head" role="search">
        <div class="search-field grow">
          <Find size={16} />
          <input
            id="inbox-search"
            ref={field}
            class="input"
            type="text"
            inputMode="search"
            enterkeyhint="search"
            dir="auto"
            autocomplete="off"
            spellcheck={false}
            aria-label={t('search.title')}
            placeholder={t('search.placeholder')}
            value={text}
            onInput={(event) => {
              const next = event.currentTarget.value;
              if (event.isComposing) set_text(next);
              else take(next, true);
            }}
            onCompositionStart={() => set_composing(true)}
            onCompositionEnd={(event) => {
              set_composing(false);
              take(event.currentTarget.value, true);
            }}
          />
        </div>
        <button type="button" class="button small plain icon-only" aria-label={t('search.close')} title={t('search.close')} onClick={on_close}>
          <Close size={18} />
        </button>
      </header>
      <p class="away" role="status">{state && !search.busy.value ? t('search.count', { count: found.length }) : ''}</p>
      {offered.length > 0 && (
        <div class="completions" role="group" aria-label={t('search.filters')}>
          {offered.map((one) => (
            <button
              type="button"
              key={one.shown}
              class="completion"
              onClick={() => {
                take(one.text, false);
                field.current?.focus();
              }}
            >
              <bdi dir="ltr">{one.shown}</bdi>
            </button>
          ))}
        </div>
      )}
      <ul aria-label={t('search.found')} aria-busy={search.busy.value}>
        {found.map((item) => (
          <li key={item.id} class="found-row"><ConversationRow item={item} current={item.id === current} /></li>
        ))}
      </ul>
      <Foot search={search} text={text} />
    </section>
  );
}

function Foot({ search, text }: { search: ConversationSearch; text: string }) {
  const state = search.state.value;
  if (search.error.value)
    return (
      <div class="list-foot" role="alert">
        {search.error.value}{' '}
        <button type="button" class="link" onClick={() => search.look_for(text)}>{t('action.retry')}</button>
      </div>
    );
  if (!text.trim()) return <Empty icon={Find} title={t('search.begin')}><p>{t('search.begin_text')}</p></Empty>;
  if (!state) return <Loading rows={6} />;
  return (
    <>
      {state.instead && <p class="search-note muted small">{t('search.instead')} <strong><bdi>{state.instead}</bdi></strong></p>}
      {state.incomplete && <p class="search-note muted small">{t('search.incomplete')}</p>}
      {!state.items.length && !state.next && !search.busy.value && <Empty icon={Find} title={t('search.none')}><p>{t('search.none_text')}</p></Empty>}
      {state.next && (
        <div class="list-foot">
          <button type="button" class="link" disabled={search.busy.value} onClick={() => void search.more()}>{t('search.older')}</button>
        </div>
      )}
    </>
  );
}
