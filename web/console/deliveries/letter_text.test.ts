// The preview of an invitation says what the mail will say, in every language.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locale_names } from '../../ui/locales';
import { fill, invitation } from './letter_text';

test('every language has the invitation, with its subject and without tags left over', () => {
  for (const locale of locale_names) {
    const { subject, text } = invitation(locale, { organisation: 'Nordlicht', name: 'Ada', link: 'https://example.org/p/x', accept_until: 'Friday' });
    assert.match(subject, /Nordlicht/, locale);
    assert.match(text, /https:\/\/example\.org\/p\/x/, locale);
    assert.match(text, /Friday/, locale);
    for (const part of [subject, text]) assert.ok(!/\{\{|===|<p>/.test(part), `${locale}: ${part}`);
  }
});
test('what is not there leaves neither words nor an empty line', () => {
  assert.equal(fill('a\n{{#until}}\nuntil {{until}}\n{{/until}}\nb', {}), 'a\nb');
  assert.equal(fill('a\n{{#until}}\nuntil {{until}}\n{{/until}}\nb', { until: 'noon' }), 'a\nuntil noon\nb');
});
