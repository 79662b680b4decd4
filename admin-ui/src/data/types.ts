// The contract's schemas (openapi.json), as far as the page reads them.
export type Key = string;
export type Source =
  'page' | 'form' | 'socket' | 'rest' | 'agent' | 'reload' | 'check' | 'internal';
export type Admin = 'ready' | 'drain' | 'maint';
export type Oper = 'up' | 'down' | 'nolb';

export interface Figures {
  req_rate: number;
  hrsp_4xx: number;
  hrsp_5xx: number;
  errors: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  scur: number;
  qcur: number;
}
export type Figure = keyof Figures;
export const FIGURES: Figure[] = [
  'req_rate',
  'hrsp_4xx',
  'hrsp_5xx',
  'errors',
  'p50',
  'p95',
  'p99',
  'scur',
  'qcur',
];

export interface Act {
  at: number;
  who?: string;
  from?: Source;
  note?: string;
  id?: number;
  text?: string;
}

export interface Check {
  enabled: boolean;
  check_status: string;
  check_code?: number | null;
  check_duration?: number | null;
  check_desc: string;
  last_chk?: string;
  check_rise?: number;
  check_fall?: number;
  check_health?: number;
}

export interface Drain {
  key: Key;
  since: number;
  who?: string;
  deadline?: number | null;
  requests: number;
  idle: number;
  tunnels: number;
  sticky: number;
  queued: number;
  oldest?: number | null;
  safe: boolean;
}

export interface Server extends Figures {
  key: Key;
  rev: number;
  pxname: string;
  svname: string;
  addr?: string;
  cookie?: string;
  role?: 'legacy' | 'new' | null;
  backup?: boolean;
  tracked?: string;
  status: string;
  admin: Admin;
  oper: Oper;
  weight: number;
  uweight: number;
  iweight: number;
  throttle?: number;
  since: number;
  last?: Act;
  slim?: number | null;
  smax?: number;
  stot?: number;
  req_tot?: number;
  econ?: number;
  eresp?: number;
  wretr?: number;
  wredis?: number;
  chkfail?: number;
  chkdown?: number;
  downtime?: number;
  check?: Check | null;
  agent?: Check | null;
  drain?: Drain | null;
  dynamic?: boolean;
}

interface ProxyCommon extends Figures {
  key: Key;
  rev: number;
  pxname: string;
  desc?: string;
  mode: 'http' | 'tcp';
  slim?: number;
  smax?: number;
  stot?: number;
  req_tot?: number;
  last?: Act;
}
export interface Frontend extends ProxyCommon {
  status: 'OPEN' | 'FULL' | 'PAUSED' | 'STOP';
  dreq?: number;
  ereq?: number;
  backends?: string[];
}
export interface Sides {
  legacy: string[];
  new: string[];
}
export interface Backend extends ProxyCommon {
  status: 'UP' | 'DOWN';
  algo?: string;
  cookie?: string;
  since?: number;
  sides?: Sides | null;
  servers: Server[];
}

export interface Process {
  name: string;
  version: string;
  node?: string;
  description?: string;
  pid: number;
  started: number;
  nbthread: number;
  maxconn?: number;
  curr_conns?: number;
  stopping?: boolean;
  classic?: string | null;
}
export interface State {
  event: string;
  rev: number;
  now: number;
  process: Process;
  fields: Figure[];
  frontends: Frontend[];
  backends: Backend[];
  pending: Change[];
}

export interface Session {
  user: string | null;
  role: 'none' | 'viewer' | 'operator' | 'admin';
  auth: string;
  may: { read: boolean; change: boolean; configure: boolean };
  token?: string;
  login?: boolean;
}

export interface Share {
  percent: number;
  legacy?: string[];
  new?: string[];
}
export type Kind =
  | 'state'
  | 'weight'
  | 'addr'
  | 'maxconn'
  | 'health'
  | 'check'
  | 'agent'
  | 'agent-health'
  | 'sessions'
  | 'share'
  | 'add'
  | 'delete'
  | 'counters'
  | 'reload';
export interface Action {
  target: Key;
  set: Kind;
  value?: string | number | Share | null;
  drain_deadline?: number;
}
export interface ChangeItem {
  target: Key;
  set: Kind;
  old: string;
  new: string;
}
export interface Change {
  id: number;
  at: number;
  who: string;
  from: Source;
  source?: string;
  note?: string;
  items: ChangeItem[];
  commands: string[];
  undoable: boolean;
  undo_of?: number | null;
  undone_by?: number | null;
  expires_at?: number | null;
  confirmed_by?: string | null;
}
export interface ChangeLog {
  changes: Change[];
  more: boolean;
  chain?: { file?: string | null; intact?: boolean; broken_at?: number | null };
}

export interface Marker {
  at: number;
  text: string;
  who?: string;
  id?: number;
  keys: Key[];
}
export interface Series {
  from: number;
  step: 1;
  count: number;
  series: Record<Key, Record<Figure, (number | null)[]>>;
  markers: Marker[];
}

export interface Fault {
  detail: string;
  pointer?: string;
  severity?: 'error' | 'warning';
  file?: string;
  line?: number;
  column?: number;
  source?: string;
}
export interface ProblemBody {
  title: string;
  status: number;
  code: string;
  detail?: string;
  errors?: Fault[];
}

export interface Listener {
  key: Key;
  pxname: string;
  name: string;
  addr: string;
  ssl: boolean;
  alpn?: string[];
  status?: string;
  scur: number;
  slim?: number;
  certificates?: string[];
  file?: string;
  line?: number;
}
export interface Certificate {
  file: string;
  subject: string;
  names: string[];
  issuer: string;
  algorithm: string;
  not_before: number;
  not_after: number;
  days_left: number;
}
export interface Configuration {
  loaded_at: number;
  who?: string;
  changed_on_disk?: boolean;
  files: { path: string; text: string }[];
  sections?: { kind: string; name: string; file: number; line: number }[];
}
export interface Request {
  at: number;
  client?: string;
  frontend?: string;
  backend?: string;
  server?: string | null;
  method: string;
  path: string;
  status: number;
  time: number;
  bytes?: number;
  term?: string;
}
