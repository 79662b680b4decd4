// Small signs drawn as paths: every state has a shape of its own, beside its colour.
import type { IconName } from '../lib/status';

type Name = IconName | 'more' | 'close' | 'undo' | 'check' | 'warn' | 'copy' | 'menu' | 'clock';

const DISC = 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z';

const PATHS: Record<Name, string> = {
  up: DISC + 'm-1 8.9L4.3 8.2l1-1L7 8.9l3.7-3.7 1 1Z',
  down: DISC + 'm2.8 7.8-1 1L8 9l-1.8 1.8-1-1L7 8 5.2 6.2l1-1L8 7l1.8-1.8 1 1L9 8Z',
  drain: DISC + 'm0 1.6v8.8a4.4 4.4 0 0 1 0-8.8Z',
  maint: 'M3 3h10v10H3Zm2.5 4.2v1.6h5V7.2Z',
  rising: 'M8 3 14 13H2Zm0 3.2L4.8 11.4h6.4Z',
  falling: 'M8 13 2 3h12Z',
  nolb: DISC + 'm3 6.8H5V7.2h6Z',
  unchecked: DISC + 'm0 1.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8Z',
  more: ['3.5', '8', '12.5']
    .map((x) => `M${x} 6.7a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6Z`)
    .join(''),
  close: 'm4.2 3.2 3.8 3.7 3.8-3.7 1 1L9.1 8l3.7 3.8-1 1L8 9.1l-3.8 3.7-1-1L6.9 8 3.2 4.2Z',
  undo: 'M6 3 2 6.5 6 10V7.5h3.5a2 2 0 0 1 0 4H6V13h3.5a3.5 3.5 0 0 0 0-7H6Z',
  check: 'm6.5 10.6-3-3L2.4 8.7l4.1 4.1 7.2-7.2-1.1-1.1Z',
  warn: 'M8 2 15 14H1Zm-.8 4.5v3.4h1.6V6.5Zm0 4.6v1.5h1.6v-1.5Z',
  copy: 'M5 2h8v9h-2V9.5h.5v-6h-5V4H5ZM3 5h7v9H3Zm1.5 1.5v6h4v-6Z',
  menu: 'M2 4h12v1.5H2Zm0 3.3h12v1.5H2Zm0 3.2h12V12H2Z',
  clock: DISC + 'm.8 2.5v3.2l2.3 1.4-.8 1.2-3-1.8v-4Z',
};

export function Icon({ name }: { name: Name }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
