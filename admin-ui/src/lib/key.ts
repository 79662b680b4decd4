// Keys of objects: `f:PXNAME`, `b:PXNAME`, `s:PXNAME/SVNAME`, `*`.
import type { Key } from '../data/types';

export function serverKey(pxname: string, svname: string): Key {
  return `s:${pxname}/${svname}`;
}

/** A key as people read it: "nodes/aws", "frontend www". */
export function nameOf(key: Key): string {
  if (key === '*') return 'the process';
  const name = key.slice(2);
  return key[0] === 'f' ? `frontend ${name}` : key[0] === 'b' ? `backend ${name}` : name;
}

/** The proxy's name in a key. */
export function proxyOf(key: Key): string {
  const name = key.slice(2);
  const slash = name.indexOf('/');
  return slash < 0 ? name : name.slice(0, slash);
}
