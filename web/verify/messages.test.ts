// Six whole languages: the same keys (the compiler sees to the page's own), the same places, words that are not left in English.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locale_names } from '../ui/locales';
import { reasons, events } from './core/events';
import { catalogues, wanted_locale, words } from './text';

const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

test('every language keeps the places for names and numbers', () => {
  for (const name of locale_names) {
    for (const [key, text] of Object.entries(catalogues.en)) assert.deepEqual(places(catalogues[name][key as keyof typeof catalogues.en]), places(text), `${name} ${key}`);
    for (const [key, text] of Object.entries(words.en)) assert.deepEqual(places(words[name][key] ?? ''), places(text), `${name} ${key}`);
  }
});

test('the words shared with the certificate are whole in every language', () => {
  for (const name of locale_names) {
    assert.deepEqual(Object.keys(words[name]).sort(), Object.keys(words.en).sort(), name);
    for (const key of [...events.map(({ label }) => label), ...reasons]) assert.ok(words[name][key], `${name} ${key}`);
  }
});

test('no language but English is English', () => {
  for (const name of locale_names.filter((one) => one !== 'en')) {
    const same = Object.entries(catalogues.en).filter(([key, text]) => catalogues[name][key as keyof typeof catalogues.en] === text).map(([key]) => key);
    assert.deepEqual(same.filter((key) => key !== 'facts.file'), [], name);
  }
});

test('the language is the one asked for, remembered, or the browser’s', () => {
  assert.equal(wanted_locale('fa', 'en', ['it']), 'fa');
  assert.equal(wanted_locale('xx', 'ja', ['it']), 'ja');
  assert.equal(wanted_locale(null, null, ['de-DE', 'ko-KR']), 'ko');
  assert.equal(wanted_locale(null, null, []), 'en');
});
