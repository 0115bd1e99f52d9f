// What differs between two texts: in one column or in two, additions and removals with a sign and a word, not by colour alone.
import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { ComparedLine, Comparison as Compared } from '../../sdk/knowledge';
import type { Locale } from '../../ui/locales';
import { locale, t } from '../../ui/text';
import { format_number } from '../../ui/format';
import { recall, remember } from '../remembered';
import { useNarrow } from '../shell/width';

type View = 'inline' | 'beside';
const context = 3;  // equal lines around a change

interface Gap {
  hidden: number;
  from: number;
}
type Shown = { line: ComparedLine } | Gap;

// Long stretches that are the same are folded.
function folded(lines: ComparedLine[], open: Set<number>): Shown[] {
  const near = new Set<number>();
  lines.forEach((one, index) => {
    if (one.kind !== 'same') for (let at = index - context; at <= index + context; at += 1) near.add(at);
  });
  const shown: Shown[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (near.has(at)) shown.push({ line: lines[at]! });
    else {
      const from = at;
      while (at + 1 < lines.length && !near.has(at + 1)) at += 1;
      if (open.has(from) || at - from < 2) for (let i = from; i <= at; i += 1) shown.push({ line: lines[i]! });
      else shown.push({ hidden: at - from + 1, from });
    }
  }
  return shown;
}

export function ComparedTexts({ compared, language, before, after }: { compared: Compared; language: Locale; before: string; after: string }) {
  const narrow = useNarrow();
  const [wanted, want] = useState<View>(() => recall<View>('comparison', 'browser') ?? 'beside');
  const [open, set_open] = useState(new Set<number>());
  const view = narrow ? 'inline' : wanted;
  const turn = (next: View) => {
    want(next);
    remember('comparison', next, 'browser');
  };
  const changed = compared.lines.some((one) => one.kind !== 'same');
  if (!changed) return <p class="muted">{t('compare.same')}</p>;
  const rows = folded(compared.lines, open);
  const gap = (one: Gap) => (
    <button type="button" class="link small" onClick={() => set_open(new Set([...open, one.from]))}>{t('compare.hidden', { count: one.hidden })}</button>
  );
  return (
    <div class="stack tight">
      <div class="row apart">
        <p class="small"><span class="diff-count">{t('compare.added', { count: compared.added })}</span> · <span class="diff-count">{t('compare.removed', { count: compared.removed })}</span></p>
        {!narrow && (
          <div class="row chips" role="group" aria-label={t('compare.view')}>
            {(['beside', 'inline'] as const).map((one) => <button key={one} type="button" class="chip" aria-pressed={view === one} onClick={() => turn(one)}>{t(`compare.${one}`)}</button>)}
          </div>
        )}
      </div>
      {compared.truncated && <p class="small muted">{t('compare.truncated')}</p>}
      <div class="compared" data-view={view} role="group" tabIndex={0} aria-label={t('compare.title')}>
        <table>
          <colgroup>{view === 'beside' ? <><col class="compared-number" /><col /><col class="compared-number" /><col /></> : <><col class="compared-number" /><col class="compared-number" /><col /></>}</colgroup>
          <thead>
            <tr>{view === 'beside' ? <><th scope="col" colSpan={2}>{before}</th><th scope="col" colSpan={2}>{after}</th></> : <><th scope="col" colSpan={2}>{t('compare.lines')}</th><th scope="col">{t('compare.text')}</th></>}</tr>
          </thead>
          <tbody lang={language}>
            {rows.map((one, index) => ('hidden' in one ? <tr key={index} class="compared-gap"><td colSpan={view === 'beside' ? 4 : 3}>{gap(one)}</td></tr> : view === 'beside' ? <Beside key={index} line={one.line} /> : <Inline key={index} line={one.line} />))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const number = (value: number | undefined): string => (value ? format_number(value, locale.value) : '');

// The words of one side; what is not on the other side is marked and named.
function side(line: ComparedLine, drop: 'added' | 'removed'): ComponentChildren {
  const own = drop === 'added' ? 'removed' : 'added';
  if (line.kind === drop) return null;
  return line.pieces.filter((one) => one.kind !== drop).map((one, index) => (one.kind === own && line.kind === 'changed' ? <Piece key={index} kind={own} text={one.text} /> : <span key={index}>{one.text}</span>));
}

function Piece({ kind, text }: { kind: 'added' | 'removed'; text: string }) {
  const Tag = kind === 'added' ? 'ins' : 'del';
  return <Tag><span class="away">{t(kind === 'added' ? 'compare.begins_added' : 'compare.begins_removed')} </span>{text}<span class="away"> {t('compare.ends')}</span></Tag>;
}

function Cell({ kind, children }: { kind: 'added' | 'removed' | 'same'; children: ComponentChildren }) {
  return (
    <td class={`compared-text compared-${kind}`} dir="auto">
      {kind !== 'same' && <><span class="compared-sign" aria-hidden="true">{kind === 'added' ? '+' : '−'}</span><span class="away">{t(kind === 'added' ? 'compare.line_added' : 'compare.line_removed')} </span></>}
      {children}
    </td>
  );
}

function Beside({ line }: { line: ComparedLine }) {
  const [left, right] = [side(line, 'added'), side(line, 'removed')];
  return (
    <tr>
      <td class="compared-number">{number(line.before)}</td>
      {left === null ? <td class="compared-none" /> : <Cell kind={line.kind === 'same' ? 'same' : 'removed'}>{left}</Cell>}
      <td class="compared-number">{number(line.after)}</td>
      {right === null ? <td class="compared-none" /> : <Cell kind={line.kind === 'same' ? 'same' : 'added'}>{right}</Cell>}
    </tr>
  );
}

function Inline({ line }: { line: ComparedLine }) {
  const row = (kind: 'added' | 'removed' | 'same', words: ComponentChildren, before: number | undefined, after: number | undefined) => (
    <tr>
      <td class="compared-number">{number(before)}</td>
      <td class="compared-number">{number(after)}</td>
      <Cell kind={kind}>{words}</Cell>
    </tr>
  );
  if (line.kind === 'same') return row('same', side(line, 'added'), line.before, line.after);
  return (
    <>
      {line.kind !== 'added' && row('removed', side(line, 'added'), line.before, undefined)}
      {line.kind !== 'removed' && row('added', side(line, 'removed'), undefined, line.after)}
    </>
  );
}
