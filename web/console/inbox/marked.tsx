// A text with the found words marked. Ranges count characters (code points), as the server does.
import type { Excerpt } from '../../sdk/conversations';

export function Marked({ excerpt }: { excerpt: Excerpt }) {
  const letters = Array.from(excerpt.text);
  const parts = [];
  let at = 0;
  for (const { begin, end } of excerpt.matches) {
    parts.push(letters.slice(at, begin).join(''), <mark key={begin}>{letters.slice(begin, end).join('')}</mark>);
    at = end;
  }
  return <bdi>{parts}{letters.slice(at).join('')}</bdi>;
}
