// What the page keeps of changes as they come: the last one, so that the log's view follows.
import { signal } from '@preact/signals';
import type { Change } from './types';

export const latest = signal<Change | null>(null);

export function changed(change: Change): void {
  latest.value = change;
}
