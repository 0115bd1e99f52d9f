// A remark inside a page, with the tone of what it says.
import type { ComponentChildren } from 'preact';
import Alert from 'icon:circle-alert';
import Check from 'icon:circle-check';
import Info from 'icon:info';
import Warning from 'icon:triangle-alert';

export type Tone = 'quiet' | 'assured' | 'warning' | 'breach';
const pictures = { quiet: Info, assured: Check, warning: Warning, breach: Alert };

export function Note({ tone = 'quiet', children }: { tone?: Tone; children: ComponentChildren }) {
  const Picture = pictures[tone];
  return (
    <div class={`note ${tone}`} role={tone === 'breach' ? 'alert' : undefined}>
      <Picture size={16} />
      <div class="grow">{children}</div>
    </div>
  );
}
