// A text area for what has lines: they are numbered, and those with findings are marked; a finding leads to its line.
import { useRef } from 'preact/hooks';
import Alert from 'icon:circle-alert';
import { format_number } from './format';
import { locale, t } from './text';

export interface Finding {
  line?: number;
  text: string;
}

interface CodeAreaProps {
  id: string;
  label: string;
  hint?: string;
  optional?: boolean;
  value: string;
  rows?: number;
  findings?: Finding[];
  read_only?: boolean;
  code?: boolean;  // left to right whatever the language
  on_change: (value: string) => void;
}

export function CodeArea({ id, label, hint, optional, value, rows = 12, findings = [], read_only, code, on_change }: CodeAreaProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split('\n');
  const wrong = new Set(findings.map((one) => one.line));
  const lead = (line: number) => {
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.current?.focus();
    area.current?.setSelectionRange(before, before + (lines[line - 1]?.length ?? 0));
  };
  const described = [findings.length && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;
  return (
    <div class="field">
      <label for={id}>
        {label} {optional && <span class="optional">({t('field.optional')})</span>}
      </label>
      <div class="code-area" data-wrong={findings.length > 0} dir={code ? 'ltr' : undefined}>
        <div ref={gutter} class="code-gutter" aria-hidden="true">
          {lines.map((_, index) => (
            <div key={index} class={wrong.has(index + 1) ? 'wrong-line' : undefined}>
              {format_number(index + 1, locale.value)}
            </div>
          ))}
        </div>
        <textarea
          ref={area}
          id={id}
          rows={rows}
          wrap="off"
          spellcheck={false}
          dir={code ? 'ltr' : 'auto'}
          readOnly={read_only}
          aria-describedby={described}
          aria-invalid={findings.length ? 'true' : undefined}
          value={value}
          onInput={(event) => on_change(event.currentTarget.value)}
          onScroll={(event) => gutter.current && (gutter.current.scrollTop = event.currentTarget.scrollTop)}
        />
      </div>
      {findings.length > 0 && (
        <ul class="wrong-lines" id={`${id}-wrong`}>
          {findings.map((one, index) => (
            <li key={index} class="wrong">
              <Alert size={14} />
              {one.line ? (
                <button type="button" class="link" onClick={() => lead(one.line!)}>
                  {t('code.line', { line: one.line })} {one.text}
                </button>
              ) : (
                <span>{one.text}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      {hint && (
        <div class="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
    </div>
  );
}
