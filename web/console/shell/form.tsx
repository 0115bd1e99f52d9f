// A form that is sent by `useSending`: its failure above, and the first wrong field gets the focus, so that nobody has to look for it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import Loader from 'icon:loader-circle';
import { t } from '../../ui/text';
import type { Sending } from '../sending';
import { Note } from './note';

interface FormProps {
  sending: Sending;
  on_submit: () => void;
  boxed?: boolean;
  children: ComponentChildren;
}

export function Form({ sending, on_submit, boxed, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (Object.keys(sending.errors).length) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [sending.errors]);
  return (
    <form
      ref={form}
      class={boxed ? 'stack boxed' : 'stack'}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const no_number = form.current?.querySelector<HTMLElement>('[data-no-number] input');
        if (no_number) no_number.focus();
        else on_submit();
      }}
    >
      {sending.failure && <Note tone="breach">{sending.failure}</Note>}
      {children}
    </form>
  );
}

export function FormFoot({ sending, go, on_cancel, quiet }: { sending: Sending; go: string; on_cancel?: () => void; quiet?: boolean }) {
  return (
    <footer class="row end">
      {on_cancel && (
        <button type="button" class="button" onClick={on_cancel}>
          {t('action.cancel')}
        </button>
      )}
      <button class={quiet ? 'button' : 'button primary'} disabled={sending.busy}>
        {sending.busy && <Loader size={16} class="spin" />} {go}
      </button>
    </footer>
  );
}
