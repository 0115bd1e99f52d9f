// Where a text is written: Markdown with a toolbar and keys. Every change goes through the browser's own undo; pictures that are pasted or dropped are
// uploaded and come where they were dropped, wherever the author writes meanwhile.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import Bold from 'icon:bold';
import Close from 'icon:x';
import Code from 'icon:code';
import Heading from 'icon:heading';
import ImageIcon from 'icon:image';
import Italic from 'icon:italic';
import LinkIcon from 'icon:link';
import List from 'icon:list';
import ListChecks from 'icon:list-checks';
import ListOrdered from 'icon:list-ordered';
import Megaphone from 'icon:megaphone';
import Minus from 'icon:minus';
import Quote from 'icon:quote';
import Strike from 'icon:strikethrough';
import TableIcon from 'icon:table';
import Alert from 'icon:circle-alert';
import { Problem, upload } from '../../sdk/client';
import type { KnowledgeFile, TextFinding } from '../../sdk/knowledge';
import type { Icon } from '../../ui/icon';
import type { Locale } from '../../ui/locales';
import { is_key, t, type Key } from '../../ui/text';
import { rule_words, words_for } from '../problems';
import * as api from './api';
import { blocked, entered, headed, indented, lined, linked, shifted, wrapped, type Edit, type Selected } from './marks';

interface SourceProps {
  id: string;
  label: string;
  value: string;
  locale: Locale;
  error?: string | undefined;
  findings: TextFinding[];
  on_change: (text: string) => void;
  on_link: (insert: (address: string, title?: string) => void, chosen: string) => void;
  area: RefObject<HTMLTextAreaElement>;
}
type Verb = (selected: Selected) => Edit | undefined;
interface Tool {
  name: Key;
  icon: Icon;
  verb: Verb;
  keys?: [key: string, shift: boolean];
}

const callouts = ['NOTE', 'TIP', 'IMPORTANT', 'WARNING', 'CAUTION'] as const;
const tools: Tool[] = [
  { name: 'editor.bold', icon: Bold, verb: (one) => wrapped(one, '**'), keys: ['b', false] },
  { name: 'editor.italic', icon: Italic, verb: (one) => wrapped(one, '*'), keys: ['i', false] },
  { name: 'marks.strike', icon: Strike, verb: (one) => wrapped(one, '~~'), keys: ['x', true] },
  { name: 'marks.code', icon: Code, verb: (one) => (one.text.slice(one.start, one.end).includes('\n') ? blocked(one, `\`\`\`\n${one.text.slice(one.start, one.end)}\n\`\`\``) : wrapped(one, '`')), keys: ['e', false] },
  { name: 'editor.list', icon: List, verb: (one) => lined(one, 'bullets'), keys: ['8', true] },
  { name: 'editor.numbers', icon: ListOrdered, verb: (one) => lined(one, 'numbers'), keys: ['7', true] },
  { name: 'marks.tasks', icon: ListChecks, verb: (one) => lined(one, 'tasks') },
  { name: 'editor.quote', icon: Quote, verb: (one) => lined(one, 'quote'), keys: ['9', true] },
  { name: 'marks.rule', icon: Minus, verb: (one) => blocked({ ...one, start: one.end }, '---') },
];

// What stands there is replaced as if it were typed: the browser can undo it.
export function apply_edit(area: HTMLTextAreaElement, edit: Edit): void {
  area.focus();
  area.setSelectionRange(edit.from, edit.to);
  const done = edit.insert ? document.execCommand('insertText', false, edit.insert) : edit.from === edit.to || document.execCommand('delete');
  if (!done) {
    area.setRangeText(edit.insert, edit.from, edit.to, 'end');
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }
  area.setSelectionRange(edit.start, edit.end);
}
const selected_in = ({ value, selectionStart, selectionEnd }: HTMLTextAreaElement): Selected => ({ text: value, start: selectionStart, end: selectionEnd });

interface Running {
  id: number;
  name: string;
  share: number;
  at: number;  // where it comes
  error?: string;
  cancel: () => void;
}
let last = 0;

export function Source(props: SourceProps) {
  const { id, label, value, error, area, findings } = props;
  const [running, set_running] = useState<Running[]>([]);
  const uploads = useRef<Running[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const gone = useRef(false);
  const [over, set_over] = useState(false);
  useEffect(() => () => {
    gone.current = true;
  }, []);
  const show = (next: Running[]) => {
    uploads.current = next;
    if (!gone.current) set_running(next);
  };
  const set = (one: number, part: Partial<Running>) => show(uploads.current.map((other) => (other.id === one ? { ...other, ...part } : other)));
  const change = (text: string) => {
    if (uploads.current.length) uploads.current = uploads.current.map((one) => ({ ...one, at: shifted(one.at, value, text) }));
    props.on_change(text);
  };
  const run = (verb: Verb) => {
    const edit = area.current && verb(selected_in(area.current));
    if (edit && area.current) apply_edit(area.current, edit);
  };
  const attach = (files: Iterable<File> | null | undefined) => {
    for (const file of files ?? []) {
      const one = ++last;
      const going = upload<KnowledgeFile>(api.upload_path(file.name || 'image.png'), file, (share) => set(one, { share }));
      show([...uploads.current, { id: one, name: file.name, share: 0, at: area.current?.selectionEnd ?? value.length, cancel: going.cancel }]);
      going.done.then(
        (done) => {
          const at = uploads.current.find((other) => other.id === one)?.at ?? 0;
          show(uploads.current.filter((other) => other.id !== one));
          const sheet = area.current;
          if (gone.current || !sheet) return;
          // Whoever types elsewhere goes on typing there.
          const [start, end, had] = [sheet.selectionStart, sheet.selectionEnd, document.activeElement === sheet];
          const text = sheet.value;
          apply_edit(sheet, { from: at, to: at, insert: done.markdown, start: at + done.markdown.length, end: at + done.markdown.length });
          if (had && start !== at) sheet.setSelectionRange(shifted(start, text, sheet.value), shifted(end, text, sheet.value));
        },
        (failure: unknown) => {
          if (failure instanceof Problem && failure.code === 'cancelled') show(uploads.current.filter((other) => other.id !== one));
          else set(one, { error: failure instanceof Problem && failure.fields[0] ? rule_words(failure.fields[0]).text : words_for(failure) });
        },
      );
    }
  };
  const ask_link = () => {
    const sheet = area.current;
    if (!sheet) return;
    const was = selected_in(sheet);
    props.on_link((address, title) => apply_edit(sheet, linked({ ...was, text: sheet.value }, address, title)), was.text.slice(was.start, was.end));
  };
  const on_key = (event: KeyboardEvent) => {
    // What a person composes with an input method is theirs until it is there.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const edit = area.current && entered(selected_in(area.current));
      if (!edit) return;
      event.preventDefault();
      return apply_edit(area.current!, edit);
    }
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.shiftKey && event.code === 'KeyL') {
      event.preventDefault();
      return ask_link();
    }
    if (event.key === ']' || event.key === '[') {
      event.preventDefault();
      return run((one) => indented(one, event.key === '['));
    }
    const tool = tools.find(({ keys }) => keys && keys[1] === event.shiftKey && (keys[0] === event.key.toLowerCase() || event.code === `Digit${keys[0]}`));
    if (!tool) return;
    event.preventDefault();
    run(tool.verb);
  };
  const on_paste = (event: ClipboardEvent) => {
    const given = event.clipboardData;
    if (given?.files.length) {
      event.preventDefault();
      return attach(given.files);
    }
    const text = given?.getData('text/plain').trim() ?? '';
    const sheet = area.current;
    if (!sheet || sheet.selectionStart === sheet.selectionEnd || !/^https?:\/\/\S+$/.test(text)) return;
    event.preventDefault();
    apply_edit(sheet, linked(selected_in(sheet), text));
  };
  const on_drop = (event: DragEvent) => {
    set_over(false);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    attach(event.dataTransfer.files);
  };
  const lead = (line: number) => {
    const lines = value.split('\n');
    const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.current?.focus();
    area.current?.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  };
  return (
    <div class="field source">
      <label for={id}>{label}</label>
      <div class="source-frame" data-over={over} data-wrong={error !== undefined}>
        <Toolbar run={run} on_link={ask_link} on_image={() => input.current?.click()} />
        <Area {...props} on_change={change} on_key={on_key} on_paste={on_paste} on_drop={on_drop} on_over={set_over} />
      </div>
      <input ref={input} type="file" multiple hidden aria-label={t('marks.image')} onChange={(event) => { attach([...(event.currentTarget.files ?? [])]); event.currentTarget.value = ''; }} />
      {error && <div class="wrong" id={`${id}-wrong`}><Alert size={14} /><span>{error}</span></div>}
      {running.length > 0 && (
        <ul class="composer-files">
          {running.map((one) => (
            <li key={one.id} class="file">
              <ImageIcon size={16} />
              <span class="grow">
                <span class="one-line block"><bdi>{one.name}</bdi></span>
                {one.error ? <span class="small tone-breach" role="alert">{one.error}</span> : <progress max={1} value={one.share} aria-label={t('files.uploading', { name: one.name })} />}
              </span>
              <button type="button" class="button small plain icon-only" aria-label={t(one.error ? 'files.remove' : 'files.cancel', { name: one.name })} onClick={() => (one.error ? show(uploads.current.filter((other) => other.id !== one.id)) : one.cancel())}>
                <Close size={16} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {findings.length > 0 && (
        <ul class="wrong-lines" aria-label={t('knowledge.findings')}>
          {findings.map((one, index) => (
            <li key={index} class="finding">
              <Alert size={14} />
              {one.line ? <button type="button" class="link" onClick={() => lead(one.line!)}>{t('code.line', { line: one.line })} {finding_words(one)}</button> : <span>{finding_words(one)}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function finding_words({ rule, text }: TextFinding): string {
  const key = `finding.${rule}`;
  return is_key(key) ? t(key, { address: text }) : text;
}

interface AreaProps extends SourceProps {
  on_key: (event: KeyboardEvent) => void;
  on_paste: (event: ClipboardEvent) => void;
  on_drop: (event: DragEvent) => void;
  on_over: (is: boolean) => void;
}

// Its value is the browser's own while one types in it: it is set only when the words come from elsewhere.
function Area({ id, value, locale, error, area, on_change, on_key, on_paste, on_drop, on_over }: AreaProps) {
  useLayoutEffect(() => {
    const sheet = area.current;
    if (!sheet || sheet.value === value) return;
    const [start, end, before] = [sheet.selectionStart, sheet.selectionEnd, sheet.value];
    sheet.value = value;
    if (document.activeElement === sheet) sheet.setSelectionRange(shifted(start, before, value), shifted(end, before, value));
  }, [value]);
  return (
    <textarea
      ref={area}
      id={id}
      class="source-text"
      lang={locale}
      dir="auto"
      spellcheck
      aria-invalid={error ? 'true' : undefined}
      aria-describedby={error ? `${id}-wrong` : undefined}
      onInput={(event) => on_change(event.currentTarget.value)}
      onKeyDown={on_key}
      onPaste={on_paste}
      onDragOver={(event) => { if (event.dataTransfer?.types.includes('Files')) { event.preventDefault(); on_over(true); } }}
      onDragLeave={() => on_over(false)}
      onDrop={on_drop}
    />
  );
}

// One stop of the Tab key; arrows go along.
function Toolbar({ run, on_link, on_image }: { run: (verb: Verb) => void; on_link: () => void; on_image: () => void }) {
  const bar = useRef<HTMLDivElement>(null);
  const on_key = (event: KeyboardEvent) => {
    const forward = getComputedStyle(event.currentTarget as Element).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const step = event.key === forward ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowRight' ? -1 : 0;
    const all = [...(bar.current?.querySelectorAll<HTMLElement>('button, select') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (!step || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = all[(at + step + all.length) % all.length]!;
    all.forEach((one) => (one.tabIndex = one === next ? 0 : -1));
    next.focus();
  };
  const keep = (event: MouseEvent) => event.preventDefault();  // the selection stays
  const button = (name: Key, Picture: Icon, on_click: () => void, keys = '', stop = -1) => (
    <button key={name} type="button" class="button small plain icon-only" tabIndex={stop} aria-label={t(name)} title={keys ? `${t(name)} (${keys})` : t(name)} onMouseDown={keep} onClick={on_click}>
      <Picture size={16} />
    </button>
  );
  const menu = (name: Key, Picture: Icon, options: [value: string, label: string][], take: (value: string) => void) => (
    <span class="tool-menu" title={t(name)}>
      <Picture size={16} />
      <select tabIndex={-1} aria-label={t(name)} value="" onChange={(event) => { const { value } = event.currentTarget; event.currentTarget.value = ''; take(value); }}>
        <option value="">–</option>
        {options.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </select>
    </span>
  );
  return (
    <div ref={bar} class="source-tools" role="toolbar" aria-label={t('editor.tools')} onKeyDown={on_key}>
      {tools.slice(0, 4).map((one, index) => button(one.name, one.icon, () => run(one.verb), keys_of(one), index ? -1 : 0))}
      {menu('marks.heading', Heading, [['2', t('marks.heading_2')], ['3', t('marks.heading_3')], ['4', t('marks.heading_4')], ['0', t('marks.paragraph')]], (level) => run((one) => headed(one, Number(level))))}
      {button('marks.link', LinkIcon, on_link, 'Ctrl Shift L')}
      {button('marks.image', ImageIcon, on_image)}
      {tools.slice(4).map((one) => button(one.name, one.icon, () => run(one.verb), keys_of(one)))}
      {button('marks.table', TableIcon, () => run((one) => blocked({ ...one, start: one.end }, table_text(), [2, 2 + t('marks.column').length])))}
      {menu('marks.callout', Megaphone, callouts.map((one) => [one, t(`callout.${one}`)]), (kind) => run((one) => {
        const words = one.text.slice(one.start, one.end) || t('marks.callout_text');
        const head = `> [!${kind}]\n> `;
        return blocked(one, head + words.replace(/\n/g, '\n> '), [head.length, head.length + words.length]);
      }))}
    </div>
  );
}

const keys_of = ({ keys }: Tool): string => (keys ? `Ctrl ${keys[1] ? 'Shift ' : ''}${keys[0].toUpperCase()}` : '');
const table_text = (): string => `| ${t('marks.column')} | ${t('marks.column')} |\n| --- | --- |\n|  |  |`;
