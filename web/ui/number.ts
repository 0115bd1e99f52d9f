// Numbers as people type them: with the decimal digits of any script (Unicode's Nd), its signs and separators.

// Ranges of ten digits stand one after the other; some (mathematical ones) without a gap.
function value_of_digit(code: number): number {
  let first = code;
  while (code - first < 60 && /\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (code - first) % 10;
}

export const latin_digits = (text: string): string => text.replace(/\p{Nd}/gu, (digit) => (digit <= '9' ? digit : String(value_of_digit(digit.codePointAt(0)!))));

// "۱۲", "๑๒", "−12", "۱٬۲۰۰" → "12", "12", "-12", "1200"; '' for nothing; undefined for what is no number. What could be a point or a
// separator of thousands is one only where fractions may stand: then it is a point.
export function plain_number(text: string, fraction = false): string | undefined {
  const plain = latin_digits(text)
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[−－﹣]/g, '-')
    .replace(/(?<=\d)[٬\u00a0\u202f](?=\d)/g, '')
    .replace(/[٫．]/g, '.')
    .trim();
  if (plain === '') return '';
  return (fraction ? /^-?\d+([.,]\d+)?$/ : /^-?\d+$/).test(plain) ? plain.replace(',', '.') : undefined;
}
