// Markdown while it is written: what the toolbar, the keys and the Enter key do to a text with a selection. Pure functions: each says which letters go,
// which come in their place, and what is selected afterwards.
export interface Selected {
  text: string;
  start: number;
  end: number;
}
export interface Edit {
  from: number;
  to: number;
  insert: string;
  start: number;
  end: number;
}

const edit = (from: number, to: number, insert: string, start = from + insert.length, end = start): Edit => ({ from, to, insert, start, end });

export function applied(text: string, { from, to, insert }: Edit): string {
  return text.slice(0, from) + insert + text.slice(to);
}

// Bold, italic, struck, code: put around the selection, or taken away where it stands.
export function wrapped({ text, start, end }: Selected, mark: string): Edit {
  const chosen = text.slice(start, end);
  const before = chosen.length - chosen.trimStart().length;
  const [from, to] = chosen.trim() ? [start + before, end - (chosen.length - chosen.trimEnd().length)] : [end, end];
  const inner = text.slice(from, to);
  const outside = text.slice(from - mark.length, from) === mark && text.slice(to, to + mark.length) === mark;
  // One star inside of two is bold, not italic.
  const longer = mark.length === 1 && text.slice(from - 2, from) === mark + mark && text.slice(from - 3, from) !== mark.repeat(3);
  // At the end of what is marked already: out of it.
  if (from === to && !outside && text.slice(to, to + mark.length) === mark && !(mark === '*' && text.slice(to, to + 2) === '**')) return edit(to, to, '', to + mark.length);
  if (outside && !longer) return edit(from - mark.length, to + mark.length, inner, from - mark.length, to - mark.length);
  if (inner.length > 2 * mark.length && inner.startsWith(mark) && inner.endsWith(mark) && !(mark.length === 1 && inner.startsWith(mark + mark))) return edit(from, to, inner.slice(mark.length, -mark.length), from, to - 2 * mark.length);
  return edit(from, to, mark + inner + mark, from + mark.length, to + mark.length);
}

function line_range({ text, start, end }: Selected): [number, number] {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const last = end > start && text[end - 1] === '\n' ? end - 1 : end;
  const to = text.indexOf('\n', last);
  return [from, to < 0 ? text.length : to];
}

function each_line(selected: Selected, change: (line: string, index: number) => string): Edit {
  const [from, to] = line_range(selected);
  const old = selected.text.slice(from, to);
  const lines = old.split('\n').map(change);
  const insert = lines.join('\n');
  if (selected.start === selected.end) {
    const at = Math.max(from, selected.start + insert.length - old.length);
    return edit(from, to, insert, at, at);
  }
  return edit(from, to, insert, from, from + insert.length);
}

export type LineMark = 'bullets' | 'numbers' | 'tasks' | 'quote';
const item = /^(\s*)(?:[-*+] \[[ xX]\] |[-*+] |\d{1,9}[.)] )/;
const made: Record<LineMark, { has: RegExp; mark: (index: number) => string }> = {
  bullets: { has: /^\s*[-*+] (?!\[[ xX]\] )/, mark: () => '- ' },
  numbers: { has: /^\s*\d{1,9}[.)] /, mark: (index) => `${index + 1}. ` },
  tasks: { has: /^\s*[-*+] \[[ xX]\] /, mark: () => '- [ ] ' },
  quote: { has: /^\s*> ?/, mark: () => '> ' },
};

// Turns the lines into items, or back when all of them are such items already.
export function lined(selected: Selected, kind: LineMark): Edit {
  const [from, to] = line_range(selected);
  const { has, mark } = made[kind];
  const lines = selected.text.slice(from, to).split('\n');
  const off = lines.every((line) => !line.trim() || has.test(line)) && lines.some((line) => line.trim());
  let index = -1;
  return each_line(selected, (line) => {
    if (off) return kind === 'quote' ? line.replace(has, '') : line.replace(item, '$1');
    if (!line.trim() && lines.length > 1) return line;
    index += 1;
    if (kind === 'quote') return mark(index) + line;
    const indent = /^\s*/.exec(line)![0];
    return indent + mark(index) + line.replace(item, '$1').slice(indent.length);
  });
}

// Level 0: a paragraph again.
export function headed(selected: Selected, level: number): Edit {
  return each_line(selected, (line) => {
    const plain = line.replace(/^#{1,6}\s+/, '');
    return level ? `${'#'.repeat(level)} ${plain}` : plain;
  });
}

export function indented(selected: Selected, back: boolean): Edit {
  return each_line(selected, (line) => (back ? line.replace(/^ {1,2}/, '') : `  ${line}`));
}

const safe_address = (address: string): string => (/[\s()<>]/.test(address) ? `<${address.replace(/[<>\n]/g, '')}>` : address);
const safe_words = (words: string): string => words.replace(/([\\[\]])/g, '\\$1');

// A link over what is selected; with `title` where nothing is.
export function linked({ text, start, end }: Selected, address: string, title = ''): Edit {
  const words = text.slice(start, end) || safe_words(title);
  const insert = `[${words}](${safe_address(address)})`;
  return words ? edit(start, end, insert) : edit(start, end, insert, start + 1, start + 1);
}

// Something that stands by itself, with an empty line around it. `select`: which of its letters are selected afterwards.
export function blocked({ text, start, end }: Selected, block: string, select?: [number, number]): Edit {
  const before = text.slice(0, start);
  const after = text.slice(end);
  const lead = !before || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  const tail = !after ? '\n' : after.startsWith('\n\n') ? '' : after.startsWith('\n') ? '\n' : '\n\n';
  const insert = lead + block + tail;
  const at = start + lead.length;
  return select ? edit(start, end, insert, at + select[0], at + select[1]) : edit(start, end, insert, at + block.length);
}

// Enter in an item goes on with the next one; in an empty item it ends the list. Nothing: as everywhere.
export function entered({ text, start, end }: Selected): Edit | undefined {
  if (start !== end) return undefined;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const line = text.slice(from, start);
  const found = /^(\s*)(?:([-*+]) (\[[ xX]\] )?|(\d{1,9})([.)]) |(> ?))/.exec(line);
  if (!found) return undefined;
  const [head, space = '', bullet, task, number, sign, quote] = found;
  if (line === head) return edit(from, start, '');
  const next = bullet ? `${bullet} ${task ? '[ ] ' : ''}` : number ? `${Number(number) + 1}${sign} ` : quote!;
  return edit(start, start, `\n${space}${next}`);
}

// Where a place in a text is after it was changed elsewhere.
export function shifted(at: number, before: string, after: string): number {
  let same = 0;
  const most = Math.min(before.length, after.length);
  while (same < most && before[same] === after[same]) same += 1;
  if (at <= same) return at;
  let tail = 0;
  while (tail < most - same && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return at >= before.length - tail ? at + after.length - before.length : after.length - tail;
}
