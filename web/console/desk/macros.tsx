// Macros on the open conversation: chosen with a preview, carried out, undone.
import { useEffect, useState } from 'preact/hooks';
import type { Macro, RunPreview } from '../../sdk/desk';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { Chooser } from '../inbox/chooser';
import type { Thread } from '../inbox/thread';
import { words_for } from '../problems';
import { useActions } from '../shell/actions';
import * as api from './api';
import { macros } from './kept';
import { ChangesPreview } from './preview';

async function undo(thread: Thread, run: string): Promise<void> {
  try {
    await api.undo(run);
    say(t('macros.undone'));
  } catch (failure) {
    say(words_for(failure), 'bad');
  }
  await thread.refresh();
}

export async function run_macro(thread: Thread, macro: Macro): Promise<void> {
  try {
    const { items } = await api.run([thread.id], { macro: macro.id });
    const done = items[0];
    if (done?.done && done.run) say(t('macros.done', { name: macro.name }), 'good', { name: t('sent.undo'), run: () => void undo(thread, done.run!) });
    else say(done?.reason ?? t('problem.unknown'), 'bad');
  } catch (failure) {
    say(words_for(failure), 'bad');
  }
  await thread.refresh();
}

// Each in the palette by its name.
export function useMacros(thread: Thread, usable: boolean): void {
  const list = macros.value;
  useActions(() => (usable ? list.map((one) => ({ id: `macro-${one.id}`, name: t('macros.run', { name: one.name }), group: 'group.conversation' as const, run: () => void run_macro(thread, one) })) : []), [thread, list, usable]);
}

export function MacroDialog({ thread, on_close }: { thread: Thread; on_close: () => void }) {
  const [at, set_at] = useState<string>();
  const [shown, show] = useState<{ id: string; preview?: RunPreview; failure?: string }>();
  useEffect(() => {
    if (!at) return;
    let gone = false;
    const timer = setTimeout(() => {
      api.look_ahead(thread.id, { macro: at }).then(
        (preview) => !gone && show({ id: at, preview }),
        (failure: unknown) => !gone && show({ id: at, failure: words_for(failure) }),
      );
    }, 120);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [at]);
  const current = shown?.id === at ? shown : undefined;
  const pick = (id: string) => {
    const macro = macros.value.find((one) => one.id === id);
    if (macro) void run_macro(thread, macro);
  };
  return (
    <Chooser title={t('macros.choose')} chosen={[]} choices={macros.value.map((one) => ({ value: one.id, label: one.name, ...(one.folder ? { hint: one.folder } : {}) }))} on_at={set_at} on_pick={pick} on_close={on_close}>
      {at ? <ChangesPreview preview={current?.preview} failure={current?.failure} /> : <p class="muted">{t('macros.none_text')}</p>}
    </Chooser>
  );
}
