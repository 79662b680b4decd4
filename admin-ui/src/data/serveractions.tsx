// What can be done with servers: the same list for one and for many.
import { signal } from '@preact/signals';
import type { Item } from '../parts/overlay';
import { change } from './actions';
import { mayChange, mayConfigure, servers } from './store';
import type { Action, Key, Kind, Server } from './types';

/** What the dialog "Change …" is about; null when it is closed. */
export interface Form {
  keys: Key[];
  kind: Kind;
  value: string;
}
export const form = signal<Form | null>(null);

export function act(keys: Key[], set: Kind, value: string | number): void {
  void change(keys.map((target): Action => ({ target, set, value })));
}

export function setState(keys: Key[], state: 'ready' | 'drain' | 'maint'): void {
  const other = keys.filter((key) => servers.get(key)?.data.admin !== state);
  act(other.length > 0 ? other : keys, 'state', state);
}

const first = (keys: Key[]): Server | undefined => servers.get(keys[0] ?? '')?.data;

export function serverMenu(keys: Key[]): Item[] {
  const locked = !mayChange.value;
  const fixed = !mayConfigure.value; // an operator sets states and weights
  const list = keys.flatMap((key) => servers.get(key)?.data ?? []);
  const one = list.length === 1 ? list[0] : undefined;
  const checked = list.some((s) => s.check);
  const agents = list.some((s) => s.agent);
  const edit = (kind: Kind, value: string) => () => (form.value = { keys, kind, value });
  const item = (label: string, set: Kind, value: string, on: boolean, hint?: string): Item => ({
    label,
    run: () => act(keys, set, value),
    disabled: locked || !on,
    ...(hint ? { hint } : {}),
  });
  return [
    { label: 'State with a deadline or a note…', run: edit('state', 'drain'), disabled: locked },
    { label: 'Weight…', run: edit('weight', String(first(keys)?.uweight ?? 1)), disabled: locked },
    { label: 'Maxconn…', run: edit('maxconn', String(first(keys)?.slim ?? 0)), disabled: fixed },
    { label: 'Address…', run: edit('addr', one?.addr ?? ''), disabled: fixed || !one },
    { ...item('Health: enable checks', 'check', 'enabled', checked), apart: true },
    item('Health: disable checks', 'check', 'disabled', checked),
    item('Health: force UP', 'health', 'up', checked, 'until the next check'),
    item('Health: force NOLB', 'health', 'stopping', checked, 'until the next check'),
    item('Health: force DOWN', 'health', 'down', checked, 'until the next check'),
    { ...item('Agent: enable checks', 'agent', 'enabled', agents), apart: true },
    item('Agent: disable checks', 'agent', 'disabled', agents),
    item('Agent: force UP', 'agent-health', 'up', agents),
    item('Agent: force DOWN', 'agent-health', 'down', agents),
    { ...item('Shut down sessions', 'sessions', 'shutdown', true), apart: true, danger: true },
    {
      label: 'Delete',
      danger: true,
      disabled: fixed || !one?.dynamic,
      run: () => void change([{ target: keys[0]!, set: 'delete' }]),
      ...(one?.dynamic ? {} : { hint: 'added at run time only' }),
    },
  ];
}
