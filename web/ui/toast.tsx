// Short messages about what just happened; read out by screen readers, gone after a while, or when dismissed.
import { signal } from '@preact/signals';
import Alert from 'icon:circle-alert';
import Check from 'icon:check';
import Close from 'icon:x';
import { t } from './text';

interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
  action?: { name: string; run: () => void } | undefined;
}

const toasts = signal<Toast[]>([]);
let last = 0;

const dismiss = (id: number): void => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

// What can be undone stays for as long as an answer does before it leaves.
export function say(text: string, tone: Toast['tone'] = 'good', action?: Toast['action']): void {
  const id = ++last;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone, action }];
  setTimeout(() => dismiss(id), action ? 10_000 : tone === 'good' ? 6_000 : 12_000);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div class="toast" key={toast.id}>
          {toast.tone === 'good' ? <Check size={18} /> : <Alert size={18} />}
          <span class="grow">{toast.text}</span>
          {toast.action && (
            <button type="button" class="link" onClick={() => { dismiss(toast.id); toast.action?.run(); }}>
              {toast.action.name}
            </button>
          )}
          <button type="button" aria-label={t('action.dismiss')} onClick={() => dismiss(toast.id)}>
            <Close size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
