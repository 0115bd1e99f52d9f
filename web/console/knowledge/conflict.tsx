// Two authors at once: both texts, place by place. What both changed stands twice until somebody chooses; what is not taken is set aside, not lost.
import { useMemo, useState } from 'preact/hooks';
import { t, type Key } from '../../ui/text';
import { Moment } from '../../ui/time';
import { Note } from '../shell/note';
import { person } from './basics';
import { composed, merged, usual, type Choice, type Chunk } from './merge';
import type { Conflict, Words, Writing } from './writing';

const parts: [name: 'title' | 'summary' | 'body', label: Key][] = [['title', 'knowledge.title'], ['summary', 'knowledge.summary'], ['body', 'knowledge.text']];
const choices: Choice[] = ['mine', 'theirs', 'both'];

export function ConflictPanel({ writing, conflict }: { writing: Writing; conflict: Conflict }) {
  const { base, mine, theirs } = conflict;
  const chunks = useMemo(() => Object.fromEntries(parts.map(([name]) => [name, merged(base[name], mine[name], theirs[name])])) as Record<'title' | 'summary' | 'body', Chunk[]>, [conflict]);
  const [chosen, choose] = useState<Record<string, Record<number, Choice>>>({});
  const [busy, set_busy] = useState(false);
  const everything = (choice: Choice) => choose(Object.fromEntries(parts.map(([name]) => [name, Object.fromEntries(chunks[name].map((_, index) => [index, choice]))])));
  // Of a title and a summary there is one line: both would be no title.
  const usual_of = (name: string, chunk: Chunk): Choice => (name === 'body' || usual(chunk) !== 'both' ? usual(chunk) : 'mine');
  const result = (): Words => {
    const text = (name: 'title' | 'summary' | 'body') => composed(chunks[name], Object.fromEntries(chunks[name].map((chunk, index) => [index, chosen[name]?.[index] ?? usual_of(name, chunk)])));
    return { title: text('title').replace(/\n/g, ' '), summary: text('summary').replace(/\n/g, ' '), body: text('body'), slug: mine.slug !== base.slug ? mine.slug : (theirs.slug ?? '') };
  };
  const decide = async () => {
    set_busy(true);
    await writing.decide(result());
    set_busy(false);
  };
  return (
    <section class="stack conflict" aria-label={t('conflict.title')}>
      <Note tone="breach">
        <p><strong>{t('conflict.title')}</strong></p>
        <p><bdi>{person(theirs.changed_by)}</bdi>, <Moment at={theirs.changed_at} />. {t('conflict.text')}</p>
        <div class="row">
          <button type="button" class="button small" onClick={() => everything('mine')}>{t('conflict.all_mine')}</button>
          <button type="button" class="button small" onClick={() => everything('theirs')}>{t('conflict.all_theirs')}</button>
          <button type="button" class="button small" onClick={() => choose({})}>{t('conflict.together')}</button>
        </div>
      </Note>
      {parts.map(([name, label]) => chunks[name].some((one) => one.kind !== 'same') && (
        <div key={name} class="stack tight">
          <h2>{t(label)}</h2>
          {chunks[name].map((chunk, index) => (chunk.kind === 'same' ? <Same key={index} lines={chunk.mine} /> : (
            <Place key={index} id={`${name}-${index}`} chunk={chunk} single={name !== 'body'} choice={chosen[name]?.[index] ?? usual_of(name, chunk)} on_choose={(choice) => choose({ ...chosen, [name]: { ...chosen[name], [index]: choice } })} />
          )))}
        </div>
      ))}
      <div class="row end">
        <button type="button" class="button primary" disabled={busy} onClick={() => void decide()}>{t('conflict.save')}</button>
      </div>
    </section>
  );
}

function Same({ lines }: { lines: string[] }) {
  if (!lines.join('').trim()) return null;
  return lines.length > 4 ? <p class="small muted">{t('compare.hidden', { count: lines.length })}</p> : <pre class="conflict-same" dir="auto">{lines.join('\n')}</pre>;
}

function Place({ id, chunk, single, choice, on_choose }: { id: string; chunk: Chunk; single: boolean; choice: Choice; on_choose: (choice: Choice) => void }) {
  const text = (lines: string[]) => (lines.length ? <pre dir="auto">{lines.join('\n')}</pre> : <p class="small muted">{t('conflict.nothing')}</p>);
  return (
    <fieldset class="conflict-place">
      <legend class="away">{t(chunk.kind === 'both' ? 'conflict.both_changed' : chunk.kind === 'mine' ? 'conflict.mine_changed' : 'conflict.theirs_changed')}</legend>
      <p class="small muted" aria-hidden="true">{t(chunk.kind === 'both' ? 'conflict.both_changed' : chunk.kind === 'mine' ? 'conflict.mine_changed' : 'conflict.theirs_changed')}</p>
      <div class="conflict-sides">
        <div data-taken={choice !== 'theirs'}><span class="small">{t('conflict.mine')}</span>{text(chunk.mine)}</div>
        <div data-taken={choice !== 'mine'}><span class="small">{t('conflict.theirs')}</span>{text(chunk.theirs)}</div>
      </div>
      <div class="row">
        {choices.filter((one) => one !== 'both' || !single).map((one) => (
          <label key={one} class="row small">
            <input type="radio" name={id} checked={choice === one} onChange={() => on_choose(one)} /> {t(`conflict.take_${one}`)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
