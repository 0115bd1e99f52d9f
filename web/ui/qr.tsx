// A QR code of a text, as paths: nothing is loaded from elsewhere.
import { useEffect, useState } from 'preact/hooks';

type Picture = { path: string; size: number };

async function draw(text: string): Promise<Picture> {
  const { encode } = await import('uqr');
  const { data, size } = encode(text, { border: 2 });
  let path = '';
  data.forEach((row, y) => row.forEach((dark, x) => dark && (path += `M${x} ${y}h1v1h-1z`)));
  return { path, size };
}

export function Qr({ text, label }: { text: string; label: string }) {
  const [picture, set_picture] = useState<Picture>();
  useEffect(() => void draw(text).then(set_picture), [text]);
  if (!picture) return null;
  return (
    <svg class="qr" viewBox={`0 0 ${picture.size} ${picture.size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={picture.path} />
    </svg>
  );
}
