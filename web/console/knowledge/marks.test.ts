// What the editor's buttons and keys do to Markdown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applied, blocked, entered, headed, indented, lined, linked, shifted, wrapped, type Edit, type Selected } from './marks';

// "a [b] c": the brackets ‹ › stand where the selection begins and ends.
function selected(marked: string): Selected {
  const start = marked.indexOf('‹');
  const text = marked.replace('‹', '');
  const end = text.indexOf('›');
  return { text: text.replace('›', ''), start, end };
}
function shown({ text }: Selected, edit: Edit): string {
  const after = applied(text, edit);
  return `${after.slice(0, edit.start)}‹${after.slice(edit.start, edit.end)}›${after.slice(edit.end)}`;
}
const does = (marked: string, verb: (one: Selected) => Edit | undefined): string | undefined => {
  const one = selected(marked);
  const edit = verb(one);
  return edit && shown(one, edit);
};

test('bold is put around the words and taken away again', () => {
  assert.equal(does('a ‹word› b', (one) => wrapped(one, '**')), 'a **‹word›** b');
  assert.equal(does('a **‹word›** b', (one) => wrapped(one, '**')), 'a ‹word› b');
  assert.equal(does('a ‹**word**› b', (one) => wrapped(one, '**')), 'a ‹word› b');
  assert.equal(does('a ‹word › b', (one) => wrapped(one, '**')), 'a **‹word›**  b');
  assert.equal(does('a‹›', (one) => wrapped(one, '**')), 'a**‹›**');
  assert.equal(does('a **word‹›** b', (one) => wrapped(one, '**')), 'a **word**‹› b');
});
test('italic inside of bold does not take the bold away', () => {
  assert.equal(does('**‹word›**', (one) => wrapped(one, '*')), '***‹word›***');
  assert.equal(does('***‹word›***', (one) => wrapped(one, '*')), '**‹word›**');
});
test('lines become items and plain lines again', () => {
  assert.equal(does('‹one\ntwo›', (one) => lined(one, 'bullets')), '‹- one\n- two›');
  assert.equal(does('‹- one\n- two›', (one) => lined(one, 'bullets')), '‹one\ntwo›');
  assert.equal(does('‹- one\n- two›', (one) => lined(one, 'numbers')), '‹1. one\n2. two›');
  assert.equal(does('‹1. one\n\n2. two›', (one) => lined(one, 'tasks')), '‹- [ ] one\n\n- [ ] two›');
  assert.equal(does('a\n‹b›\nc', (one) => lined(one, 'quote')), 'a\n‹> b›\nc');
  assert.equal(does('on‹›e', (one) => lined(one, 'bullets')), '- on‹›e');
});
test('headings change their level and end', () => {
  assert.equal(does('Tit‹›le', (one) => headed(one, 2)), '## Tit‹›le');
  assert.equal(does('## Tit‹›le', (one) => headed(one, 3)), '### Tit‹›le');
  assert.equal(does('### Tit‹›le', (one) => headed(one, 0)), 'Tit‹›le');
});
test('enter goes on with a list, and ends it in an empty item', () => {
  assert.equal(does('- one‹›', entered), '- one\n- ‹›');
  assert.equal(does('  9. nine‹›', entered), '  9. nine\n  10. ‹›');
  assert.equal(does('- [x] done‹›', entered), '- [x] done\n- [ ] ‹›');
  assert.equal(does('- one\n- ‹›', entered), '- one\n‹›');
  assert.equal(does('> said‹›', entered), '> said\n> ‹›');
  assert.equal(does('plain‹›', entered), undefined);
});
test('a link takes what is selected as its words, and no address breaks out of it', () => {
  assert.equal(does('see ‹here›', (one) => linked(one, 'article:kar_1', 'Prices')), 'see [here](article:kar_1)‹›');
  assert.equal(does('see ‹›', (one) => linked(one, 'article:kar_1', 'A [b]')), 'see [A \\[b\\]](article:kar_1)‹›');
  assert.equal(does('see ‹›', (one) => linked(one, 'https://a.example/x y')), 'see [‹›](<https://a.example/x y>)');
});
test('a block has an empty line around it', () => {
  assert.equal(does('one‹›\ntwo', (one) => blocked(one, '---')), 'one\n\n---‹›\n\ntwo');
  assert.equal(does('‹›', (one) => blocked(one, '> [!NOTE]\n> x', [12, 13])), '> [!NOTE]\n> ‹x›\n');
});
test('lines are indented and back', () => {
  assert.equal(does('‹a\nb›', (one) => indented(one, false)), '‹  a\n  b›');
  assert.equal(does('  a‹›', (one) => indented(one, true)), 'a‹›');
});
test('a place stays with its neighbours while others write', () => {
  assert.equal(shifted(5, 'hello world', 'say hello world'), 9);
  assert.equal(shifted(5, 'hello world', 'hello big world'), 5);
  assert.equal(shifted(11, 'hello world', 'hello'), 5);
  assert.equal(shifted(3, 'abcdef', 'aXf'), 2);
});
