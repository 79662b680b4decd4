// One server in the table.
import { useSignal } from '@preact/signals';
import { extendTo, selected, toggle } from '../data/selection';
import { act, serverMenu, setState } from '../data/serveractions';
import { backends, mayChange, now, servers } from '../data/store';
import type { Key, Server } from '../data/types';
import { count, milliseconds, percent, rate, span } from '../lib/format';
import { errorsOf } from '../lib/listing';
import { checkWords, drainWords, standing } from '../lib/status';
import { fault } from './changeform';
import { Icon } from './icon';
import { MenuButton } from './overlay';

export function Badge({ server }: { server: Server }) {
  const s = standing(server);
  return (
    <span class={`badge ${s.tone}`}>
      <Icon name={s.icon} /> {s.text}
    </span>
  );
}

function Weight({ server, tab }: { server: Server; tab: number }) {
  const draft = useSignal<string | null>(null);
  const wrong = draft.value !== null && fault('weight', draft.value) !== '';
  const send = () => {
    const text = draft.value?.trim();
    if (text && !wrong && text !== String(server.uweight))
      act([server.key], 'weight', text.endsWith('%') ? text : Number(text));
    draft.value = null;
  };
  return (
    <span class="weight">
      <input
        value={draft.value ?? String(server.uweight)}
        inputMode="numeric"
        tabIndex={tab}
        aria-label={`Weight of ${server.pxname}/${server.svname}`}
        aria-invalid={wrong}
        disabled={!mayChange.value}
        onInput={(e) => (draft.value = e.currentTarget.value)}
        onBlur={() => (draft.value = null)}
        onKeyDown={(e) => {
          if (e.key === 'Enter') send();
          if (e.key === 'Escape') draft.value = null;
        }}
      />
      {server.uweight !== server.iweight ? <small>of {server.iweight}</small> : null}
    </span>
  );
}

function shareOf(server: Server): number {
  const all = backends.get(`b:${server.pxname}`)?.data.req_rate ?? 0;
  return all > 0 ? Math.min(100, (100 * server.req_rate) / all) : 0;
}

function Sessions({ server }: { server: Server }) {
  const d = server.drain;
  if (d)
    return (
      <span class={d.safe ? 'safe' : ''} title={drainWords(server)}>
        {d.safe ? (
          <>
            <Icon name="check" /> safe to stop
          </>
        ) : (
          `${count(server.scur)} left`
        )}
        {!d.safe && d.deadline ? <small>{span(d.deadline - now.value)} to go</small> : null}
      </span>
    );
  return (
    <span>
      {count(server.scur)}
      {server.slim ? <small>/{count(server.slim)}</small> : null}
      {server.qcur > 0 ? <small class="queued">{count(server.qcur)} queued</small> : null}
    </span>
  );
}

/** "by alice 3 min ago": who did the last thing, or since when the state is so. */
export function LastChange({ server }: { server: Server }) {
  const last = server.last;
  if (!last) return <span class="dim">{span(now.value - server.since)} unchanged</span>;
  const who = last.who || (last.from === 'check' ? 'check' : last.from) || 'somebody';
  return (
    <span title={`${last.text ?? ''}${last.note ? ` (${last.note})` : ''}`}>
      {last.text ?? server.status}{' '}
      <small>
        {who}, {span(now.value - last.at)} ago
      </small>
    </span>
  );
}

const STATES = [
  ['ready', 'READY'],
  ['drain', 'DRAIN'],
  ['maint', 'MAINT'],
] as const;

export function StateButtons({ server, tab }: { server: Server; tab?: number }) {
  const name = `${server.pxname}/${server.svname}`;
  return (
    <div class="segments states" role="group" aria-label={`State of ${name}`}>
      {STATES.map(([value, label]) => (
        <button
          type="button"
          key={value}
          tabIndex={tab}
          disabled={!mayChange.value}
          aria-pressed={server.admin === value}
          aria-label={`${label} ${name}`}
          onClick={() => setState([server.key], value)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

export function Row(props: {
  of: Key;
  index: number;
  top: number;
  focusable: boolean;
  showProxy: boolean;
  order: Key[];
  onFocus: () => void;
}) {
  const entity = servers.get(props.of);
  if (!entity) return null;
  const s = entity.read();
  const name = `${s.pxname}/${s.svname}`;
  const tab = props.focusable ? 0 : -1;
  const on = selected.value.has(s.key);
  const errors = errorsOf(s);
  return (
    <div
      role="row"
      class={`tr${on ? ' on' : ''}`}
      data-key={s.key}
      tabIndex={tab}
      aria-rowindex={props.index + 2}
      style={{ transform: `translateY(${props.top}px)` }}
      onFocusCapture={props.onFocus}
    >
      <div role="cell" class="td c-select">
        <input
          type="checkbox"
          checked={on}
          tabIndex={tab}
          aria-label={`Select ${name}`}
          onClick={(e) => {
            if (e.shiftKey) extendTo(s.key, props.order);
            else toggle(s.key);
          }}
        />
      </div>
      <div role="cell" class="td c-name">
        <a
          href={`#/server/${encodeURIComponent(s.pxname)}/${encodeURIComponent(s.svname)}`}
          tabIndex={tab}
        >
          {props.showProxy ? <span class="dim">{s.pxname}/</span> : null}
          {s.svname}
        </a>
        {s.role ? <small class="tag">{s.role}</small> : null}
        {s.backup ? <small class="tag">backup</small> : null}
      </div>
      <div role="cell" class="td c-state">
        <Badge server={s} />
      </div>
      <div role="cell" class="td c-check" title={s.check?.last_chk ?? ''}>
        {checkWords(s.check)}
      </div>
      <div role="cell" class="td c-weight">
        <Weight server={s} tab={tab} />
      </div>
      <div role="cell" class="td c-share">
        <span class="bar" style={{ '--at': `${shareOf(s)}%` }}>
          {percent(Math.round(shareOf(s)))}
        </span>
      </div>
      <div role="cell" class="td n c-rate" data-label="req/s">
        {rate(s.req_rate)}
      </div>
      <div role="cell" class={`td n c-errors${errors > 0 ? ' bad' : ''}`} data-label="err/s">
        {rate(errors)}
      </div>
      <div role="cell" class="td n c-latency" data-label="p95">
        {milliseconds(s.p95)}
      </div>
      <div role="cell" class="td n c-sessions" data-label="sessions">
        <Sessions server={s} />
      </div>
      <div role="cell" class="td c-changed">
        <LastChange server={s} />
      </div>
      <div role="cell" class="td c-actions">
        <StateButtons server={s} tab={tab} />
        <MenuButton
          label={`More actions for ${name}`}
          items={() => serverMenu([s.key])}
          tabIndex={tab}
        />
      </div>
    </div>
  );
}
