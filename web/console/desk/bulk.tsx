// Several conversations at once: chosen in the list, changed by a macro or a verb, with progress, the outcome of each, and undo.
import { useState } from 'preact/hooks';
import Close from 'icon:x';
import type { Action, RunOutcome } from '../../sdk/desk';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { words_for } from '../problems';
import { Chooser, type Choice } from '../inbox/chooser';
import { desk } from '../inbox/desk';
import type { Conversations } from '../inbox/list';
import { priorities } from '../inbox/verbs';
import { state_name } from '../inbox/views';
import { agent, may } from '../session';
import * as api from './api';
import { macros } from './kept';

const at_once = 20;  // in one request: so that the progress moves

interface Work {
  done: number;
  all: number;
}
interface Failure {
  number: number | undefined;
  reason: string;
}
type Asking = 'macro' | 'assignee' | 'team' | 'label' | 'unlabel' | 'priority' | 'state' | undefined;

async function in_pieces(ids: string[], what: api.What, on_work: (work: Work) => void): Promise<RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  for (let from = 0; from < ids.length; from += at_once) {
    on_work({ done: from, all: ids.length });
    const piece = ids.slice(from, from + at_once);
    try {
      outcomes.push(...(await api.run(piece, what)).items);
    } catch (failure) {
      outcomes.push(...piece.map((conversation) => ({ conversation, done: false, reason: words_for(failure) })));
    }
  }
  return outcomes;
}

async function undo_all(runs: string[]): Promise<void> {
  let undone = 0;
  let reason = '';
  for (const run of runs) {
    try {
      await api.undo(run);
      ++undone;
    } catch (failure) {
      reason = words_for(failure);
    }
  }
  say(t('bulk_choice.undone', { count: undone }));
  if (reason) say(reason, 'bad');
}

export function BulkBar({ list }: { list: Conversations }) {
  const [asking, ask] = useState<Asking>();
  const [work, set_work] = useState<Work>();
  const [failures, set_failures] = useState<Failure[]>([]);
  const chosen = list.chosen.value;
  const items = list.state.value?.items ?? [];
  const run = async (what: api.What) => {
    const ids = [...list.chosen.peek()];
    const outcomes = await in_pieces(ids, what, set_work);
    set_work(undefined);
    const runs = outcomes.flatMap((one) => (one.run ? [one.run] : []));
    const refused = outcomes.filter((one) => !one.done);
    if (runs.length) say(t('bulk_choice.done', { count: runs.length }), 'good', { name: t('sent.undo'), run: () => void undo_all(runs).then(() => list.load()) });
    set_failures(refused.map((one) => ({ number: items.find((item) => item.id === one.conversation)?.number, reason: one.reason ?? t('problem.unknown') })));
    list.chosen.value = new Set(refused.map((one) => one.conversation));
    void list.load();
  };
  const act = (action: Action) => void run({ actions: [action] });
  if (!chosen.size && !failures.length) return null;
  return (
    <>
      {chosen.size > 0 && (
        <div class="bulk-bar" role="toolbar" aria-label={t('bulk_choice.title')}>
          <strong class="grow small" role="status">{work ? t('bulk_choice.working', { done: work.done, all: work.all }) : t('bulk_choice.count', { count: chosen.size })}</strong>
          {!work && chosen.size < items.length && <button type="button" class="button small" onClick={() => list.choose_all()}>{t('bulk_choice.all')}</button>}
          <button type="button" class="button small plain icon-only" aria-label={t('bulk_choice.none')} title={t('bulk_choice.none')} onClick={() => list.choose_none()}><Close size={16} /></button>
          {work ? <progress value={work.done} max={work.all} aria-label={t('bulk_choice.title')} /> : (
            <>
              {macros.value.length > 0 && <button type="button" class="button small" onClick={() => ask('macro')}>{t('macros.title')}</button>}
              <button type="button" class="button small" onClick={() => ask('assignee')}>{t('verb.assign')}</button>
              <button type="button" class="button small" onClick={() => ask('state')}>{t('inbox.state')}</button>
              {(desk.value?.labels.length ?? 0) > 0 && <button type="button" class="button small" onClick={() => ask('label')}>{t('does.add_label')}</button>}
              {(desk.value?.labels.length ?? 0) > 0 && <button type="button" class="button small" onClick={() => ask('unlabel')}>{t('does.remove_label')}</button>}
              {(desk.value?.teams.length ?? 0) > 0 && <button type="button" class="button small" onClick={() => ask('team')}>{t('verb.team')}</button>}
              <button type="button" class="button small" onClick={() => ask('priority')}>{t('verb.priority')}</button>
            </>
          )}
        </div>
      )}
      {asking && <Ask asking={asking} on_macro={(macro) => void run({ macro })} on_action={act} on_close={() => ask(undefined)} />}
      {failures.length > 0 && (
        <Dialog title={t('bulk_choice.refused', { count: failures.length })} on_close={() => set_failures([])}>
          <ul class="lines">
            {failures.map((one, index) => <li key={index}><strong>#{one.number ?? '?'}</strong> <span class="small">{one.reason}</span></li>)}
          </ul>
          <footer class="row end"><button type="button" class="button" onClick={() => set_failures([])}>{t('action.close')}</button></footer>
        </Dialog>
      )}
    </>
  );
}

function Ask({ asking, on_macro, on_action, on_close }: { asking: Exclude<Asking, undefined>; on_macro: (id: string) => void; on_action: (action: Action) => void; on_close: () => void }) {
  const now = desk.value;
  const pick = (title: string, choices: Choice[], on_pick: (value: string) => void) => <Chooser title={title} chosen={[]} choices={choices} on_pick={on_pick} on_close={on_close} />;
  const named = (list: { id: string; name: string }[] | undefined): Choice[] => (list ?? []).map((one) => ({ value: one.id, label: one.name }));
  switch (asking) {
    case 'macro': return pick(t('macros.choose'), named(macros.value), on_macro);
    case 'assignee': return pick(t('verb.assign'), [...(now?.assignees ?? []).map((one) => ({ value: one.id, label: one.name, ...(one.id === agent.value?.id ? { hint: t('agents.you') } : {}) })), { value: '', label: t('verb.nobody') }], (assignee) => on_action({ does: 'assign', assignee }));
    case 'team': return pick(t('verb.team'), [...named(now?.teams.filter((one) => !one.retired)), { value: '', label: t('verb.no_team') }], (team) => on_action({ does: 'give_to_team', team }));
    case 'priority': return pick(t('verb.priority'), priorities.map((one) => ({ value: one, label: t(`priority.${one}`) })), (one) => on_action({ does: 'set_priority', priority: priorities.find((name) => name === one)! }));
    case 'state': {
      const states = ['open', 'pending', 'resolved', ...(may('conversations.manage') ? (['spam'] as const) : [])] as const;
      return pick(t('inbox.state'), states.map((one) => ({ value: one, label: state_name(one) })), (one) => on_action({ does: 'set_state', state: states.find((name) => name === one)! }));
    }
    default: {
      const labels = (now?.labels ?? []).map((one) => ({ value: one.id, label: one.name, colour: one.colour }));
      return pick(t(asking === 'label' ? 'does.add_label' : 'does.remove_label'), labels, (label) => on_action({ does: asking === 'label' ? 'add_label' : 'remove_label', label }));
    }
  }
}
