// The top of the page: which process, whether it is live, where to go, and what concerns all.
import { useSignal } from '@preact/signals';
import { change, safety } from '../data/actions';
import { post } from '../data/api';
import { askToLogIn, link } from '../data/live';
import { route } from '../data/route';
import { mayChange, mayConfigure, process, session, totalRate, now } from '../data/store';
import { setTheme, theme, type Theme } from '../data/theme';
import { rate, span } from '../lib/format';
import { help } from './help';
import { Icon } from './icon';
import { MenuButton, type Item } from './overlay';

const VIEWS: [string, string][] = [
  ['', 'Overview'],
  ['servers', 'Servers'],
  ['requests', 'Requests'],
  ['log', 'Log'],
  ['listeners', 'Listeners'],
  ['config', 'Configuration'],
];

function LinkState() {
  const words: Record<string, string> = {
    live: 'live',
    stale: 'reconnecting',
    starting: 'connecting',
    stopping: 'stopping',
  };
  const text = words[link.value];
  return text ? (
    <span class={`link-state ${link.value}`} role="status">
      {text}
    </span>
  ) : null;
}

async function logout(): Promise<void> {
  try {
    await post('session', undefined, { method: 'DELETE' });
  } finally {
    location.reload();
  }
}

function processMenu(): Item[] {
  const locked = !mayConfigure.value;
  const p = process.value;
  const next: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
  const themes: Record<Theme, string> = { auto: 'as the system', light: 'light', dark: 'dark' };
  const clear = (value: string) => () => void change([{ target: '*', set: 'counters', value }]);
  return [
    { label: 'Clear maxima', run: clear('clear'), disabled: locked },
    { label: 'Clear all counters', run: clear('clear-all'), disabled: locked, danger: true },
    {
      label: 'Colours',
      hint: `now ${themes[theme.value]}`,
      apart: true,
      run: () => setTheme(next[theme.value]),
    },
    { label: 'Keyboard', hint: '?', run: () => (help.value = true) },
    ...(p?.classic ? [{ label: 'Classic page', run: () => location.assign(p.classic!) }] : []),
    ...(session.value?.auth === 'open' && session.value.login
      ? [{ label: 'Log in', run: askToLogIn }]
      : []),
    ...(session.value?.auth === 'cookie' ? [{ label: 'Log out', run: () => void logout() }] : []),
  ];
}

function Safety() {
  return (
    <label class="safety" title="Every change is set back after this time unless it is kept">
      Set back after
      <select value={safety.value} onChange={(e) => (safety.value = Number(e.currentTarget.value))}>
        {[0, 1, 5, 15, 30, 60].map((m) => (
          <option key={m} value={m}>
            {m === 0 ? 'never' : `${m} min`}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Header() {
  const p = process.value;
  const open = useSignal(false);
  const view =
    route.value.view === 'proxy'
      ? ''
      : route.value.view === 'server'
        ? 'servers'
        : route.value.view;
  return (
    <header>
      <div class="bar1">
        <a class="brand" href="#/">
          {p?.name ?? 'Sluice'}
        </a>
        {p ? (
          <span class="who dim">
            {p.node ?? ''}{' '}
            <span class="wide-only">
              pid {p.pid}, up {span(now.value - p.started)}
            </span>
          </span>
        ) : null}
        <LinkState />
        <span class="total num" title="Requests per second of all frontends">
          <b>{rate(totalRate.value)}</b> req/s
        </span>
        <span class="space" />
        {mayChange.value ? <Safety /> : <span class="dim">read only</span>}
        {session.value?.user ? <span class="dim wide-only">{session.value.user}</span> : null}
        <MenuButton label="Process, display and help" items={processMenu} />
        <button
          type="button"
          class="narrow-only"
          aria-expanded={open.value}
          aria-controls="views"
          onClick={() => (open.value = !open.value)}
        >
          <Icon name="menu" /> {VIEWS.find(([name]) => name === view)?.[1] ?? 'Views'}
        </button>
      </div>
      <nav id="views" aria-label="Views" class={open.value ? 'open' : ''}>
        {VIEWS.map(([name, label]) => (
          <a
            key={name}
            href={`#/${name}`}
            aria-current={view === name ? 'page' : undefined}
            onClick={() => (open.value = false)}
          >
            {label}
          </a>
        ))}
      </nav>
    </header>
  );
}
