// The connection to the listener: the state once, then events. A connection that ends, or that is
// silent for too long, is opened again at the event where it stopped; until then the page says that
// what it shows is old.
import { signal } from '@preact/signals';
import { Problem, address, get, useToken } from './api';
import * as store from './store';
import type { Change, Drain, Marker, Session, State } from './types';
import { addMarker, markChange, onRates, refill } from './series';
import { changed } from './journal';

export type Link = 'starting' | 'live' | 'stale' | 'missing' | 'refused' | 'stopping';
export const link = signal<Link>('starting');
export const lastSeen = signal(0);
export const trouble = signal('');

/** Figures come every second; without any for this long, the page is stale. */
const SILENCE_MS = 4000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

let source: EventSource | null = null;
let wait = FIRST_WAIT_MS;
let retry: ReturnType<typeof setTimeout> | undefined;

function heard(): void {
  lastSeen.value = Date.now();
  if (link.peek() !== 'live') link.value = 'live';
  wait = FIRST_WAIT_MS;
}

function on<T>(events: EventSource, name: string, apply: (data: T) => void): void {
  events.addEventListener(name, (event) => {
    const message = event as MessageEvent<string>;
    if (source !== events) return;
    heard();
    apply(JSON.parse(message.data) as T);
    store.noteEvent(message.lastEventId);
  });
}

function listen(): void {
  source?.close();
  const events = new EventSource(address('events', { after: store.lastEvent }));
  source = events;
  on<store.Rates>(events, 'rates', (rates) => {
    store.applyRates(rates);
    onRates(rates.at);
  });
  for (const name of ['server', 'frontend', 'backend'])
    on<{ key: string }>(events, name, store.applyPart);
  on<Drain>(events, 'drain', store.applyDrain);
  on<Marker>(events, 'marker', addMarker);
  on<Change>(events, 'change', (change) => {
    store.applyChange(change);
    markChange(change);
    changed(change);
  });
  on<object>(events, 'process', (part) => {
    const known = store.process.peek();
    if (known) store.process.value = { ...known, ...part };
  });
  on(events, 'reset', () => void start());
  on(events, 'stopping', () => (link.value = 'stopping'));
  events.onerror = () => {
    if (source === events) reconnect();
  };
}

function reconnect(): void {
  source?.close();
  source = null;
  if (link.peek() !== 'stopping') link.value = 'stale';
  clearTimeout(retry);
  retry = setTimeout(() => void resume(), wait * (0.75 + Math.random() / 2));
  wait = Math.min(wait * 2, LONGEST_WAIT_MS);
}

/** Is the listener there again, and may we still read? Then events go on where they stopped. */
async function resume(): Promise<void> {
  try {
    const session = await get<Session>('session');
    if (!session.may.read) return await start();
    store.session.value = session;
  } catch (error) {
    const { status } = error as Problem;
    if (status === 0 || status >= 500) return reconnect();
    return await start();
  }
  listen();
  refill();
}

/** Reads the state and listens from there. */
export async function start(): Promise<void> {
  source?.close();
  source = null;
  try {
    let session = await get<Session>('session');
    let state: State | null = null;
    if (!session.may.read && !session.login) {
      // A browser sends what it knows for Basic only below the path where it was asked for it.
      state = await get<State>('state');
      session = await get<Session>('session');
    }
    store.session.value = session;
    useToken(session.token);
    if (!session.may.read) {
      link.value = 'refused';
      return;
    }
    store.load(state ?? (await get<State>('state')));
  } catch (error) {
    const problem = error as Problem;
    trouble.value = problem.message;
    if (problem.status === 404) link.value = 'missing';
    else if (problem.status === 401 || problem.status === 403) link.value = 'refused';
    else {
      if (link.peek() !== 'starting') link.value = 'stale';
      clearTimeout(retry);
      retry = setTimeout(() => void start(), wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    return;
  }
  heard();
  listen();
  refill();
}

/** Who may look without a name logs in for more: the form stands in place of the views. */
export function askToLogIn(): void {
  source?.close();
  source = null;
  clearTimeout(retry);
  link.value = 'refused';
}

/** Once a second: deadlines count down, and silence is noticed. */
export function watchTheClock(): void {
  setInterval(() => {
    store.beat();
    if (source && link.peek() === 'live' && Date.now() - lastSeen.peek() > SILENCE_MS) reconnect();
  }, 1000);
}

/** The button of the stale banner. */
export function tryNow(): void {
  clearTimeout(retry);
  wait = FIRST_WAIT_MS;
  void (store.process.peek() ? resume() : start());
}
