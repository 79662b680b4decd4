// A server's state in words, with an icon and a tone: colour is never the only sign.
import type { Backend, Check, Frontend, Server } from '../data/types';
import { plural } from './format';

export type Tone = 'ok' | 'warn' | 'bad' | 'calm' | 'off';
export type IconName =
  'up' | 'down' | 'drain' | 'maint' | 'rising' | 'falling' | 'nolb' | 'unchecked';

export interface Standing {
  icon: IconName;
  tone: Tone;
  text: string;
}

export function standing(s: Server): Standing {
  const text = s.status;
  if (s.admin === 'maint' || text.startsWith('MAINT')) return { icon: 'maint', tone: 'off', text };
  if (s.oper === 'down')
    return text.includes('/')
      ? { icon: 'rising', tone: 'warn', text }
      : { icon: 'down', tone: 'bad', text };
  if (s.admin === 'drain' || text.startsWith('DRAIN')) return { icon: 'drain', tone: 'calm', text };
  if (s.oper === 'nolb') return { icon: 'nolb', tone: 'warn', text };
  if (text.includes('/')) return { icon: 'falling', tone: 'warn', text };
  if (text === 'no check') return { icon: 'unchecked', tone: 'ok', text };
  return { icon: 'up', tone: 'ok', text };
}

/** May a request that belongs to no particular server be sent here? */
export function usable(s: Pick<Server, 'admin' | 'oper' | 'weight'>): boolean {
  return s.admin === 'ready' && s.oper === 'up' && s.weight > 0;
}

/** Does it belong on the banner: is it anything but READY and UP? */
export function troubled(s: Server): boolean {
  return s.admin !== 'ready' || s.oper !== 'up';
}

export function frontendStanding(f: Frontend): Standing {
  if (f.status === 'OPEN') return { icon: 'up', tone: 'ok', text: 'OPEN' };
  if (f.status === 'FULL') return { icon: 'falling', tone: 'warn', text: 'FULL' };
  return { icon: 'maint', tone: 'off', text: f.status };
}

export function backendStanding(b: Backend, servers: Server[]): Standing {
  const up = servers.filter((s) => usable({ ...s, weight: 1 })).length;
  if (b.status === 'DOWN' || (servers.length > 0 && !servers.some(usable)))
    return { icon: 'down', tone: 'bad', text: servers.length > 0 ? 'no server' : 'DOWN' };
  if (up < servers.length)
    return { icon: 'falling', tone: 'warn', text: `${up} of ${servers.length} UP` };
  return { icon: 'up', tone: 'ok', text: plural(up, 'server') };
}

const WORDS: Record<string, string> = {
  UNK: 'not checked yet',
  INI: 'first check under way',
  SOCKERR: 'no socket for the check',
  L4OK: 'connects',
  L4TOUT: 'does not answer to connections',
  L4CON: 'refuses connections',
  L6OK: 'TLS agreed',
  L6TOUT: 'TLS timed out',
  L6RSP: 'TLS failed',
  L7OK: 'answers',
  L7OKC: 'answers 404: to be drained',
  L7TOUT: 'answer timed out',
  L7RSP: 'answers what is not expected',
  L7STS: 'answers with a failure',
  PROCERR: 'check command failed',
  PROCTOUT: 'check command timed out',
  PROCOK: 'check command passed',
  HANA: 'too many failures in traffic',
};

/** The last check in a few words: "answers 200 in 3 ms". */
export function checkWords(check: Check | null | undefined): string {
  if (!check) return 'no check';
  if (!check.enabled) return 'checks are off';
  const code = check.check_status.replace(/^\* /, '');
  let out = WORDS[code] ?? check.check_desc;
  if (check.check_code && (code === 'L7OK' || code === 'L7STS'))
    out = `answers ${check.check_code}`;
  const took = typeof check.check_duration === 'number' && /OK|STS/.test(code);
  if (took) out += ` in ${check.check_duration} ms`;
  return out;
}

export function drainWords(s: Server): string {
  const d = s.drain;
  if (!d) return '';
  if (d.safe) return 'safe to stop';
  const parts: string[] = [];
  if (d.requests > 0) parts.push(plural(d.requests, 'request'));
  if (d.tunnels > 0) parts.push(plural(d.tunnels, 'tunnel'));
  if (d.idle > 0) parts.push(`${d.idle} idle`);
  if (d.queued > 0) parts.push(`${d.queued} queued`);
  if (d.sticky > 0) parts.push(plural(d.sticky, 'sticky client'));
  return parts.length > 0 ? parts.join(', ') : 'waiting for it to settle';
}
