// Marks what is shown as seen, while somebody looks: the page is visible. And the way back: it is new again.
import { useEffect, useMemo } from 'preact/hooks';
import { act } from '../sending';
import * as api from './api';
import type { Thread } from './thread';

class Seeing {
  private up_to = '';
  private held = false;  // it was marked as unread: looking on changes nothing

  constructor(private readonly thread: Thread) {}

  look(): void {
    const last = this.thread.messages.peek()?.items.at(-1)?.id;
    if (this.held || document.hidden || !last || last <= this.up_to) return;
    this.up_to = last;
    // Not told: the next message, or the next time it is opened, says it again.
    api.see(this.thread.id, last).catch(() => (this.up_to = ''));
  }
  async undo(): Promise<boolean> {
    this.held = true;
    return act(() => api.unsee(this.thread.id));
  }
}

export function useSeeing(thread: Thread): Seeing {
  const seeing = useMemo(() => new Seeing(thread), [thread]);
  useEffect(() => {
    const look = () => seeing.look();
    const from_messages = thread.messages.subscribe(look);
    document.addEventListener('visibilitychange', look);
    return () => {
      from_messages();
      document.removeEventListener('visibilitychange', look);
    };
  }, [seeing]);
  return seeing;
}
