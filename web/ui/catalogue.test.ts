// The catalogue is whole: same keys and places in every complete language, nothing unused, no text outside it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { locale_names, locales } from './locales';
import en from './messages/en';
import fa from './messages/fa';
import it from './messages/it';
import ja from './messages/ja';
import ko from './messages/ko';
import th from './messages/th';
import type { Message } from './text';

const web = process.env.WEB!;
const keys = Object.keys(en);
const catalogues: Record<string, Record<string, Message | undefined>> = { en, it, th, ja, ko, fa };
const complete = locale_names.filter((one) => locales[one].complete);

function sources(folder: string): string[] {
  return readdirSync(path.join(web, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return ['mock', 'messages'].includes(entry.name) ? [] : sources(name);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.test.ts') ? [name] : [];
  });
}
const trees = [...sources('ui'), ...sources('console')].map((file) => ts.createSourceFile(file, readFileSync(path.join(web, file), 'utf8'), ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS));

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

const forms = (message: Message | undefined): string => (typeof message === 'string' ? message : `${message?.one ?? ''}${message?.other ?? ''}`);
const places = (message: Message | undefined): string[] => [...new Set(forms(message).match(/\{\w+\}/g))].sort();

test('every complete language has every key, and no other', () => {
  for (const name of complete) assert.deepEqual(Object.keys(catalogues[name]!).sort(), [...keys].sort(), name);
});

test('translations keep the places for names and numbers', () => {
  for (const name of complete)
    for (const key of keys) {
      const wanted = places(en[key as keyof typeof en]).filter((place) => place !== '{count}');
      assert.deepEqual(places(catalogues[name]![key]).filter((place) => place !== '{count}'), wanted, `${name} ${key}`);
    }
});

// "One piece" may say the number in words; the form for every other number has to show it.
test('plural forms are those of the language, and show the number', () => {
  const last = (message: Message | undefined): Message | undefined => (typeof message === 'object' ? message.other : message);
  for (const name of complete) {
    const categories = new Intl.PluralRules(locales[name].tag).resolvedOptions().pluralCategories;
    for (const key of keys) {
      const message = catalogues[name]![key];
      const counted = places(last(en[key as keyof typeof en])).includes('{count}');
      assert.equal(places(last(message)).includes('{count}'), counted, `${name} ${key}`);
      if (typeof message === 'object' && message.one !== undefined) assert.ok(categories.includes('one'), `${name} ${key} has a form that the language does not know`);
    }
  }
});

test('no text is empty, and none is left in English', () => {
  // What is the same word there, or a name.
  const same = new Set(['brand', 'language.incomplete', 'group.console', 'sign_in.password', 'password.change', 'files.title', 'mail.no', 'value.no', 'verify.clause', 'palette.page', 'webhooks.title', 'webhooks.one', 'webhooks.took', 'templates.html', 'preview.as_html', 'bulk.file', 'compose.cc', 'cnv_state.spam']);
  for (const name of complete)
    for (const key of keys) {
      assert.ok(forms(catalogues[name]![key]).trim(), `${name} ${key}`);
      if (name !== 'en' && !same.has(key)) assert.notEqual(forms(catalogues[name]![key]), forms(en[key as keyof typeof en]), `${name} ${key}`);
    }
});

test('no key is unused', () => {
  const used = new Set<string>();
  const heads: string[] = [];
  for (const tree of trees)
    walk(tree, (node) => {
      if (ts.isStringLiteralLike(node)) used.add(node.text);
      if (ts.isTemplateExpression(node) && /^[a-z_]+\.[a-z_]*$/.test(node.head.text)) heads.push(node.head.text);
    });
  const unused = keys.filter((key) => !used.has(key) && !heads.some((head) => key.startsWith(head)));
  assert.deepEqual(unused, []);
});

// What the server says in codes: each of them stands in its source, and has words here.
test('every code of a wrong row, a DNS record and a stopped job has its words', () => {
  const source = (file: string) => readFileSync(path.join(web, '../src', file), 'utf8');
  const codes = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((found) => found[1]!))];
  const rules = codes(source('net/rule_codes.cpp'), /^    \{"(\w+)", "/gm);
  const records = codes(source('post/domain_check.cpp'), /"((?:spf|dkim|dmarc|bounce|mx|sts|tls_rpt|ptr|dns)_\w+)"/g).filter((code) => !['bounce_mx', 'bounce_alignment'].includes(code));
  const troubles = codes(source('notice/bulk_batch.cpp') + source('notice/bulk_jobs.cpp') + source('notice/bulk_job.cpp'), /"(mapping_unfit|kind_retired|bulk_damaged|bulk_erased|bulk_broken)"/g);
  assert.ok(rules.length > 90 && records.length > 25 && troubles.length === 5);
  for (const key of [...rules.map((code) => `rule.${code}`), ...records.map((code) => `dns.${code}`), ...troubles.map((code) => `trouble.${code}`)]) assert.ok(keys.includes(key), key);
});

test('every kind of mail that arrives has its words', () => {
  const page = readFileSync(path.join(web, '../docs/operators/bounces.md'), 'utf8');
  const kinds = [.../taken for \(([^)]*)\)/.exec(page)![1]!.matchAll(/`(\w+)`/g)].map((found) => found[1]!);
  assert.ok(kinds.length > 9 && kinds.includes('conversation'), kinds.join());
  for (const kind of kinds) assert.ok(keys.includes(`inbound.${kind}`), kind);
});

const spoken = new Set(['label', 'title', 'placeholder', 'aria-label', 'alt', 'hint', 'legend', 'text']);
const has_words = (text: string): boolean => /\p{L}{2,}/u.test(text);
// Examples of addresses, zones and rules, and names of standards are the same in every language.
const allowed = new Set(['name@example.org', 'SHA-256', 'Europe/Rome', 'FREQ=MONTHLY;BYDAY=-1FR']);

test('no text stands outside the catalogue', () => {
  const found: string[] = [];
  for (const tree of trees.filter((one) => one.fileName.endsWith('.tsx')))
    walk(tree, (node) => {
      const place = () => `${tree.fileName}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
      if (ts.isJsxText(node) && has_words(node.text)) found.push(`${place()} ${node.text.trim()}`);
      if (ts.isJsxAttribute(node) && spoken.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer) && has_words(node.initializer.text)) found.push(`${place()} ${node.initializer.text}`);
    });
  assert.deepEqual(found.filter((line) => ![...allowed].some((one) => line.includes(one))), []);
});

test('style sheets use logical properties only', () => {
  const physical = /(?<![\w-])((margin|padding|border)-(left|right|top|bottom)|(left|right|top|bottom)\s*:|(text-align|float)\s*:\s*(left|right)|(min-|max-)?(width|height)\s*:)/;
  const sheets = ['ui/tokens.css', 'ui/base.css', 'ui/components.css', 'console/pages.css', 'console/notices/notices.css', 'console/inbox/inbox.css', 'console/knowledge/knowledge.css', 'console/shell/shell.css', 'verify/verify.css'];
  for (const sheet of sheets)
    readFileSync(path.join(web, sheet), 'utf8').split('\n').forEach((line, index) => {
      const rules = line.replace(/@media[^{]*/g, '').replace(/\.command code \{[^}]*\}/, '');
      assert.ok(!physical.test(rules), `${sheet}:${index + 1} ${line.trim()}`);
    });
});
