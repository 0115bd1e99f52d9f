// What a form goes through when it is sent: busy, findings at fields, a failure in words. Nothing the server finds is swallowed.
import { useState } from 'preact/hooks';
import { say } from '../ui/toast';
import { fields_of, others, words_for, type FieldErrors } from './problems';

export interface Sending {
  errors: FieldErrors;
  failure: string | undefined;
  busy: boolean;
  find: (errors: FieldErrors) => void;  // what the page itself finds, before asking the server
  send: (work: () => Promise<void>) => Promise<void>;
}

// `shown`: the pointers that have a field of their own; other findings are said with the failure.
export function useSending(shown: string[] = []): Sending {
  const [errors, set_errors] = useState<FieldErrors>({});
  const [failure, set_failure] = useState<string>();
  const [busy, set_busy] = useState(false);
  const send = async (work: () => Promise<void>): Promise<void> => {
    if (busy) return;
    set_busy(true);
    set_errors({});
    set_failure(undefined);
    try {
      await work();
    } catch (error) {
      set_errors(fields_of(error));
      set_failure([words_for(error), ...others(fields_of(error), shown)].join(' · '));
    } finally {
      set_busy(false);
    }
  };
  const find = (found: FieldErrors): void => {
    set_errors(found);
    set_failure(undefined);
  };
  return { errors, failure, busy, find, send };
}

// A verb without a form: says what it did, or why not.
export async function act(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work();
    if (done) say(done);
    return true;
  } catch (failure) {
    say(words_for(failure), 'bad');
    return false;
  }
}
