// Light, dark, or as the system says; remembered in the browser.
import { signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // storage may be forbidden; the page works without
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // as above
  }
}

const stored = read('sluice.theme');
/** Grows when the colours are others; pictures are drawn again then. */
export const painted = signal(0);
export const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'auto');
/** Single keys that act from everywhere may be turned off. */
export const shortcuts = signal(read('sluice.keys') !== 'off');

function show(): void {
  if (theme.value === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
  painted.value++;
}

export function setTheme(next: Theme): void {
  theme.value = next;
  write('sluice.theme', next);
  show();
}

export function setShortcuts(on: boolean): void {
  shortcuts.value = on;
  write('sluice.keys', on ? 'on' : 'off');
}

export function startTheme(): void {
  show();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => painted.value++);
}
