// Figures of the last 15 minutes of the objects that are being looked at. The listener keeps them,
// so that a fresh page is not empty; afterwards each second's figures are appended here.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, type Problem } from './api';
import { figuresOf } from './store';
import type { Change, Figure, Key, Marker, Series } from './types';
import { FIGURES } from './types';
import { describe } from '../lib/words';

export const KEEP = 900;
const BATCH = 32;

export interface Track {
  at: number[];
  values: Record<Figure, (number | null)[]>;
  loaded: boolean;
  watchers: number;
}

const tracks = new Map<Key, Track>();
/** Grows when any track has other values. */
export const drawn = signal(0);
export const markers = signal<Marker[]>([]);
export const unavailable = signal(false);

function emptyTrack(): Track {
  const values = Object.fromEntries(FIGURES.map((f) => [f, []])) as unknown as Track['values'];
  return { at: [], values, loaded: false, watchers: 0 };
}

export function trackOf(key: Key): Track | undefined {
  return tracks.get(key);
}

function append(track: Track, at: number, figures: Record<Figure, number | null> | null): void {
  track.at.push(at);
  for (const f of FIGURES) track.values[f].push(figures ? (figures[f] ?? null) : null);
}

function trim(track: Track): void {
  const over = track.at.length - KEEP;
  if (over <= 0) return;
  track.at.splice(0, over);
  for (const f of FIGURES) track.values[f].splice(0, over);
}

export function onRates(at: number): void {
  const second = Math.floor(at);
  for (const [key, track] of tracks) {
    const last = track.at[track.at.length - 1] ?? second - 1;
    if (second <= last) continue;
    for (let gap = Math.max(last + 1, second - KEEP); gap < second; ++gap) append(track, gap, null);
    append(track, second, figuresOf(key) ?? null);
    trim(track);
  }
  const oldest = at - KEEP;
  if (markers.value.some((m) => m.at < oldest))
    markers.value = markers.value.filter((m) => m.at >= oldest);
  drawn.value++;
}

let asked = new Set<Key>();

function ask(key: Key): void {
  if (asked.size === 0) queueMicrotask(() => void fetchAsked());
  asked.add(key);
}

async function fetchAsked(): Promise<void> {
  const keys = [...asked];
  asked = new Set();
  for (let i = 0; i < keys.length; i += BATCH) {
    try {
      take(await get<Series>('series', { key: keys.slice(i, i + BATCH) }));
      unavailable.value = false;
    } catch (error) {
      // Without a history the charts begin now.
      if ((error as Problem).missing) unavailable.value = true;
      for (const key of keys.slice(i, i + BATCH)) {
        const track = tracks.get(key);
        if (track) track.loaded = true;
      }
    }
  }
}

function take(series: Series): void {
  for (const [key, columns] of Object.entries(series.series)) {
    const track = tracks.get(key);
    if (!track) continue;
    // What arrived by events while the answer was on its way follows it.
    const end = series.from + series.count;
    const later = track.at.findIndex((t) => t >= end);
    const known = later < 0 ? track.at.length : later;
    const times = Array.from({ length: series.count }, (_, i) => series.from + i * series.step);
    track.at = [...times, ...track.at.slice(known)];
    for (const f of FIGURES) track.values[f] = [...columns[f], ...track.values[f].slice(known)];
    track.loaded = true;
    trim(track);
  }
  mergeMarkers(series.markers);
  drawn.value++;
}

const sameMarker = (a: Marker, b: Marker): boolean =>
  a.id !== undefined ? a.id === b.id : a.at === b.at && a.text === b.text;

function mergeMarkers(more: Marker[]): void {
  const fresh = more.filter((m) => !markers.value.some((known) => sameMarker(known, m)));
  if (fresh.length > 0)
    markers.value = [...markers.value, ...fresh].sort((a, b) => a.at - b.at).slice(-200);
}

export function addMarker(marker: Marker): void {
  mergeMarkers([marker]);
}

export function markChange(change: Change): void {
  const keys = [...new Set(change.items.map((item) => item.target))];
  mergeMarkers([{ at: change.at, text: describe(change), who: change.who, id: change.id, keys }]);
}

/** Markers of these objects; one of a server belongs to its backend too. */
export function markersFor(keys: Key[]): Marker[] {
  const own = new Set(keys);
  const proxies = keys.filter((k) => k[0] === 'b').map((k) => `s:${k.slice(2)}/`);
  return markers.value.filter((m) =>
    m.keys.some((k) => own.has(k) || proxies.some((p) => k.startsWith(p))),
  );
}

/** After a pause, what was missed is read again. */
export function refill(): void {
  for (const [key, track] of tracks) if (track.watchers > 0) ask(key);
}

/** Keeps the figures of these objects while the component is there. */
export function useTracks(keys: Key[]): void {
  const joined = keys.join(' ');
  useEffect(() => {
    const own = joined === '' ? [] : joined.split(' ');
    for (const key of own) {
      const track = tracks.get(key) ?? emptyTrack();
      tracks.set(key, track);
      if (track.watchers++ === 0 && !track.loaded) ask(key);
    }
    return () => {
      for (const key of own) {
        const track = tracks.get(key);
        if (track && --track.watchers === 0) tracks.delete(key);
      }
    };
  }, [joined]);
}

export interface Window {
  req_rate: number;
  hrsp_4xx: number;
  hrsp_5xx: number;
  errors: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/**
 * Means of the last seconds over several objects: rates are summed, latencies weighed by the
 * requests that they belong to.
 */
export function lastWindow(keys: Key[], seconds: number): Window {
  const out: Window = {
    req_rate: 0,
    hrsp_4xx: 0,
    hrsp_5xx: 0,
    errors: 0,
    p50: null,
    p95: null,
    p99: null,
  };
  const timed = { p50: [0, 0], p95: [0, 0], p99: [0, 0] };
  for (const key of keys) {
    const track = tracks.get(key);
    if (!track || track.at.length === 0) continue;
    const from = Math.max(0, track.at.length - seconds);
    const n = track.at.length - from;
    for (let i = from; i < track.at.length; ++i) {
      const requests = track.values.req_rate[i] ?? 0;
      for (const f of ['req_rate', 'hrsp_4xx', 'hrsp_5xx', 'errors'] as const)
        out[f] += (track.values[f][i] ?? 0) / n;
      for (const q of ['p50', 'p95', 'p99'] as const) {
        const value = track.values[q][i];
        if (value === null || value === undefined) continue;
        timed[q][0]! += value * requests;
        timed[q][1]! += requests;
      }
    }
  }
  for (const q of ['p50', 'p95', 'p99'] as const)
    if (timed[q][1]! > 0) out[q] = timed[q][0]! / timed[q][1]!;
  return out;
}
