// What the page knows of the process. One object per frontend, backend and server, changed in place
// by events; each has a signal of its own, so that an event redraws only who shows that object.
import { batch, computed, signal } from '@preact/signals';
import type {
  Backend,
  Change,
  Drain,
  Figure,
  Frontend,
  Key,
  Process,
  Server,
  Session,
  State,
} from './types';
import { FIGURES } from './types';
import type { Known } from '../lib/risk';
import { troubled } from '../lib/status';
import { proxyOf } from '../lib/key';

export class Entity<T extends { key: Key }> {
  readonly version = signal(0);
  constructor(readonly data: T) {}
  /**
   * The data, for a component that is to be drawn again when it changes. A copy, since components
   * that are given the same object again are not drawn again.
   */
  read(): T {
    void this.version.value;
    return { ...this.data };
  }
  changed(): void {
    this.version.value = this.version.peek() + 1;
  }
}

export const servers = new Map<Key, Entity<Server>>();
export const frontends = new Map<Key, Entity<Frontend>>();
export const backends = new Map<Key, Entity<Backend>>();

export const process = signal<Process | null>(null);
export const session = signal<Session | null>(null);
export const pending = signal<Change[]>([]);
/** Grows when objects come or go. */
export const structure = signal(0);
/** Grows when a state, a weight or another setting of any object changes. */
export const settings = signal(0);
/** Grows with the figures, once a second. */
export const tick = signal(0);
export const rev = signal(0);
/** The listener's clock less ours, in seconds; deadlines are told by the listener's. */
let skew = 0;
export const now = signal(Date.now() / 1000);

export function beat(): void {
  now.value = Date.now() / 1000 + skew;
}

export const mayChange = computed(() => session.value?.may.change !== false);
export const mayConfigure = computed(() => session.value?.may.configure !== false);

let fields: Figure[] = FIGURES;
export let lastEvent = '';
export function noteEvent(id: string): void {
  if (id) lastEvent = id;
}

export function load(state: State): void {
  batch(() => {
    keepOnly(frontends, new Set(state.frontends.map((f) => f.key)));
    keepOnly(backends, new Set(state.backends.map((b) => b.key)));
    keepOnly(servers, new Set(state.backends.flatMap((b) => b.servers.map((s) => s.key))));
    for (const f of state.frontends) put(frontends, f);
    for (const b of state.backends) {
      put(backends, b);
      for (const s of b.servers) put(servers, s);
    }
    fields = state.fields;
    lastEvent = state.event;
    skew = state.now - Date.now() / 1000;
    process.value = state.process;
    pending.value = state.pending;
    rev.value = state.rev;
    structure.value++;
    settings.value++;
    tick.value++;
    beat();
  });
}

function keepOnly(map: Map<Key, unknown>, keys: Set<Key>): void {
  for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
}

function put<T extends { key: Key }>(map: Map<Key, Entity<T>>, data: T): void {
  const known = map.get(data.key);
  if (!known) {
    map.set(data.key, new Entity(data));
    return;
  }
  Object.assign(known.data, data);
  known.changed();
}

type Part = { key: Key; rev?: number; deleted?: boolean };

/** An event `server`, `frontend` or `backend`. */
export function applyPart(part: Part): void {
  batch(() => {
    const kind = part.key[0];
    if (kind === 's') applyServer(part as Part & Partial<Server>);
    const map = kind === 'f' ? frontends : kind === 'b' ? backends : servers;
    const entity = map.get(part.key) as Entity<{ key: Key }> | undefined;
    if (entity) {
      const { servers: _, ...plain } = part as Part & { servers?: unknown };
      Object.assign(entity.data, plain);
      entity.changed();
    }
    if (part.rev && part.rev > rev.value) rev.value = part.rev;
    settings.value++;
  });
}

function applyServer(part: Part & Partial<Server>): void {
  const backend = backends.get(`b:${proxyOf(part.key)}`);
  if (!backend) return;
  const list = backend.data.servers;
  if (part.deleted) {
    servers.delete(part.key);
    backend.data.servers = list.filter((s) => s.key !== part.key);
  } else if (!servers.has(part.key) && part.svname) {
    const data = part as Server;
    servers.set(part.key, new Entity(data));
    backend.data.servers = [...list, data];
  } else {
    return;
  }
  backend.changed();
  structure.value++;
}

export interface Rates {
  at: number;
  rows: [Key, ...(number | null)[]][];
}

/** An event `rates`: the figures of objects whose figures are others than a second ago. */
export function applyRates(rates: Rates): void {
  batch(() => {
    skew = rates.at - Date.now() / 1000;
    beat();
    for (const row of rates.rows) {
      const key = row[0];
      const map = key[0] === 'f' ? frontends : key[0] === 'b' ? backends : servers;
      const entity = map.get(key);
      if (!entity) continue;
      const data = entity.data as unknown as Record<string, number | null>;
      for (let i = 0; i < fields.length; ++i)
        data[fields[i]!] = (row[i + 1] as number | null) ?? null;
      entity.changed();
    }
    tick.value++;
  });
}

export function applyDrain(drain: Drain & { over?: boolean }): void {
  const entity = servers.get(drain.key);
  if (!entity) return;
  entity.data.drain = drain.over ? null : drain;
  entity.changed();
  settings.value++;
}

/** An event `change`: what of it is pending, or no longer. */
export function applyChange(change: Change): void {
  const others = pending.value.filter((c) => c.id !== change.id && c.id !== change.undo_of);
  const open = change.expires_at && !change.confirmed_by && !change.undone_by;
  pending.value = open ? [...others, change] : others;
}

/** The figures of an object; those of a server, a backend or a frontend. */
export function figuresOf(key: Key): Record<Figure, number | null> | undefined {
  const map = key[0] === 'f' ? frontends : key[0] === 'b' ? backends : servers;
  return map.get(key)?.data as unknown as Record<Figure, number | null> | undefined;
}

export const known: Known = {
  backend: (pxname) => backends.get(`b:${pxname}`)?.data,
  servers: (pxname) =>
    (backends.get(`b:${pxname}`)?.data.servers ?? []).map((s) => servers.get(s.key)?.data ?? s),
  server: (key) => servers.get(key)?.data,
  sessions: (key) => figuresOf(key)?.scur ?? 0,
};

export const troubles = computed(() => {
  void settings.value;
  const out: Server[] = [];
  for (const { data } of servers.values()) if (troubled(data)) out.push(data);
  return out.sort((a, b) => b.since - a.since);
});

export const totalRate = computed(() => {
  void tick.value;
  let total = 0;
  for (const { data } of frontends.values()) total += data.req_rate;
  return total;
});
