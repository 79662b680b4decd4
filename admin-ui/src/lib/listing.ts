// Which servers a table shows, and in which order. Pure: the same for 3 servers and for 2,000.
import type { Server } from '../data/types';
import { troubled } from './status';

export type Column =
  | 'name'
  | 'state'
  | 'check'
  | 'weight'
  | 'share'
  | 'rate'
  | 'errors'
  | 'latency'
  | 'sessions'
  | 'changed';
export interface Sort {
  column: Column;
  down: boolean;
}
export type Only = 'all' | 'trouble' | 'drain' | 'selected';

const STATES = ['down', 'nolb', 'maint', 'drain', 'up'];

function stateRank(s: Server): number {
  if (s.admin !== 'ready') return STATES.indexOf(s.admin);
  return STATES.indexOf(s.oper);
}

/** Errors of a server that its table counts: failed connections and responses, and its 5xx. */
export function errorsOf(s: Pick<Server, 'errors' | 'hrsp_5xx'>): number {
  return s.errors + s.hrsp_5xx;
}

const VALUE: Record<Column, (s: Server) => number | string> = {
  name: (s) => `${s.pxname}/${s.svname}`,
  state: stateRank,
  check: (s) => s.check?.check_status ?? '',
  weight: (s) => s.uweight,
  share: (s) => s.req_rate,
  rate: (s) => s.req_rate,
  errors: errorsOf,
  latency: (s) => s.p95 ?? -1,
  sessions: (s) => s.scur,
  changed: (s) => s.last?.at ?? s.since,
};

/** Columns whose values are other ones every second. */
export function isLive(column: Column): boolean {
  return ['share', 'rate', 'errors', 'latency', 'sessions'].includes(column);
}

export function sorted(servers: Server[], sort: Sort | null): Server[] {
  if (sort === null) return servers;
  const value = VALUE[sort.column];
  const sign = sort.down ? -1 : 1;
  const collator = new Intl.Collator('en', { numeric: true });
  return servers
    .map((server, place) => ({ server, place, v: value(server) }))
    .sort((a, b) => {
      const order =
        typeof a.v === 'string' ? collator.compare(a.v, b.v as string) : a.v - (b.v as number);
      return sign * order || a.place - b.place;
    })
    .map((entry) => entry.server);
}

/** Every word must be found in the name, the address, the state or the role. */
export function matches(s: Server, words: string[]): boolean {
  if (words.length === 0) return true;
  const text =
    `${s.pxname}/${s.svname} ${s.addr ?? ''} ${s.status} ${s.admin} ${s.role ?? ''}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export function filtered(
  servers: Server[],
  text: string,
  only: Only,
  selected: ReadonlySet<string>,
): Server[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return servers.filter((s) => {
    if (only === 'trouble' && !troubled(s)) return false;
    if (only === 'drain' && !s.drain && s.admin === 'ready') return false;
    if (only === 'selected' && !selected.has(s.key)) return false;
    return matches(s, words);
  });
}

/** The rows that a window of this height shows, with a few more on both sides. */
export function visible(
  count: number,
  rowHeight: number,
  top: number,
  height: number,
): { from: number; to: number } {
  const spare = 6;
  const from = Math.max(0, Math.floor(top / rowHeight) - spare);
  return { from, to: Math.min(count, Math.ceil((top + height) / rowHeight) + spare) };
}
