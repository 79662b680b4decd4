// The bar that moves traffic from the legacy side of a backend to the new one. Dragging only shows
// what would follow; letting go changes the weights. "All back to legacy" is always one click away.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { change } from '../data/actions';
import { drawn, lastWindow, useTracks, type Window } from '../data/series';
import { known, mayChange, settings } from '../data/store';
import type { Backend, Sides } from '../data/types';
import { milliseconds, percent, rate } from '../lib/format';
import { serverKey } from '../lib/key';
import { STEPS, nextStep, parsePercent, percentOf, reaches, weightsFor } from '../lib/share';
import { Icon } from './icon';

const WINDOW_SECONDS = 60;
/** What is measured follows a change soon, and still does not jump. */
const MEASURED_SECONDS = 10;
/** Keys move the bar in steps; what they lead to is sent when they rest. */
const KEYS_REST_MS = 700;

interface Side {
  names: string[];
  keys: string[];
  configured: number[];
  weights: number[];
}

function sideOf(pxname: string, names: string[]): Side {
  const keys = names.map((name) => serverKey(pxname, name));
  const list = keys.map((key) => known.server(key));
  return {
    names,
    keys,
    configured: list.map((s) => s?.iweight ?? 1),
    weights: list.map((s) => s?.uweight ?? 0),
  };
}

/** A frozen answer to "what would this share mean": weights, and requests per second. */
function Preview({
  percent: p,
  legacy,
  fresh,
  total,
}: {
  percent: number;
  legacy: Side;
  fresh: Side;
  total: number;
}) {
  const to = weightsFor(p, legacy.configured, fresh.configured);
  const off = !reaches(p, legacy.configured, fresh.configured);
  const weights = `${to.legacy.join(' + ')} to ${to.fresh.join(' + ')}`;
  const [old, young] = [100 - to.percent, to.percent].map((part) => rate((total * part) / 100));
  return (
    <p class="preview" aria-live="polite">
      At <b>{percent(to.percent)}</b>: legacy ≈ <b>{old}</b> req/s, new ≈ <b>{young}</b> req/s;
      weights {weights}
      {off ? ` (${percent(p)} can’t be reached with these weights; this is the nearest)` : ''}
    </p>
  );
}

/** Less apart than this, two latencies are the same to whoever waits for them. */
const SAME_MS = 1;

function ratio(a: number | null, b: number | null): string {
  if (a === null || b === null || a <= 0) return '';
  if (Math.abs(b - a) < SAME_MS) return 'as legacy';
  const times = b / a;
  if (times >= 1.15) return `${times.toFixed(1)}× legacy`;
  if (times <= 0.87) return `${times.toFixed(2)}× legacy`;
  return 'as legacy';
}

function failing(w: Window): number {
  return w.req_rate > 0 ? (100 * (w.hrsp_5xx + w.errors)) / w.req_rate : 0;
}

function Compare({ legacy, fresh }: { legacy: Window; fresh: Window }) {
  const rows: [string, string, string, string][] = [
    ['Requests', `${rate(legacy.req_rate)}/s`, `${rate(fresh.req_rate)}/s`, ''],
    [
      'Failing',
      percent(failing(legacy)),
      percent(failing(fresh)),
      failing(fresh) > failing(legacy) + 0.5 ? 'more than legacy' : '',
    ],
    ['4xx', `${rate(legacy.hrsp_4xx)}/s`, `${rate(fresh.hrsp_4xx)}/s`, ''],
  ];
  for (const q of ['p50', 'p95', 'p99'] as const)
    rows.push([q, milliseconds(legacy[q]), milliseconds(fresh[q]), ratio(legacy[q], fresh[q])]);
  return (
    <table class="compare">
      <caption>Both sides, mean of the last minute</caption>
      <thead>
        <tr>
          <td></td>
          <th scope="col">legacy</th>
          <th scope="col">new</th>
          <th scope="col">new is</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, a, b, note]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{a}</td>
            <td>{b}</td>
            <td class={/more|^[1-9]/.test(note) ? 'worse' : 'dim'}>{note || '·'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ShareBar({ backend, sides }: { backend: Backend; sides: Sides }) {
  const own = backend.sides !== null && backend.sides !== undefined;
  const draft = useSignal<number | null>(null);
  const typed = useSignal<string | null>(null);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const dragging = useRef(false);
  void settings.value;
  void drawn.value;
  const legacy = sideOf(backend.pxname, sides.legacy);
  const fresh = sideOf(backend.pxname, sides.new);
  useTracks([...legacy.keys, ...fresh.keys]);
  useEffect(() => () => clearTimeout(rest.current), []);

  const wanted = percentOf(legacy.weights, fresh.weights);
  const windows = {
    legacy: lastWindow(legacy.keys, WINDOW_SECONDS),
    fresh: lastWindow(fresh.keys, WINDOW_SECONDS),
  };
  const total = windows.legacy.req_rate + windows.fresh.req_rate;
  const [old, young] = [legacy, fresh].map((s) => lastWindow(s.keys, MEASURED_SECONDS).req_rate);
  const real = old! + young! > 0 ? (100 * young!) / (old! + young!) : null;
  const shown = draft.value ?? wanted;

  const move = async (to: number) => {
    clearTimeout(rest.current);
    const share = own ? { percent: to } : { percent: to, ...sides };
    draft.value = to;
    await change([{ target: backend.key, set: 'share', value: share }]);
    draft.value = null;
    typed.value = null;
  };
  const step = (by: number) => void move(Math.min(100, Math.max(0, Math.round(shown) + by)));
  const next = nextStep(wanted);
  const locked = !mayChange.value;

  return (
    <section class="sharebar" aria-label={`Share of ${backend.pxname}`}>
      <div class="sharehead">
        <p>
          <b>legacy</b> {percent(100 - wanted)}
          <span class="dim"> measured {real === null ? '–' : percent(100 - real)}</span>
          <small>{sides.legacy.join(', ')}</small>
        </p>
        <p class="right">
          <b class="c-accent">new</b> {percent(wanted)}
          <span class="dim"> measured {real === null ? '–' : percent(real)}</span>
          <small>{sides.new.join(', ')}</small>
        </p>
      </div>
      <div class="slide" style={{ '--at': `${shown}%`, '--real': `${real ?? wanted}%` }}>
        <div class="track" aria-hidden="true">
          <span class="fill" />
          {real === null ? null : <span class="real" title="measured" />}
        </div>
        <input
          type="range"
          min="0"
          max="100"
          step="1"
          value={Math.round(shown)}
          disabled={locked}
          aria-label={`Share of the new side of ${backend.pxname}, in percent`}
          aria-valuetext={`${Math.round(shown)} percent to the new side`}
          onPointerDown={() => (dragging.current = true)}
          onInput={(e) => {
            draft.value = Number(e.currentTarget.value);
            clearTimeout(rest.current);
            if (!dragging.current)
              rest.current = setTimeout(() => void move(draft.value ?? wanted), KEYS_REST_MS);
          }}
          onPointerUp={() => {
            dragging.current = false;
            if (draft.value !== null && draft.value !== Math.round(wanted)) void move(draft.value);
            else draft.value = null;
          }}
          onPointerCancel={() => {
            dragging.current = false;
            draft.value = null;
          }}
          onKeyDown={(e) => {
            if (e.key !== 'Escape') return;
            clearTimeout(rest.current);
            dragging.current = false;
            draft.value = null;
          }}
        />
      </div>
      <div class="sharetools">
        <button
          type="button"
          class="back"
          disabled={locked || wanted === 0}
          onClick={() => void move(0)}
        >
          <Icon name="undo" /> All back to legacy
        </button>
        <div class="segments" role="group" aria-label="Change the share by">
          {[-10, -1, 1, 10].map((by) => (
            <button
              type="button"
              key={by}
              disabled={locked}
              onClick={() => step(by)}
              aria-label={`${by > 0 ? 'plus' : 'minus'} ${Math.abs(by)} percent`}
            >
              {by > 0 ? `+${by}` : `−${-by}`}
            </button>
          ))}
        </div>
        <div class="segments" role="group" aria-label="Steps of a migration">
          {STEPS.map((s) => (
            <button
              type="button"
              key={s}
              disabled={locked}
              onClick={() => void move(s)}
              aria-pressed={Math.abs(wanted - s) < 0.5}
              class={s === next ? 'next' : ''}
            >
              {s} %
            </button>
          ))}
        </div>
        <form
          onSubmit={(e) => {
            e.preventDefault();
            const value = parsePercent(typed.value ?? '');
            if (value !== null) void move(value);
          }}
        >
          <input
            class="percent"
            inputMode="decimal"
            disabled={locked}
            aria-label={`Share of the new side of ${backend.pxname}: type a percentage`}
            placeholder={String(Math.round(wanted))}
            value={typed.value ?? ''}
            aria-invalid={!!typed.value && parsePercent(typed.value) === null}
            onInput={(e) => {
              typed.value = e.currentTarget.value;
              draft.value = parsePercent(e.currentTarget.value);
            }}
            onBlur={() => {
              typed.value = null;
              draft.value = null;
            }}
          />
          <span aria-hidden="true">%</span>
        </form>
      </div>
      {draft.value === null ? (
        <p class="preview dim">
          {rate(total)} req/s on both sides in the last minute. Drag the bar, or use the arrow keys;
          nothing changes until you let go.
        </p>
      ) : (
        <Preview percent={draft.value} legacy={legacy} fresh={fresh} total={total} />
      )}
      <Compare legacy={windows.legacy} fresh={windows.fresh} />
    </section>
  );
}
