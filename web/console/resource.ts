// One thing loaded from the server, and again when the event stream asks for it. The old value stays on screen meanwhile.
import { useSignal, type Signal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { words_for } from './problems';
import { generation } from './live';

export interface Resource<T> {
  value: Signal<T | undefined>;
  error: Signal<string | undefined>;
  reload: () => void;
}

export function useResource<T>(load: (signal: AbortSignal) => Promise<T>, keys: unknown[]): Resource<T> {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const current = useRef<AbortController>();
  const run = useCallback(() => {
    current.current?.abort();
    const mine = (current.current = new AbortController());
    error.value = undefined;
    load(mine.signal).then(
      (found) => {
        if (!mine.signal.aborted) value.value = found;
      },
      (failure: unknown) => {
        if (!mine.signal.aborted) error.value = words_for(failure);
      },
    );
  }, keys);
  useEffect(() => {
    value.value = undefined;
    run();
    return () => current.current?.abort();
  }, [run]);
  const first = useRef(generation.peek());
  useEffect(() => generation.subscribe((now) => {
    if (now !== first.current) {
      first.current = now;
      run();
    }
  }), [run]);
  return { value, error, reload: run };
}
