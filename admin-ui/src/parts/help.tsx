// The keys, and the single keys that act from everywhere, which may be turned off.
import { signal } from '@preact/signals';
import { undoLast } from '../data/actions';
import { setShortcuts, shortcuts } from '../data/theme';
import { Modal } from './overlay';

export const help = signal(false);

const ROWS: [string, string, string[]][] = [
  ['Everywhere', 'find a server', ['/']],
  ['', 'undo the last change, for 30 seconds', ['u']],
  ['', 'this help', ['?']],
  ['Table of servers', 'next, previous row', ['↓', '↑']],
  ['', 'a page further, first, last', ['Page↓', 'Home', 'End']],
  ['', 'select, extend the selection', ['Space', 'Shift ↓']],
  ['', 'READY, DRAIN, MAINT: this row, or all that are selected', ['r', 'd', 'm']],
  ['', 'the controls of the row; back to the row', ['Tab', 'Esc']],
  ['Share', 'one percent more or less; sent when you rest', ['→', '←']],
];

export function HelpHost() {
  if (!help.value) return null;
  return (
    <Modal title="Keyboard" onClose={() => (help.value = false)}>
      <table class="keys">
        <tbody>
          {ROWS.map(([where, what, keys]) => (
            <tr key={what}>
              {where ? <th scope="row">{where}</th> : <td />}
              <td>
                {keys.map((k) => (
                  <kbd key={k}>{k}</kbd>
                ))}
              </td>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="inline">
        <input
          type="checkbox"
          checked={shortcuts.value}
          onChange={(e) => setShortcuts(e.currentTarget.checked)}
        />
        Single keys act from everywhere
      </label>
      <div class="actions">
        <button type="button" autofocus onClick={() => (help.value = false)}>
          Close
        </button>
      </div>
    </Modal>
  );
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, select, textarea, [role=menuitem]');

export function startShortcuts(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!shortcuts.value || typing(event.target) || document.querySelector('dialog[open]')) return;
    if (event.key === '?') help.value = true;
    else if (event.key === 'u') undoLast();
    else if (event.key === '/') find();
    else return;
    event.preventDefault();
  });
}

const FRAMES_TO_WAIT = 60;

/** The view's filter, or that of the table of all servers once it is there. */
function find(frames = FRAMES_TO_WAIT): void {
  const filter = document.querySelector<HTMLElement>('[data-filter]');
  if (filter) {
    filter.focus();
    return;
  }
  location.hash = '#/servers';
  if (frames > 0) requestAnimationFrame(() => find(frames - 1));
}
