// The bar for what is selected, across backends.
import { clearSelection, selected } from '../data/selection';
import { serverMenu, setState } from '../data/serveractions';
import { mayChange } from '../data/store';
import { proxyOf } from '../lib/key';
import { MenuButton } from './overlay';

export function BulkBar() {
  const keys = [...selected.value];
  if (keys.length === 0) return null;
  const proxies = new Set(keys.map(proxyOf)).size;
  const locked = !mayChange.value;
  return (
    <section class="bulk" aria-label="Selected servers">
      <span role="status">
        <b>{keys.length}</b> selected{proxies > 1 ? ` in ${proxies} backends` : ''}
      </span>
      {(['ready', 'drain', 'maint'] as const).map((state) => (
        <button type="button" key={state} disabled={locked} onClick={() => setState(keys, state)}>
          {state.toUpperCase()}
        </button>
      ))}
      <MenuButton
        label="More actions for the selected servers"
        class=""
        items={() => serverMenu(keys)}
      >
        More…
      </MenuButton>
      <button type="button" class="plain" onClick={clearSelection}>
        Clear
      </button>
    </section>
  );
}
