// Which servers are selected, across backends. It is kept by key, so that it survives every update;
// a server that is deleted leaves it.
import { computed, signal } from '@preact/signals';
import { servers, structure } from './store';
import type { Key } from './types';

const chosen = signal<ReadonlySet<Key>>(new Set());

export const selected = computed<ReadonlySet<Key>>(() => {
  void structure.value;
  const all = chosen.value;
  for (const key of all)
    if (!servers.has(key)) return new Set([...all].filter((k) => servers.has(k)));
  return all;
});

let anchor: Key | null = null;

export function toggle(key: Key): void {
  const next = new Set(selected.value);
  if (!next.delete(key)) next.add(key);
  anchor = key;
  chosen.value = next;
}

/** From the last one that was toggled to this one, in the order that is shown. */
export function extendTo(key: Key, order: Key[]): void {
  const from = anchor === null ? -1 : order.indexOf(anchor);
  const to = order.indexOf(key);
  if (from < 0 || to < 0) {
    toggle(key);
    return;
  }
  const next = new Set(selected.value);
  for (const k of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(k);
  chosen.value = next;
}

export function setAll(keys: Key[], on: boolean): void {
  const next = new Set(selected.value);
  for (const key of keys) {
    if (on) next.add(key);
    else next.delete(key);
  }
  chosen.value = next;
}

export function clearSelection(): void {
  chosen.value = new Set();
}
