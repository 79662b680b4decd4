// The table of servers. Only the rows in view exist, so that 2,000 servers scroll as 20 do. The
// arrow keys move between rows; the controls of the row that has the focus are reached by Tab.
import { computed, signal, useComputed, useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { clearSelection, extendTo, selected, setAll, toggle } from '../data/selection';
import { setState } from '../data/serveractions';
import { settings, structure, tick } from '../data/store';
import type { Key, Server } from '../data/types';
import {
  filtered,
  isLive,
  sorted,
  visible,
  type Column,
  type Only,
  type Sort,
} from '../lib/listing';
import { Row } from './row';

const COLUMNS: [Column, string, string?][] = [
  ['name', 'Server'],
  ['state', 'State'],
  ['check', 'Check'],
  ['weight', 'Weight'],
  ['share', 'Share'],
  ['rate', 'Req/s', 'n'],
  ['errors', 'Err/s', 'n'],
  ['latency', 'p95', 'n'],
  ['sessions', 'Sessions', 'n'],
  ['changed', 'Last change'],
];

/** One column of controls and a narrow screen make rows of another height. */
const narrow = signal(matchMedia('(max-width: 860px)').matches);
matchMedia('(max-width: 860px)').addEventListener('change', (e) => (narrow.value = e.matches));
export const rowHeight = computed(() => (narrow.value ? 132 : 40));

interface View {
  text: string;
  only: Only;
  sort: Sort | null;
}

/** Each place of a table keeps its filter and order while the page lives. */
const views = new Map<string, ReturnType<typeof signal<View>>>();
function viewOf(place: string) {
  let view = views.get(place);
  if (!view) views.set(place, (view = signal<View>({ text: '', only: 'all', sort: null })));
  return view as { value: View };
}

function Tools({
  view,
  shown,
  all,
  place,
}: {
  view: { value: View };
  shown: number;
  all: number;
  place: string;
}) {
  const only: [Only, string][] = [
    ['all', 'All'],
    ['trouble', 'Not READY or UP'],
    ['drain', 'Draining'],
    ['selected', 'Selected'],
  ];
  return (
    <div class="tools">
      <input
        type="search"
        class="filter"
        data-filter
        placeholder="Filter: name, address, state"
        aria-label={`Filter the servers of ${place}`}
        value={view.value.text}
        onInput={(e) => (view.value = { ...view.value, text: e.currentTarget.value })}
      />
      <div class="segments" role="group" aria-label="Which servers">
        {only.map(([value, label]) => (
          <button
            type="button"
            key={value}
            aria-pressed={view.value.only === value}
            onClick={() => (view.value = { ...view.value, only: value })}
          >
            {label}
          </button>
        ))}
      </div>
      <span class="dim" role="status">
        {shown === all ? `${all}` : `${shown} of ${all}`} servers
      </span>
    </div>
  );
}

function nextSort(sort: Sort | null, column: Column): Sort | null {
  if (sort?.column !== column) return { column, down: isLive(column) || column === 'changed' };
  const first = isLive(column) || column === 'changed';
  return sort.down === first ? { column, down: !first } : null;
}

function Head({ view, keys }: { view: { value: View }; keys: Key[] }) {
  const all = keys.length > 0 && keys.every((key) => selected.value.has(key));
  const some = !all && keys.some((key) => selected.value.has(key));
  const sort = view.value.sort;
  return (
    <div role="rowgroup" class="thead">
      <div role="row" class="tr" aria-rowindex={1}>
        <div role="columnheader" class="td c-select">
          <input
            type="checkbox"
            checked={all}
            indeterminate={some}
            aria-label="Select all servers that are shown"
            onChange={(e) => setAll(keys, e.currentTarget.checked)}
          />
        </div>
        {COLUMNS.map(([column, label, kind]) => (
          <div
            role="columnheader"
            key={column}
            class={`td c-${column} ${kind ?? ''}`}
            aria-sort={sort?.column !== column ? 'none' : sort.down ? 'descending' : 'ascending'}
          >
            <button
              type="button"
              class="plain"
              onClick={() => (view.value = { ...view.value, sort: nextSort(sort, column) })}
            >
              {label}
              <span aria-hidden="true">
                {sort?.column !== column ? '' : sort.down ? ' ↓' : ' ↑'}
              </span>
            </button>
          </div>
        ))}
        <div role="columnheader" class="td c-actions">
          Set
        </div>
      </div>
    </div>
  );
}

/** What of the page's height and scroll this table has: the page scrolls, not the table. */
function useWindowOf(ref: { current: HTMLElement | null }) {
  const at = useSignal({ top: 0, height: innerHeight });
  useLayoutEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      if (!ref.current) return;
      const top = Math.max(0, -ref.current.getBoundingClientRect().top);
      if (top !== at.peek().top || innerHeight !== at.peek().height)
        at.value = { top, height: innerHeight };
    };
    const later = () => (frame ||= requestAnimationFrame(measure));
    measure();
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, []);
  return at;
}

function letters(event: KeyboardEvent, key: Key): boolean {
  const target = selected.value.has(key) ? [...selected.value] : [key];
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === ' ') toggle(key);
  else if (event.key === 'r') setState(target, 'ready');
  else if (event.key === 'd') setState(target, 'drain');
  else if (event.key === 'm') setState(target, 'maint');
  else if (event.key === 'Escape') clearSelection();
  else return false;
  return true;
}

export function ServerTable({
  source,
  place,
  label,
  showProxy,
}: {
  source: ReadonlySignal<Server[]>;
  place: string;
  label: string;
  showProxy: boolean;
}) {
  const view = viewOf(place);
  const body = useRef<HTMLDivElement>(null);
  const active = useSignal<Key | null>(null);
  const focusNext = useRef<Key | null>(null);
  const rows = useComputed(() => {
    void structure.value;
    void settings.value;
    const { text, only, sort } = view.value;
    if (sort && isLive(sort.column)) void tick.value;
    return sorted(filtered(source.value, text, only, selected.value), sort);
  });
  const at = useWindowOf(body);
  const list = rows.value;
  const keys = list.map((s) => s.key);
  const height = rowHeight.value;
  const { from, to } = visible(list.length, height, at.value.top, at.value.height);
  const here = active.value !== null ? keys.indexOf(active.value) : -1;
  const tabStop = here >= 0 ? active.value : (keys[0] ?? null);
  const places = new Set<number>();
  for (let i = from; i < to; ++i) places.add(i);
  if (here >= 0) places.add(here); // whoever has the focus stays
  if (keys.length > 0) places.add(0); // the table is reached by Tab wherever it is scrolled to

  useLayoutEffect(() => {
    if (!focusNext.current) return;
    const row = body.current?.querySelector<HTMLElement>(
      `[data-key="${CSS.escape(focusNext.current)}"]`,
    );
    if (!row) return; // it is drawn next
    focusNext.current = null;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (target.getAttribute('role') !== 'row') {
      if (event.key === 'Escape') (target.closest('[role=row]') as HTMLElement | null)?.focus();
      return;
    }
    // Keys may come faster than rows are drawn: each acts where the one before it leads.
    const key = focusNext.current ?? target.dataset['key']!;
    const index = keys.indexOf(key);
    const page = Math.max(1, Math.floor(innerHeight / height) - 3);
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: keys.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      const next = keys[Math.max(0, Math.min(keys.length - 1, to))]!;
      if (event.shiftKey) extendTo(next, keys);
      focusNext.current = next;
      active.value = next;
    } else if (!letters(event, key)) return;
    event.preventDefault();
  };

  return (
    <div class="tablewrap">
      <Tools view={view} shown={list.length} all={source.value.length} place={label} />
      <div
        role="table"
        class={showProxy ? 'table' : 'table single'}
        aria-label={label}
        aria-rowcount={list.length + 1}
      >
        <Head view={view} keys={keys} />
        <div
          role="rowgroup"
          class="tbody"
          ref={body}
          style={{ height: `${list.length * height}px` }}
          onKeyDown={onKeyDown}
        >
          {[...places]
            .sort((a, b) => a - b)
            .map((i) => (
              <Row
                key={keys[i]}
                of={keys[i]!}
                index={i}
                top={i * height}
                showProxy={showProxy}
                focusable={keys[i] === tabStop}
                order={keys}
                onFocus={() => (active.value = keys[i]!)}
              />
            ))}
        </div>
      </div>
      {list.length === 0 ? (
        <p class="empty">
          {source.value.length === 0 ? 'No servers here.' : 'No server matches the filter.'}
        </p>
      ) : null}
    </div>
  );
}
