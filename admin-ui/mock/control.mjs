// Changes of the mock: the contract's table of actions, checked together and applied together, with
// a log, undo, and changes that expire.
import { publicOf } from './model.mjs';

export class Refusal extends Error {
  constructor(status, code, detail, errors = []) {
    super(detail);
    Object.assign(this, { status, code, errors });
  }
}

const refuse = (status, code, detail) => {
  throw new Refusal(status, code, detail);
};

/** Weights of a share by trying all multipliers: slow, and plainly what the contract says. */
export function sharedWeights(percent, legacy, fresh) {
  const base = (side) => side.map((w) => w || 1);
  if (percent <= 0) return [base(legacy), fresh.map(() => 0)];
  if (percent >= 100) return [legacy.map(() => 0), base(fresh)];
  const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
  const reduce = (side) => base(side).map((w) => w / base(side).reduce(gcd, 0));
  const [l, n] = [reduce(legacy), reduce(fresh)];
  const [L, N] = [l, n].map((side) => side.reduce((a, b) => a + b, 0));
  let best = null;
  for (let a = 1; a * Math.max(...l) <= 256; ++a)
    for (let b = 1; b * Math.max(...n) <= 256; ++b) {
      const error = Math.abs((b * N) / (a * L + b * N) - percent / 100);
      const better =
        !best ||
        error < best.error - 1e-12 ||
        (error < best.error + 1e-12 &&
          (a + b < best.a + best.b || (a + b === best.a + best.b && a < best.a)));
      if (better) best = { a, b, error };
    }
  return [l.map((w) => w * best.a), n.map((w) => w * best.b)];
}

function statusOf(s) {
  if (s.admin === 'maint') return 'MAINT';
  if (s.oper === 'down') return 'DOWN';
  if (s.admin === 'drain') return 'DRAIN';
  if (s.oper === 'nolb') return 'NOLB';
  return s.check ? 'UP' : 'no check';
}

export class Control {
  constructor(model, emit) {
    Object.assign(this, { model, emit, rev: 10, log: [], nextId: 4 });
    this.log.push(
      {
        id: 3,
        at: model.now - 4300,
        who: 'bob',
        from: 'page',
        source: '192.0.2.7',
        undoable: true,
        note: 'kernel update',
        commands: ['set server orders/orders-3 state maint'],
        items: [{ target: 's:orders/orders-3', set: 'state', old: 'ready', new: 'maint' }],
        undo_of: null,
        undone_by: null,
        expires_at: null,
        confirmed_by: null,
      },
      {
        id: 2,
        at: model.now - 5000,
        who: '',
        from: 'socket',
        undoable: true,
        note: '',
        commands: ['set server users/users-svc weight 11'],
        items: [{ target: 's:users/users-svc', set: 'weight', old: '1', new: '11' }],
        undo_of: null,
        undone_by: null,
        expires_at: null,
        confirmed_by: null,
      },
    );
  }

  find(key, i) {
    const object = this.model.objects.get(key);
    if (!object) refuse(404, 'not-found', `There is no ${key} (action ${i}).`);
    return object;
  }

  check(action, i) {
    const { target, set, value } = action;
    if (set === 'counters' || (target === '*' && set === 'maxconn')) return;
    if (set === 'add') {
      if (!this.model.objects.has(`b:${target.slice(2).split('/')[0]}`))
        refuse(404, 'not-found', 'There is no such backend.');
      if (this.model.objects.has(target)) refuse(409, 'conflict', `${target} is there already.`);
      return;
    }
    const object = this.find(target, i);
    if (set === 'weight') {
      const n = String(value).endsWith('%') ? parseFloat(value) : Number(value);
      if (!Number.isFinite(n) || n < 0 || (!String(value).endsWith('%') && n > 256))
        refuse(422, 'invalid-value', `A weight is 0 to 256, not ${value}.`);
    }
    if (set === 'delete' && object.admin !== 'maint')
      refuse(409, 'conflict', `${target} is not in MAINT.`);
    if (set === 'share' && !object.sides && !value.legacy)
      refuse(422, 'invalid-value', `${target} has no sides.`);
  }

  /** Applies one action; what it set, from and to. */
  apply(action, who) {
    const { target, set, value } = action;
    const item = { target, set, old: '', new: String(value ?? '') };
    if (set === 'counters' || set === 'sessions') return [item];
    if (set === 'add') return this.add(action, item);
    const o = this.model.objects.get(target);
    if (set === 'share') return this.share(o, value, item);
    const keep = (field, to = value) => {
      item.old = String(o[field] ?? 0);
      item.new = String(to);
      o[field] = to;
    };
    if (set === 'state' && target[0] === 'f') {
      item.old = o.status === 'OPEN' ? 'enabled' : 'disabled';
      o.status = value === 'enabled' ? 'OPEN' : 'STOP';
    } else if (set === 'state') {
      keep('admin');
      if (value === 'ready') this.over(o);
      else if (!o.drain) this.model.beginDrain(o, who, action.drain_deadline);
      else if (action.drain_deadline) o.drain.deadline = this.model.now + action.drain_deadline;
    } else if (set === 'weight') {
      const text = String(value);
      keep(
        'uweight',
        text.endsWith('%') ? Math.round((o.iweight * parseFloat(text)) / 100) : +text,
      );
      o.weight = o.uweight;
    } else if (set === 'addr') keep('addr');
    else if (set === 'maxconn') keep('slim');
    else if (set === 'health') keep('oper', { up: 'up', down: 'down', stopping: 'nolb' }[value]);
    else if (set === 'agent-health') keep('oper');
    else if (set === 'check' || set === 'agent') {
      item.old = o[set]?.enabled ? 'enabled' : 'disabled';
      if (o[set]) o[set] = { ...o[set], enabled: value === 'enabled' };
    } else if (set === 'delete') this.remove(o);
    return [item];
  }

  over(s) {
    if (s.drain) this.emit('drain', { key: s.key, over: true });
    s.drain = null;
  }

  share(b, value, item) {
    const names = [value.legacy ?? b.sides.legacy, value.new ?? b.sides.new];
    const sides = names.map((list) =>
      list.map((n) => this.model.objects.get(`s:${b.pxname}/${n}`)),
    );
    const sum = (side) => side.reduce((a, s) => a + s.uweight, 0);
    const part = () =>
      Math.round((1000 * sum(sides[1])) / (sum(sides[0]) + sum(sides[1]) || 1)) / 10;
    item.old = String(part());
    const items = [item];
    const weights = sharedWeights(value.percent, ...sides.map((x) => x.map((s) => s.iweight)));
    sides.forEach((side, k) =>
      side.forEach((s, i) => {
        items.push({
          target: s.key,
          set: 'weight',
          old: String(s.uweight),
          new: String(weights[k][i]),
        });
        s.uweight = s.weight = weights[k][i];
        this.touch(s);
      }),
    );
    item.new = String(part());
    return items;
  }

  add({ target, value }, item) {
    const [pxname, svname] = target.slice(2).split('/');
    const b = this.model.objects.get(`b:${pxname}`);
    const like = b.servers[0];
    const s = {
      ...structuredClone(publicOf(like)),
      key: target,
      svname,
      addr: String(value).split(' ')[0],
      dynamic: true,
      admin: 'maint',
      role: null,
      drain: null,
      latency: 25,
      failing: 0,
      backup: false,
      since: this.model.now,
      load: undefined,
    };
    b.servers.push(s);
    this.model.objects.set(target, s);
    return [item];
  }

  remove(s) {
    const b = this.model.objects.get(`b:${s.pxname}`);
    b.servers = b.servers.filter((other) => other !== s);
    this.model.objects.delete(s.key);
    this.emit('server', { key: s.key, deleted: true });
  }

  touch(o) {
    o.rev = this.rev;
    if (o.svname) {
      const status = statusOf(o);
      if (status !== o.status) o.since = this.model.now;
      o.status = status;
    }
  }

  command({ target, set, old, new: to }) {
    const name = target.slice(2);
    if (target[0] === 'f') return `${to === 'enabled' ? 'enable' : 'disable'} frontend ${name}`;
    if (set === 'sessions') return `shutdown sessions server ${name}`;
    if (set === 'counters') return to === 'clear-all' ? 'clear counters all' : 'clear counters';
    if (set === 'add') return `add server ${name} ${to}`;
    if (set === 'delete') return `del server ${name}`;
    if (set === 'check') return `${to === 'enabled' ? 'enable' : 'disable'} health ${name}`;
    return set === 'share' ? '' : `set server ${name} ${set} ${to}`;
  }

  change(
    { actions, note = '', expires },
    { who = 'alice', from = 'page', ifMatch, undo_of = null },
  ) {
    if (!Array.isArray(actions) || actions.length === 0)
      refuse(400, 'bad-request', 'There is no action.');
    actions.forEach((action, i) => this.check(action, i));
    if (ifMatch !== undefined)
      for (const { target } of actions) {
        const o = this.model.objects.get(target);
        if (o && o.rev > ifMatch)
          refuse(412, 'stale', `${target.slice(2)} was changed since: ${o.last?.text ?? ''}`);
      }
    ++this.rev;
    const id = this.nextId++;
    const items = [];
    for (const action of actions) items.push(...this.apply(action, who));
    const once = ['sessions', 'add', 'delete', 'counters', 'reload'];
    const entry = {
      id,
      at: this.model.now,
      who,
      from,
      source: '127.0.0.1',
      note,
      items,
      undo_of,
      commands: items.map((item) => this.command(item)).filter(Boolean),
      undone_by: null,
      undoable: items.every((item) => !once.includes(item.set)),
      confirmed_by: null,
      expires_at: expires ? this.model.now + 60 * expires : null,
    };
    this.log.unshift(entry);
    this.settle(entry);
    return entry;
  }

  settle(entry) {
    const keys = new Set(entry.items.map((item) => item.target));
    for (const key of keys) {
      const o = this.model.objects.get(key);
      if (!o) continue;
      const item = entry.items.find((i) => i.target === key);
      const text = item.set === 'add' ? 'added' : `${item.set} ${item.old} → ${item.new}`;
      o.last = {
        at: entry.at,
        who: entry.who,
        from: entry.from,
        note: entry.note,
        id: entry.id,
        text,
      };
      this.touch(o);
      const { servers, ...plain } = publicOf(o);
      this.emit(key[0] === 's' ? 'server' : key[0] === 'b' ? 'backend' : 'frontend', plain);
      if (o.drain) this.emit('drain', o.drain);
    }
    this.emit('change', entry);
  }

  get(id) {
    const entry = this.log.find((e) => e.id === id);
    if (!entry) refuse(404, 'not-found', `There is no change ${id}.`);
    return entry;
  }

  current({ target, set }) {
    const o = this.model.objects.get(target);
    if (!o) return undefined;
    const fields = { state: 'admin', weight: 'uweight', addr: 'addr', maxconn: 'slim' };
    if (target[0] === 'f' && set === 'state') return o.status === 'OPEN' ? 'enabled' : 'disabled';
    return fields[set] ? String(o[fields[set]] ?? 0) : undefined;
  }

  undo(id, { force = false, note = '' }, who = 'alice', from = 'page') {
    const entry = this.get(id);
    if (!entry.undoable || entry.undone_by)
      refuse(409, 'not-undoable', `Change ${id} can’t be undone.`);
    const items = entry.items.filter((item) => item.set !== 'share').reverse();
    for (const item of items) {
      const now = this.current(item);
      if (!force && now !== undefined && now !== item.new)
        refuse(
          409,
          'changed-since',
          `${item.target.slice(2)} was changed since: it is ${now} now.`,
        );
    }
    const actions = items.map((item) => ({ target: item.target, set: item.set, value: item.old }));
    const result = this.change({ actions, note }, { who, from, undo_of: id });
    entry.undone_by = result.id;
    this.emit('change', entry);
    return result;
  }

  confirm(id) {
    const entry = this.get(id);
    if (!entry.expires_at || entry.undone_by)
      refuse(409, 'conflict', `Change ${id} does not expire.`);
    entry.confirmed_by = 'alice';
    this.emit('change', entry);
    return entry;
  }

  /** Changes whose time is over are set back. */
  expire() {
    for (const entry of this.log.slice(0, 200))
      if (
        entry.expires_at &&
        !entry.confirmed_by &&
        !entry.undone_by &&
        entry.expires_at <= this.model.now
      )
        this.undo(entry.id, { force: true, note: 'not confirmed in time' }, '', 'internal');
  }

  pending() {
    return this.log.filter((e) => e.expires_at && !e.confirmed_by && !e.undone_by);
  }

  search(q) {
    const has = (name, test) => !q.get(name) || test(q.get(name));
    const all = this.log.filter(
      (e) =>
        has('who', (v) => e.who === v) &&
        has('from', (v) => e.from === v) &&
        has('set', (v) => e.items.some((i) => i.set === v)) &&
        has('target', (v) =>
          e.items.some((i) => i.target === v || i.target.startsWith(`s:${v.slice(2)}/`)),
        ) &&
        has('text', (v) => JSON.stringify(e).toLowerCase().includes(v.toLowerCase())) &&
        has('before', (v) => e.id < Number(v)),
    );
    const limit = Number(q.get('limit') ?? 100);
    return {
      changes: all.slice(0, limit),
      more: all.length > limit,
      chain: { file: '/var/lib/sluice/audit.log', intact: true, broken_at: null },
    };
  }
}
