// A message's plain text: as written, addresses of pages become links that name where they lead.
import type { ComponentChildren } from 'preact';

const link = /(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}…])/;

export function Words({ text }: { text: string }): ComponentChildren {
  return text.split(link).map((piece, index) =>
    index % 2 ? (
      <a key={index} href={piece} target="_blank" rel="noopener noreferrer nofollow" class="ltr">
        {piece}
      </a>
    ) : (
      piece
    ),
  );
}
