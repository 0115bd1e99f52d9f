// Where a message is written: rich text with a small toolbar, or plain. Both say what was written as text, too.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';
import Bold from 'icon:bold';
import Italic from 'icon:italic';
import List from 'icon:list';
import ListOrdered from 'icon:list-ordered';
import Quote from 'icon:quote';
import type { Key } from '../../ui/text';
import type { Icon } from '../../ui/icon';
import { t } from '../../ui/text';
import { clean_html } from './clean';

interface EditorProps {
  id: string;
  label: string;
  rich: boolean;
  text: string;
  html: string;
  epoch: number;  // words came from elsewhere: show them
  invalid?: boolean;
  on_change: (part: { text: string; html: string }) => void;
  on_send: () => void;
  on_before?: (before: string) => void;  // what stands before the caret on its line, while one types
  first?: RefObject<(event: KeyboardEvent) => boolean>;  // whoever takes keys before the editor does
}

// Where the caret was when the focus went elsewhere.
const left = new WeakMap<Element, Range>();

function before_caret(element: HTMLElement): string {
  if (element instanceof HTMLTextAreaElement) return element.value.slice(0, element.selectionStart);
  const selection = getSelection();
  const node = selection?.anchorNode;
  return node instanceof Text && element.contains(node) ? node.data.slice(0, selection!.anchorOffset) : '';
}

// Puts words where the caret is, in place of the `back` letters before it.
export function insert_words(id: string, text: string, back: number): void {
  const element = document.getElementById(id);
  if (element instanceof HTMLTextAreaElement) {
    element.focus();
    element.setRangeText(text, element.selectionStart - back, element.selectionEnd, 'end');
    element.dispatchEvent(new Event('input', { bubbles: true }));
  } else if (element) {
    const range = left.get(element);
    const had_focus = document.activeElement === element;
    element.focus();
    const selection = getSelection()!;
    if (!had_focus && range && element.contains(range.startContainer)) {
      selection.removeAllRanges();
      selection.addRange(range);
    } else if (!had_focus) {
      selection.selectAllChildren(element);
      selection.collapseToEnd();
    }
    for (let i = 0; i < back; ++i) selection.modify('extend', 'backward', 'character');
    document.execCommand('insertText', false, text);
  }
}

const verbs: [command: string, name: Key, icon: Icon, value?: string][] = [
  ['bold', 'editor.bold', Bold],
  ['italic', 'editor.italic', Italic],
  ['insertUnorderedList', 'editor.list', List],
  ['insertOrderedList', 'editor.numbers', ListOrdered],
  ['formatBlock', 'editor.quote', Quote, 'blockquote'],
];

export function Editor(props: EditorProps) {
  const on_key = (event: KeyboardEvent) => {
    if (props.first?.current?.(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    props.on_send();
  };
  return props.rich ? <Rich {...props} on_key={on_key} /> : (
    <textarea id={props.id} class="input editor-plain" dir="auto" aria-label={props.label} aria-invalid={props.invalid ? 'true' : undefined} rows={6} value={props.text} onKeyDown={on_key} onInput={(event) => { props.on_change({ text: event.currentTarget.value, html: '' }); props.on_before?.(before_caret(event.currentTarget)); }} />
  );
}

function Rich({ id, label, html, text, epoch, invalid, on_change, on_before, on_key }: EditorProps & { on_key: (event: KeyboardEvent) => void }) {
  const sheet = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // The browser's own commands make elements, not styles: the policy allows no inline styles.
    document.execCommand('styleWithCSS', false, 'false');
    if (sheet.current) sheet.current.innerHTML = clean_html(html);
  }, [epoch]);
  const say = () => sheet.current && on_change({ text: sheet.current.innerText, html: sheet.current.innerHTML });
  const run = (command: string, value?: string) => {
    sheet.current?.focus();
    document.execCommand(command, false, value);
    say();
  };
  const paste = (event: ClipboardEvent) => {
    const given = event.clipboardData;
    if (!given || given.files.length) return;  // files go to the composer
    event.preventDefault();
    const rich = given.getData('text/html');
    if (rich) document.execCommand('insertHTML', false, clean_html(rich));
    else document.execCommand('insertText', false, given.getData('text/plain'));
    say();
  };
  return (
    <div class="editor-rich">
      <div class="row editor-tools" role="toolbar" aria-label={t('editor.tools')}>
        {verbs.map(([command, name, Picture, value]) => (
          <button key={command} type="button" class="button small plain icon-only" aria-label={t(name)} title={t(name)} onMouseDown={(event) => event.preventDefault()} onClick={() => run(command, value)}>
            <Picture size={16} />
          </button>
        ))}
      </div>
      <div ref={sheet} id={id} class="input editor-sheet" role="textbox" aria-multiline="true" aria-label={label} aria-invalid={invalid ? 'true' : undefined} contentEditable dir="auto" data-empty={!text.trim()} onInput={(event) => { say(); on_before?.(before_caret(event.currentTarget)); }} onBlur={(event) => { const selection = getSelection(); if (selection?.rangeCount && event.currentTarget.contains(selection.anchorNode)) left.set(event.currentTarget, selection.getRangeAt(0).cloneRange()); }} onPaste={paste} onKeyDown={on_key} />
    </div>
  );
}
