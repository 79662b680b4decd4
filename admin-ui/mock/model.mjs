// A process with believable traffic: rates that rise and fall, latencies with a tail, sessions by
// Little's law, drains that take their time. Everything follows from the time and a seed, so that
// two runs are alike.
export const FIELDS = [
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
const KEEP = 900;

const round = (value, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits;

/** Noise in 0..1 that depends on a name and a second only. */
function noise(name, second) {
  let h = 2166136261 ^ second;
  for (let i = 0; i < name.length; ++i) h = Math.imul(h ^ name.charCodeAt(i), 16777619);
  h ^= h >>> 15;
  h = Math.imul(h, 2246822507);
  h ^= h >>> 13;
  return ((Math.imul(h, 3266489909) ^ (h >>> 16)) >>> 0) / 4294967296;
}

function server(pxname, svname, more = {}) {
  return {
    key: `s:${pxname}/${svname}`,
    rev: 1,
    pxname,
    svname,
    addr: '10.0.0.1:8080',
    role: null,
    backup: false,
    status: 'UP',
    admin: 'ready',
    oper: 'up',
    weight: 100,
    uweight: 100,
    iweight: 100,
    slim: null,
    qlimit: null,
    smax: 40,
    stot: 90000,
    req_tot: 100000,
    bin: 1e8,
    bout: 9e8,
    econ: 2,
    eresp: 1,
    wretr: 3,
    wredis: 0,
    chkfail: 1,
    chkdown: 0,
    downtime: 0,
    check: {
      enabled: true,
      check_status: 'L7OK',
      check_code: 200,
      check_duration: 3,
      check_desc: 'Layer7 check passed',
      last_chk: '',
      check_rise: 2,
      check_fall: 3,
      check_health: 4,
    },
    agent: null,
    drain: null,
    dynamic: false,
    latency: 20,
    failing: 0.001,
    ...more,
  };
}

function backend(pxname, rate, servers, more = {}) {
  return {
    key: `b:${pxname}`,
    rev: 1,
    pxname,
    mode: 'http',
    status: 'UP',
    algo: 'roundrobin',
    slim: 0,
    smax: 200,
    qmax: 0,
    stot: 1e6,
    req_tot: 1e6,
    bin: 1e9,
    bout: 9e9,
    act: servers.length,
    bck: 0,
    sides: null,
    load: rate,
    servers,
    ...more,
  };
}

function frontend(pxname, backends, more = {}) {
  return {
    key: `f:${pxname}`,
    rev: 1,
    pxname,
    mode: 'http',
    status: 'OPEN',
    slim: 10000,
    smax: 400,
    stot: 1e6,
    req_tot: 1e6,
    bin: 1e9,
    bout: 9e9,
    dreq: 12,
    ereq: 40,
    backends,
    ...more,
  };
}

function farm(count) {
  const out = [];
  const each = 40;
  for (let b = 0; b * each < count; ++b) {
    const name = `farm-${String(b + 1).padStart(2, '0')}`;
    const servers = [];
    for (let i = b * each; i < Math.min(count, (b + 1) * each); ++i)
      servers.push(
        server(name, `node-${i + 1}`, {
          addr: `10.1.${i >> 8}.${i & 255}:8080`,
          latency: 8 + (i % 40),
        }),
      );
    out.push(backend(name, 40 * servers.length, servers));
  }
  return out;
}

function sample(now, extra) {
  const down = {
    status: 'DOWN',
    oper: 'down',
    since: now - 260,
    latency: 60,
    last: { at: now - 260, from: 'check', text: 'UP → DOWN' },
    check: {
      enabled: true,
      check_status: 'L4CON',
      check_duration: 1,
      check_rise: 2,
      check_fall: 3,
      check_desc: 'Layer4 connection problem',
      last_chk: 'Connection refused',
      check_health: 0,
    },
  };
  const maint = {
    status: 'MAINT',
    admin: 'maint',
    since: now - 4300,
    last: {
      at: now - 4300,
      who: 'bob',
      from: 'page',
      note: 'kernel update',
      id: 3,
      text: 'READY → MAINT',
    },
  };
  const backends = [
    backend(
      'users',
      480,
      [
        server('users', 'monolith', { role: 'legacy', addr: '10.0.0.10:8080', latency: 62 }),
        server('users', 'users-svc', {
          role: 'new',
          addr: '10.0.1.20:8080',
          latency: 24,
          weight: 11,
          uweight: 11,
        }),
      ],
      { sides: { legacy: ['monolith'], new: ['users-svc'] }, desc: 'accounts and logins' },
    ),
    backend(
      'orders',
      260,
      [
        server('orders', 'monolith', { addr: '10.0.0.10:8080', latency: 80, slim: 200 }),
        server('orders', 'orders-1', { addr: '10.0.1.31:8080', latency: 30 }),
        server('orders', 'orders-2', { addr: '10.0.1.32:8080', ...down }),
        server('orders', 'orders-3', { addr: '10.0.1.33:8080', ...maint }),
      ],
      { cookie: 'SRV' },
    ),
    backend('static', 900, [
      server('static', 'edge-1', { addr: '10.0.2.1:80', latency: 2 }),
      server('static', 'edge-2', { addr: '10.0.2.2:80', latency: 2 }),
    ]),
    backend('search', 35, [
      server('search', 'solo', { addr: '10.0.3.1:9200', latency: 120, failing: 0.01 }),
      server('search', 'spare', { addr: '10.0.3.2:9200', backup: true, latency: 150 }),
    ]),
    ...farm(extra),
  ];
  const frontends = [
    frontend('www', ['users', 'orders', 'static']),
    frontend('partners', ['search'], { status: 'OPEN', slim: 500 }),
    ...(extra > 0
      ? [
          frontend(
            'farm',
            backends.slice(4).map((b) => b.pxname),
          ),
        ]
      : []),
  ];
  return { backends, frontends };
}

/** What goes over the wire of an object: everything but what only the model knows. */
export function publicOf(object) {
  const { load, latency, failing, history, ...rest } = object;
  if (rest.servers) rest.servers = rest.servers.map(publicOf);
  return rest;
}

export class Model {
  constructor({ now, servers = 0 }) {
    this.now = now;
    this.started = now - 86400 * 3;
    Object.assign(this, sample(now, servers));
    this.objects = new Map();
    for (const b of this.backends) {
      b.since = now - 90000;
      for (const s of b.servers) {
        s.since ??= now - 90000;
        this.objects.set(s.key, s);
      }
      this.objects.set(b.key, b);
    }
    for (const f of this.frontends) this.objects.set(f.key, f);
    for (const row of this.figuresAt(now)) this.put(row);
  }

  put([key, ...values]) {
    const object = this.objects.get(key);
    let different = false;
    FIELDS.forEach((field, i) => {
      if (object[field] !== values[i]) different = true;
      object[field] = values[i];
    });
    return different;
  }

  /** Who takes requests, with which part of them. */
  split(b) {
    const takes = (s) => s.admin === 'ready' && s.oper === 'up' && s.weight > 0;
    let list = b.servers.filter((s) => !s.backup && takes(s));
    if (list.length === 0) list = b.servers.filter((s) => s.backup && takes(s)).slice(0, 1);
    const all = list.reduce((sum, s) => sum + s.weight, 0);
    return new Map(list.map((s) => [s.key, s.weight / all]));
  }

  figuresOfServer(s, requests, second) {
    const n = noise(s.key, second);
    const rate = round(requests * (0.94 + 0.12 * n));
    if (s.drain)
      return [s.key, rate, 0, 0, 0, null, null, null, s.drain.requests + s.drain.tunnels, 0];
    if (rate === 0) return [s.key, 0, 0, 0, 0, null, null, null, 0, 0];
    const slow = s.latency * (0.9 + 0.25 * n + (n > 0.985 ? 1 : 0));
    const failed = rate * s.failing;
    return [
      s.key,
      rate,
      round(rate * 0.006 * (0.5 + n)),
      n > 0.55 ? round(failed * 2 * n) : 0,
      n > 0.97 ? round(0.2 + n / 5) : 0,
      round(slow * 0.7),
      round(slow * 2.1),
      round(slow * 3.6),
      Math.round(rate * slow * 0.0011 + 1),
      0,
    ];
  }

  /** Rows of `rates` for all objects at one second. */
  figuresAt(now) {
    const second = Math.floor(now);
    const rows = [];
    const totals = new Map();
    for (const b of this.backends) {
      const wave = 1 + 0.16 * Math.sin(second / 70) + 0.05 * Math.sin(second / 11);
      const wanted = b.load * wave * (0.97 + 0.06 * noise(b.key, second));
      const parts = this.split(b);
      const total = [b.key, 0, 0, 0, 0, 0, 0, 0, 0, parts.size === 0 ? Math.round(wanted / 3) : 0];
      for (const s of b.servers) {
        const row = this.figuresOfServer(s, wanted * (parts.get(s.key) ?? 0), second);
        rows.push(row);
        for (const i of [1, 2, 3, 4, 8]) total[i] += row[i];
        for (const i of [5, 6, 7]) total[i] += (row[i] ?? 0) * row[1];
      }
      if (parts.size === 0) total[3] = round(wanted);
      for (const i of [5, 6, 7]) total[i] = total[1] > 0 ? round(total[i] / total[1]) : null;
      for (const i of [1, 2, 3, 4]) total[i] = round(total[i]);
      rows.push(total);
      totals.set(b.pxname, total);
    }
    for (const f of this.frontends) rows.push(this.frontendRow(f, totals));
    return rows;
  }

  frontendRow(f, totals) {
    const open = f.status === 'OPEN' ? 1 : 0;
    const row = [f.key, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (const name of f.backends) {
      const part = totals.get(name);
      if (!part) continue;
      for (const i of [1, 2, 3, 4, 8]) row[i] += part[i] * open;
      for (const i of [5, 6, 7]) row[i] += (part[i] ?? 0) * part[1];
    }
    for (const i of [5, 6, 7]) row[i] = row[1] > 0 ? round(row[i] / row[1]) : null;
    for (const i of [1, 2, 3, 4]) row[i] = round(row[i]);
    return row;
  }

  /** The columns of 15 minutes of one object; made when somebody asks, then kept up. */
  historyOf(key) {
    const object = this.objects.get(key);
    if (object.history) return object.history;
    const columns = Object.fromEntries(FIELDS.map((f) => [f, []]));
    const from = Math.floor(this.now) - KEEP + 1;
    for (let t = from; t <= this.now; ++t) {
      const row = this.figuresAt(t).find((r) => r[0] === key);
      FIELDS.forEach((f, i) => columns[f].push(row[i + 1]));
    }
    object.history = columns;
    return columns;
  }

  /** One second goes by; the rows whose figures are others now. */
  tick(now) {
    this.now = now;
    const rows = this.figuresAt(now).filter((row) => this.put(row));
    for (const object of this.objects.values()) {
      if (!object.history) continue;
      for (const f of FIELDS) {
        object.history[f].push(object[f]);
        if (object.history[f].length > KEEP) object.history[f].shift();
      }
    }
    return rows;
  }

  /** Drains go on: a seventh of what holds a server leaves each second; a deadline ends all. */
  drains() {
    const out = [];
    for (const b of this.backends)
      for (const s of b.servers) {
        const d = s.drain;
        if (!d || d.safe) continue;
        const late = d.deadline !== null && this.now >= d.deadline;
        if (d.deadline !== null) d.idle = 0;
        for (const what of ['requests', 'idle', 'tunnels', 'sticky'])
          d[what] = late ? 0 : Math.floor(d[what] * 0.86);
        if (late && s.admin === 'drain') s.ended = true;
        d.safe = d.requests + d.idle + d.tunnels + d.queued + d.sticky === 0;
        out.push(d);
      }
    return out;
  }

  beginDrain(s, who, deadline) {
    s.drain = {
      key: s.key,
      since: this.now,
      who,
      deadline: deadline ? this.now + deadline : null,
      requests: Math.max(2, s.scur),
      idle: 14,
      tunnels: 3,
      sticky: 6,
      queued: 0,
      oldest: this.now - 42,
      safe: false,
    };
  }
}
