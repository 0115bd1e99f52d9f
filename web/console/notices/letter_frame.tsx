// A letter's HTML as its reader's mail program would show it: in a frame with an origin of its own, where nothing of the letter runs.
import { useEffect, useRef, useState } from 'preact/hooks';

const least = 160;
const most = 900;

interface LetterFrameProps {
  html: string;
  title: string;
  pictures?: boolean;  // from elsewhere; a frame that has shown them cannot unsee them: make a new one
}

export function LetterFrame({ html, title, pictures = true }: LetterFrameProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, set_ready] = useState(false);
  useEffect(() => {
    const hear = (event: MessageEvent<{ ready?: boolean; height?: number }>) => {
      if (event.source !== frame.current?.contentWindow) return;
      if (event.data?.ready) set_ready(true);
      else if (typeof event.data?.height === 'number') frame.current?.style.setProperty('block-size', `${Math.min(most, Math.max(least, event.data.height))}px`);
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  useEffect(() => {
    // The frame's origin is opaque: no target origin could name it. What is sent is not secret from it.
    if (ready) frame.current?.contentWindow?.postMessage({ html, pictures }, '*');
  }, [ready, html, pictures]);
  return <iframe ref={frame} class="letter-frame" title={title} src="/letter/" sandbox="allow-scripts" />;
}
