// What could go wrong with a change, in words that name the effect. Nothing risky: no question.
import type { Action, Backend, Key, Server, Share } from '../data/types';
import { count, percent, rate } from './format';
import { nameOf, serverKey } from './key';
import { usable } from './status';
import { weightsFor } from './share';

export interface Risk {
  code: 'last-server' | 'over-half' | 'whole-backend' | 'ends-sessions' | 'unhealthy-side' | 'all';
  target: Key;
  text: string;
}

export interface Known {
  backend(pxname: string): Backend | undefined;
  servers(pxname: string): Server[];
  server(key: Key): Server | undefined;
  sessions(key: Key): number;
}

type Copy = Pick<Server, 'key' | 'admin' | 'oper' | 'weight' | 'backup' | 'svname' | 'req_rate'>;

const takes = (s: Copy): boolean => usable(s);

/** Applies one action to copies of a backend's servers, as far as availability is touched. */
function apply(action: Action, copies: Map<Key, Copy>, known: Known): void {
  if (action.set === 'share') {
    for (const [key, weight] of shareWeights(action, known)) {
      const copy = copies.get(key);
      if (copy) copy.weight = weight;
    }
    return;
  }
  const s = copies.get(action.target);
  if (!s) return;
  if (action.set === 'state') s.admin = action.value as Server['admin'];
  if (action.set === 'delete') s.admin = 'maint';
  if (action.set === 'health')
    s.oper = action.value === 'up' ? 'up' : action.value === 'down' ? 'down' : 'nolb';
  if (action.set === 'agent-health') s.oper = action.value === 'up' ? 'up' : 'down';
  if (action.set === 'weight') {
    const text = String(action.value);
    const configured = known.server(action.target)?.iweight ?? 1;
    s.weight = text.endsWith('%')
      ? Math.round((configured * parseFloat(text)) / 100)
      : Number(text);
  }
}

/** The weights that a share action sets, by key. */
export function shareWeights(action: Action, known: Known): Map<Key, number> {
  const out = new Map<Key, number>();
  const pxname = action.target.slice(2);
  const share = action.value as Share;
  const sides = known.backend(pxname)?.sides;
  const legacy = share.legacy ?? sides?.legacy ?? [];
  const fresh = share.new ?? sides?.new ?? [];
  if (legacy.length === 0 || fresh.length === 0) return out;
  const configured = (names: string[]) =>
    names.map((n) => known.server(serverKey(pxname, n))?.iweight ?? 1);
  const weights = weightsFor(share.percent, configured(legacy), configured(fresh));
  legacy.forEach((n, i) => out.set(serverKey(pxname, n), weights.legacy[i] ?? 0));
  fresh.forEach((n, i) => out.set(serverKey(pxname, n), weights.fresh[i] ?? 0));
  return out;
}

function lossOf(pxname: string, before: Copy[], after: Copy[], req_rate: number): Risk | null {
  const target = `b:${pxname}`;
  const had = before.filter((s) => !s.backup && takes(s));
  const left = after.filter((s) => !s.backup && takes(s));
  const gone = had.filter((s) => !left.some((other) => other.key === s.key));
  if (gone.length === 0) return null;
  const traffic = req_rate > 0 ? ` It has ${rate(req_rate)} requests per second now.` : '';
  if (left.length === 0) {
    if (after.some((s) => s.backup && takes(s)))
      return {
        code: 'last-server',
        target,
        text: `Only backup servers are left in ${pxname}; they take all of its traffic.${traffic}`,
      };
    const fate = 'New requests wait in its queue or are answered 503.';
    return gone.length > 1 || had.length > 1
      ? {
          code: 'whole-backend',
          target,
          text: `No server of ${pxname} takes requests any more. ${fate}${traffic}`,
        }
      : {
          code: 'last-server',
          target,
          text:
            `${pxname}/${gone[0]!.svname} is the last server of ${pxname} that takes requests. ` +
            fate +
            traffic,
        };
  }
  const weight = (list: Copy[]) => list.reduce((total, s) => total + s.weight, 0);
  const lost = weight(gone) / weight(had);
  if (lost <= 0.5) return null;
  return {
    code: 'over-half',
    target,
    text:
      `${pxname} loses ${percent(100 * lost)} of its capacity; the rest ` +
      `(${left
        .map((s) => s.svname)
        .slice(0, 3)
        .join(', ')}${left.length > 3 ? ', …' : ''}) ` +
      `takes over.${traffic}`,
  };
}

function sideRisk(action: Action, known: Known): Risk | null {
  const pxname = action.target.slice(2);
  const share = action.value as Share;
  const sides = known.backend(pxname)?.sides;
  const check = (names: string[], label: string): Risk | null => {
    const servers = names.map((n) => known.server(serverKey(pxname, n)));
    if (servers.some((s) => s && s.admin === 'ready' && s.oper === 'up')) return null;
    return {
      code: 'unhealthy-side',
      target: action.target,
      text:
        `No server of the ${label} side of ${pxname} is READY and UP: what it is given goes to ` +
        `others, waits or fails.`,
    };
  };
  if (share.percent > 0) {
    const risk = check(share.new ?? sides?.new ?? [], 'new');
    if (risk) return risk;
  }
  return share.percent < 100 ? check(share.legacy ?? sides?.legacy ?? [], 'legacy') : null;
}

function sessionRisk(action: Action, known: Known): Risk | null {
  if (action.set === 'sessions') {
    const open = known.sessions(action.target);
    return {
      code: 'ends-sessions',
      target: action.target,
      text:
        `${count(open)} open session${open === 1 ? '' : 's'} of ${nameOf(action.target)} ` +
        `end${open === 1 ? 's' : ''} at once; their clients see an error.`,
    };
  }
  if (action.target.startsWith('f:') && action.value === 'disabled')
    return {
      code: 'all',
      target: action.target,
      text: `${nameOf(action.target)} takes no new connections until it is enabled again.`,
    };
  if (action.set === 'delete')
    return {
      code: 'all',
      target: action.target,
      text: `${nameOf(action.target)} is removed, with its counters. It can't be undone.`,
    };
  if (action.set === 'counters' && action.value === 'clear-all')
    return { code: 'all', target: '*', text: 'All counters begin at zero again. No undo.' };
  return null;
}

/** Every risk of a set of actions, worst first. */
export function risksOf(actions: Action[], known: Known): Risk[] {
  const out: Risk[] = [];
  const touched = new Set<string>();
  for (const action of actions) {
    const risk = sessionRisk(action, known);
    if (risk) out.push(risk);
    if (action.set === 'share') {
      const side = sideRisk(action, known);
      if (side) out.push(side);
    } else if (action.target.startsWith('s:')) {
      touched.add(action.target.slice(2, action.target.indexOf('/')));
    }
  }
  for (const pxname of touched) {
    const servers = known.servers(pxname);
    const copies = new Map<Key, Copy>(servers.map((s) => [s.key, { ...s }]));
    for (const action of actions) apply(action, copies, known);
    const traffic = known.backend(pxname)?.req_rate ?? 0;
    const risk = lossOf(pxname, servers, [...copies.values()], traffic);
    if (risk) out.push(risk);
  }
  const order = ['whole-backend', 'last-server', 'over-half'];
  const place = (risk: Risk) => (order.includes(risk.code) ? order.indexOf(risk.code) : 3);
  return out.sort((a, b) => place(a) - place(b));
}
