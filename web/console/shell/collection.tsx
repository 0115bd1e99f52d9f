// A page of few things that one person keeps in order: all of them in one list, a button for a new one, a dialog for each, and what stands there before there is any.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import { get, patch, remove } from '../../sdk/client';
import type { Page } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import type { Icon } from '../../ui/icon';
import { t } from '../../ui/text';
import { subscribe } from '../live';
import { useResource, type Resource } from '../resource';
import { act } from '../sending';
import { AreaFrame } from './area_frame';
import { Loaded } from './listing';
import { Sure } from './sure';

// Read again when an event of these nouns says that something changed.
export function useCollection<T>(path: string, noun: string): Resource<Page<T>> {
  const list = useResource<Page<T>>((signal) => get(path, { signal }), []);
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith(noun)) && list.reload()), []);
  return list;
}

interface CollectionProps<T> {
  title: string;
  icon: Icon;
  none: string;
  none_text: string;
  list: Resource<Page<T>>;
  add: string | false;  // what the button for a new one says; false: who looks may not
  ordered?: boolean;
  grouped?: (items: T[]) => [heading: string, items: T[]][];
  line: (one: T, edit: () => void) => ComponentChildren;  // a list item
  editor: (one: T | undefined, close: () => void) => ComponentChildren;  // undefined: a new one
  children?: ComponentChildren;
}

export function Collection<T>({ title, icon, none, none_text, list, add, ordered, grouped, line, editor, children }: CollectionProps<T>) {
  const [editing, edit] = useState<T | 'new'>();
  const List = ordered ? 'ol' : 'ul';
  const button = add && (
    <button type="button" class="button primary" onClick={() => edit('new')}>
      <Plus size={16} /> {add}
    </button>
  );
  const lines = (items: T[]) => <List class="card lines">{items.map((one) => line(one, () => edit(one)))}</List>;
  return (
    <AreaFrame narrow title={title} action={(list.value.value?.items.length ?? 0) > 0 && button}>
      <Loaded from={list} rows={3}>
        {({ items }) =>
          !items.length ? (
            <Empty icon={icon} title={none}>
              <p>{none_text}</p>
              {button}
            </Empty>
          ) : grouped ? (
            grouped(items).map(([heading, some]) => (
              <section key={heading} class="stack">
                {heading && <h2 class="small muted"><bdi>{heading}</bdi></h2>}
                {lines(some)}
              </section>
            ))
          ) : lines(items)
        }
      </Loaded>
      {editing && editor(editing === 'new' ? undefined : editing, () => edit(undefined))}
      {children}
    </AreaFrame>
  );
}

interface RetireProps {
  path: string;
  retired: boolean;
  on_edit: () => void;
  on_change: () => void;
  children?: ComponentChildren;
}

// The end of a line of something that conversations go on naming: it is retired, not removed.
export function EditOrRetire({ path, retired, on_edit, on_change, children }: RetireProps) {
  const turn = async () => {
    if (await act(() => patch(path, { retired: !retired }), t('kept.saved'))) on_change();
  };
  return (
    <span class="row">
      <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
      {children}
      <button type="button" class="button small" onClick={() => void turn()}>{t(retired ? 'mailboxes.revive' : 'mailboxes.retire')}</button>
    </span>
  );
}

interface RemoveProps {
  path: string;
  name: string;
  on_edit: () => void;
  on_change: () => void;
  children?: ComponentChildren;
}

export function EditOrRemove({ path, name, on_edit, on_change, children }: RemoveProps) {
  const drop = async () => {
    if (await act(() => remove(path), t('kept.removed'))) on_change();
  };
  return (
    <span class="row">
      {children}
      <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
      <Sure label={t('kept.remove_one', { name })} sure={t('labels.remove')} on_sure={() => void drop()}><Trash size={16} /></Sure>
    </span>
  );
}
