// A live chart: uPlot on the columns of one or two objects, with markers where somebody acted. The
// legend shows the last values, or those under the pointer; both are text, so that a reader without
// the picture has the figures.
import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { drawn, markersFor, trackOf, useTracks } from '../data/series';
import { painted } from '../data/theme';
import type { Figure, Key, Marker } from '../data/types';
import { clock } from '../lib/format';

export interface Line {
  key: Key;
  figure: Figure;
  label: string;
  /** A class whose `color` is the line's. */
  colour: string;
  dash?: number[];
  fill?: boolean;
}

/** Seconds that charts show; the reader's choice holds for all of them. */
export const range = signal(300);

type Columns = [number[], ...(number | null)[][]];

/** The last `seconds` of the lines, on the times of the first one. */
function columnsOf(lines: Line[], seconds: number): Columns {
  const first = trackOf(lines[0]!.key);
  const all = first?.at ?? [];
  const from = Math.max(0, all.length - seconds);
  const times = all.slice(from);
  const out: Columns = [times];
  for (const line of lines) {
    const track = trackOf(line.key);
    if (!track || track.at.length === 0) {
      out.push(times.map(() => null));
      continue;
    }
    const shift = (times[0] ?? 0) - track.at[0]!;
    const column = track.values[line.figure];
    out.push(times.map((_, i) => column[i + shift] ?? null));
  }
  return out;
}

function colourOf(host: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.className = name;
  host.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function drawMarkers(u: uPlot, markers: Marker[], colour: string): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const marker of markers) {
    const x = Math.round(u.valToPos(marker.at, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const r = 3 * devicePixelRatio;
    ctx.beginPath();
    ctx.arc(x, bbox.top + r, r, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}

interface Setup {
  host: HTMLElement;
  lines: Line[];
  height: number;
  value: (v: number | null) => string;
  markers: () => Marker[];
  pointed: (index: number | null) => void;
}

function create(setup: Setup): uPlot {
  const { host, lines } = setup;
  const [ink, grid, mark] = ['c-dim', 'c-line', 'c-mark'].map((name) => colourOf(host, name));
  const font = '11px system-ui, sans-serif';
  const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return new uPlot(
    {
      width: Math.max(200, host.clientWidth),
      height: setup.height,
      legend: { show: false },
      cursor: { sync: { key: 'time' }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: false },
        y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.15 : 1] },
      },
      axes: [
        {
          ...axis,
          size: 24,
          space: 70,
          incrs: [5, 10, 15, 30, 60, 120, 300],
          values: (_u, at) => at.map((t) => clock(t)),
        },
        { ...axis, size: 52, space: 28, values: (_u, at) => at.map((v) => setup.value(v)) },
      ],
      series: [
        {},
        ...lines.map((line) => {
          const stroke = colourOf(host, line.colour);
          const fill = line.fill ? stroke.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)') : undefined;
          const base = { stroke, width: 1.5, points: { show: false }, spanGaps: false };
          return { ...base, ...(line.dash ? { dash: line.dash } : {}), ...(fill ? { fill } : {}) };
        }),
      ],
      hooks: {
        draw: [(u) => drawMarkers(u, setup.markers(), mark!)],
        setCursor: [(u) => setup.pointed(u.cursor.idx ?? null)],
      },
    },
    columnsOf(lines, range.peek()) as uPlot.AlignedData,
    host,
  );
}

export function Chart(props: {
  title: string;
  lines: Line[];
  value: (v: number | null) => string;
  height?: number;
}) {
  const host = useRef<HTMLDivElement>(null);
  const pointed = useSignal<number | null>(null);
  const keys = [...new Set(props.lines.map((l) => l.key))];
  const identity = props.lines.map((l) => `${l.key}|${l.figure}|${l.label}`).join(' ');
  useTracks(keys);
  useEffect(() => {
    const element = host.current!;
    const plot = create({
      host: element,
      lines: props.lines,
      height: props.height ?? 150,
      value: props.value,
      markers: () => markersFor(keys),
      pointed: (index) => (pointed.value = index),
    });
    const update = drawn.subscribe(() =>
      plot.setData(columnsOf(props.lines, range.value) as uPlot.AlignedData),
    );
    const ranged = range.subscribe((seconds) =>
      plot.setData(columnsOf(props.lines, seconds) as uPlot.AlignedData),
    );
    const size = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(200, element.clientWidth), height: props.height ?? 150 }),
    );
    size.observe(element);
    return () => {
      update();
      ranged();
      size.disconnect();
      plot.destroy();
    };
  }, [identity, painted.value]);
  void drawn.value;
  const columns = columnsOf(props.lines, range.value);
  const last = columns[0].length - 1;
  const index = pointed.value !== null && pointed.value <= last ? pointed.value : last;
  const at = columns[0][index];
  return (
    <figure class="chart">
      <figcaption>
        <h2>{props.title}</h2>
        <ul class="legend">
          {props.lines.map((line, i) => (
            <li key={line.key + line.figure}>
              <span
                class={`swatch ${line.colour}${line.dash ? ' dashed' : ''}`}
                aria-hidden="true"
              />
              {line.label} <b>{props.value(columns[i + 1]?.[index] ?? null)}</b>
            </li>
          ))}
          {pointed.value !== null && at !== undefined ? <li class="dim">{clock(at)}</li> : null}
        </ul>
      </figcaption>
      <div ref={host} class="plot" aria-hidden="true" />
    </figure>
  );
}

/** The last two minutes of a rate, as small as a word. */
export function Spark(props: { of: Key; figure: Figure; label: string }) {
  useTracks([props.of]);
  void drawn.value;
  const track = trackOf(props.of);
  const values = (track?.values[props.figure] ?? []).slice(-120);
  const top = Math.max(1, ...values.map((v) => v ?? 0));
  const points = values.flatMap((v, i) =>
    v === null ? [] : [`${i + 120 - values.length},${(23 - (22 * v) / top).toFixed(1)}`],
  );
  return (
    <svg
      class="spark"
      viewBox="0 0 120 24"
      preserveAspectRatio="none"
      role="img"
      aria-label={props.label}
    >
      {points.length > 1 ? <polyline points={points.join(' ')} /> : null}
    </svg>
  );
}

export function RangePicker() {
  return (
    <div class="segments" role="group" aria-label="Span of the charts">
      {[60, 300, 900].map((seconds) => (
        <button
          type="button"
          key={seconds}
          aria-pressed={range.value === seconds}
          onClick={() => (range.value = seconds)}
        >
          {seconds / 60} min
        </button>
      ))}
    </div>
  );
}
