// What a page shows of a list or a thing that it loads: loading, the error with retry, empty, or all of it.
import type { ComponentChildren } from 'preact';
import { Failed, Loading } from '../../ui/blank';
import type { Paged } from '../paged';
import type { Resource } from '../resource';
import { More } from './more';
import { Note } from './note';

interface ListingProps<T> {
  list: Paged<T>;
  empty: ComponentChildren;
  rows?: number;
  children: (items: T[]) => ComponentChildren;
}

export function Listing<T>({ list, empty, rows, children }: ListingProps<T>) {
  const items = list.items.value;
  const error = list.error.value;
  if (!items) return error ? <Failed text={error} retry={() => void list.load()} /> : <Loading rows={rows ?? 6} />;
  return (
    <>
      {error && <Note tone="warning">{error}</Note>}
      {items.length || list.next.value ? children(items) : empty}
      <More list={list} />
    </>
  );
}

interface LoadedProps<T> {
  from: Resource<T>;
  rows?: number;
  children: (value: T) => ComponentChildren;
}

export function Loaded<T>({ from, rows, children }: LoadedProps<T>) {
  const value = from.value.value;
  const error = from.error.value;
  if (value === undefined) return error ? <Failed text={error} retry={from.reload} /> : <Loading rows={rows ?? 4} />;
  return (
    <>
      {error && <Note tone="warning">{error}</Note>}
      {children(value)}
    </>
  );
}
