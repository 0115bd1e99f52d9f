// Numbers in every script.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin_digits, plain_number } from './number';

test('decimal digits of every script are read', () => {
  const zeros = [0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6];
  for (const zero of zeros) for (let digit = 0; digit < 10; ++digit) assert.equal(latin_digits(String.fromCodePoint(zero + digit)), String(digit), `U+${(zero + digit).toString(16)}`);
  assert.equal(latin_digits('شماره ۱۲ و ٣٤ و ๕๖'), 'شماره 12 و 34 و 56');
});

test('numbers are read, and what is none is not taken for nought', () => {
  const whole: [string, string | undefined][] = [['۱۲', '12'], [' ٣٤ ', '34'], ['๕๖', '56'], ['−۷', '-7'], ['\u200e۱۲\u200f', '12'], ['۱٬۲۰۰', '1200'], ['', ''], ['  ', ''], ['abc', undefined], ['1e3', undefined], ['0x10', undefined], ['1,000', undefined], ['1.5', undefined], ['۱۲ روز', undefined], ['-', undefined]];
  for (const [text, number] of whole) assert.equal(plain_number(text), number, text);
  const fractions: [string, string | undefined][] = [['۱٫۵', '1.5'], ['1,5', '1.5'], ['1.5', '1.5'], ['1.', undefined], ['1.2.3', undefined]];
  for (const [text, number] of fractions) assert.equal(plain_number(text, true), number, text);
});
