// Short messages at the edge of the page. Results go by themselves, failures stay until they are
// dismissed; never more than a few at once.
import { signal } from '@preact/signals';

export interface Toast {
  id: number;
  tone: 'ok' | 'bad';
  text: string;
  action?: string;
  run?: () => void;
  seconds?: number;
}

export const toasts = signal<Toast[]>([]);

const MOST = 4;
const RESULT_SECONDS = 6;
let next = -1;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((t) => t.id !== id);
}

export function toast(given: Omit<Toast, 'id'> & { id?: number }): void {
  const one: Toast = { ...given, id: given.id ?? next-- };
  for (const old of toasts.value.slice(0, Math.max(0, toasts.value.length - MOST + 1)))
    dismiss(old.id);
  dismiss(one.id);
  toasts.value = [...toasts.value, one];
  if (one.tone === 'ok')
    timers.set(
      one.id,
      setTimeout(() => dismiss(one.id), (one.seconds ?? RESULT_SECONDS) * 1000),
    );
}
