// The mock listener: the page under /ui/, the contract under /api/. For tests it can drop its event
// streams, be deaf to them, refuse, and let hours pass in a minute.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import {
  answerOffences,
  eventSchema,
  offences,
  operationOf,
  requestOffences,
} from './contract.mjs';
import { Control, Refusal, sharedWeights } from './control.mjs';
import { configuration, listeners, request } from './samples.mjs';
import { FIELDS, Model, publicOf } from './model.mjs';

export const CSP =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'";
const RING = 2000;
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css' };

export class Mock {
  constructor(options = {}) {
    const { dist, servers = 0, speed = 1, api = true, readOnly = false, login = false } = options;
    Object.assign(this, { dist, speed, api, readOnly, login, missing: options.missing });
    this.held = options.held; // seconds pass by second() alone
    this.basic = options.basic;
    /** What was asked or answered otherwise than the contract says. */
    this.offences = [];
    this.streams = new Set();
    this.tails = new Set();
    this.now = Math.floor(Date.now() / 1000);
    this.model = new Model({ now: this.now, servers });
    this.events = [];
    this.number = 0;
    this.boot = Math.random().toString(36).slice(2, 8);
    this.control = new Control(this.model, (name, data) => this.emit(name, data));
    this.answers = new Map();
    this.posts = [];
    this.deaf = false;
    this.loggedIn = !login;
    this.http = createServer((req, res) => void this.serve(req, res));
  }

  async listen(port = 0) {
    await new Promise((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    this.port = this.http.address().port;
    if (!this.held) this.timer = setInterval(() => this.second(), 1000 / this.speed);
    return this;
  }

  async close() {
    clearInterval(this.timer);
    this.dropEvents();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  get url() {
    return `http://127.0.0.1:${this.port}/ui/`;
  }

  note(where, faults) {
    for (const fault of faults.slice(0, 5)) this.offences.push(`${where}: ${fault}`);
  }

  emit(name, data) {
    const schema = eventSchema(name);
    if (schema) this.note(`event ${name}`, offences(data, schema));
    const id = `${this.boot}-${++this.number}`;
    const text = `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    this.events.push({ number: this.number, text });
    if (this.events.length > RING) this.events.shift();
    if (!this.deaf) for (const res of this.streams) res.write(text);
  }

  second() {
    ++this.now;
    const rows = this.model.tick(this.now);
    this.emit('rates', { at: this.now, rows });
    for (const drain of this.model.drains()) {
      this.emit('drain', drain);
      this.endDrain(this.model.objects.get(drain.key));
    }
    this.control.expire();
    for (const tail of this.tails)
      for (let i = 0; i < 3; ++i) {
        const row = request(this.model, this.now + i / 3);
        if (tail.wants(row)) tail.res.write(`event: request\ndata: ${JSON.stringify(row)}\n\n`);
      }
  }

  /** At its deadline a server in DRAIN goes into MAINT. */
  endDrain(s) {
    if (!s.ended) return;
    delete s.ended;
    s.admin = 'maint';
    s.last = { at: this.now, from: 'internal', text: 'state drain → maint' };
    ++this.control.rev;
    this.control.touch(s);
    this.emit('server', publicOf(s));
  }

  /** Ends every event stream, as a lost connection does. */
  dropEvents() {
    for (const res of this.streams) res.destroy();
    for (const tail of this.tails) tail.res.destroy();
    this.streams.clear();
    this.tails.clear();
  }

  /** A check takes a server down, or up again. */
  setOper(key, oper) {
    const s = this.model.objects.get(key);
    s.oper = oper;
    s.last = { at: this.now, from: 'check', text: oper === 'up' ? 'DOWN → UP' : 'UP → DOWN' };
    ++this.control.rev;
    this.control.touch(s);
    this.emit('server', publicOf(s));
    this.emit('marker', { at: this.now, text: `${s.pxname}/${s.svname} ${s.status}`, keys: [key] });
  }

  async serve(req, res) {
    const url = new URL(req.url, 'http://x');
    try {
      if (this.basic && !this.knows(req) && url.pathname !== '/api/session') {
        res.writeHead(401, { 'www-authenticate': 'Basic realm="Sluice"' });
        return res.end();
      }
      if (url.pathname.startsWith('/ui/')) return await this.file(url.pathname.slice(4), res);
      if (!url.pathname.startsWith('/api/') || !this.api) {
        res.writeHead(404, { 'content-type': 'text/plain' });
        return res.end('nothing here\n');
      }
      await this.answer(req, res, url);
    } catch (error) {
      this.problem(res, error, operationOf(req.method, url.pathname));
    }
  }

  /** Does the request bear the credentials of `basic`, "user:password"? */
  knows(req) {
    const wanted = `Basic ${Buffer.from(this.basic ?? '').toString('base64')}`;
    return !this.basic || req.headers.authorization === wanted;
  }

  problem(res, error, operation) {
    const known = error instanceof Refusal;
    if (!known) console.error(error);
    const status = known ? error.status : 500;
    const body = {
      type: 'about:blank',
      title: 'Refused',
      status,
      code: known ? error.code : 'internal',
      detail: known ? error.message : 'The mock failed.',
      errors: error.errors ?? [],
    };
    if (operation) this.note(operation.operationId, answerOffences(operation, status, body));
    res.writeHead(status, { 'content-type': 'application/problem+json' });
    res.end(JSON.stringify(body));
  }

  async file(name, res) {
    const path = normalize(join('/', name || 'index.html')).slice(1);
    let bytes;
    try {
      bytes = await readFile(join(this.dist, path));
    } catch {
      throw new Refusal(404, 'not-found', `There is no ${path}.`);
    }
    res.writeHead(200, {
      'content-type': TYPES[path.split('.').pop()],
      'content-security-policy': CSP,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    });
    res.end(bytes);
  }

  async answer(req, res, url) {
    const path = url.pathname.slice(5);
    if (this.missing?.test(path)) {
      res.writeHead(this.missingStatus ?? 404, { 'content-type': 'text/plain' });
      return res.end('nothing here\n');
    }
    if (req.method === 'GET' && path === 'events') return this.stream(req, res, url);
    if (req.method === 'GET' && path === 'tail') return this.tail(res, url);
    if (path !== 'session' && !this.loggedIn)
      throw new Refusal(401, 'unauthorized', 'Log in first.');
    const operation = operationOf(req.method, url.pathname);
    if (!operation) throw new Refusal(404, 'not-found', `The contract has no ${path}.`);
    let body;
    if (req.method === 'POST') {
      const parts = [];
      for await (const part of req) parts.push(part);
      if (this.limit && Buffer.concat(parts).length > this.limit)
        throw new Refusal(413, 'too-large', 'The body is too large.');
      body = JSON.parse(Buffer.concat(parts).toString() || '{}');
      this.posts.push({ path, body, ifMatch: req.headers['if-match'] });
      this.note(`asked ${path}`, requestOffences(operation, body));
    }
    const result =
      req.method === 'GET'
        ? this.read(path, url.searchParams, this.knows(req))
        : this.write(path, body, req);
    if (req.method === 'POST' && this.swallow > 0) {
      --this.swallow; // done, but the answer is lost on its way
      return res.destroy();
    }
    const plain = JSON.parse(JSON.stringify(result));
    this.note(operation.operationId, answerOffences(operation, 200, plain));
    res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    res.end(JSON.stringify(result));
  }

  session(known = true) {
    const may = { read: this.loggedIn && known, change: !this.readOnly, configure: !this.readOnly };
    return {
      user: may.read ? 'alice' : null,
      role: this.readOnly ? 'viewer' : 'admin',
      auth: this.login ? 'cookie' : 'basic',
      may,
      login: this.login,
      token: 'token',
    };
  }

  read(path, query, known) {
    if (path === 'session') return this.session(known);
    if (path === 'state') return this.state();
    if (path === 'series') return this.series(query.getAll('key'));
    if (path === 'changes') return this.control.search(query);
    if (path.startsWith('changes/')) return this.control.get(Number(path.slice(8)));
    if (path === 'listeners') return listeners(this.now);
    if (path === 'config') return configuration(this.now);
    throw new Refusal(404, 'not-found', `There is no ${path}.`);
  }

  state() {
    return {
      event: `${this.boot}-${this.number}`,
      rev: this.control.rev,
      now: this.now,
      fields: FIELDS,
      process: {
        name: 'Sluice',
        version: '0.1.0',
        node: 'edge-a',
        pid: 4711,
        started: this.model.started,
        nbthread: 4,
        maxconn: 20000,
        curr_conns: 310,
        stopping: false,
        classic: '/stats',
      },
      frontends: this.model.frontends.map(publicOf),
      backends: this.model.backends.map(publicOf),
      pending: this.control.pending(),
    };
  }

  series(keys) {
    const series = {};
    for (const key of keys) {
      if (!this.model.objects.has(key)) throw new Refusal(404, 'not-found', `There is no ${key}.`);
      series[key] = this.model.historyOf(key);
    }
    const count = Math.max(...Object.values(series).map((s) => s.req_rate.length));
    const text = (e) => `${e.items[0].target.slice(2)}: ${e.items[0].old} → ${e.items[0].new}`;
    const markers = this.control.log
      .filter((e) => e.at > this.now - 900)
      .map((e) => ({
        at: e.at,
        who: e.who,
        id: e.id,
        text: text(e),
        keys: e.items.map((i) => i.target),
      }));
    return { from: this.now - count + 1, step: 1, count, series, markers };
  }

  write(path, body, req) {
    if (path === 'session') return this.logInOrOut(req.method, body);
    if (this.readOnly) throw new Refusal(403, 'forbidden', 'You may only look.');
    const key = req.headers['idempotency-key'];
    if (this.answers.has(key)) return this.answers.get(key);
    const result = this.perform(path, body, req);
    if (key) this.answers.set(key, result);
    if (this.answers.size > 500) this.answers.clear();
    return result;
  }

  logInOrOut(method, body) {
    if (method === 'POST' && body.password !== 'secret')
      throw new Refusal(401, 'unauthorized', 'The name or the password is wrong.');
    this.loggedIn = method === 'POST';
    return this.session();
  }

  perform(path, body, req) {
    const match = req.headers['if-match'];
    const ifMatch = match === undefined ? undefined : Number(match.replaceAll('"', ''));
    if (path === 'changes') return this.control.change(body, { ifMatch });
    const one = /^changes\/(\d+)\/(undo|confirm)$/.exec(path);
    if (one?.[2] === 'undo') return this.control.undo(Number(one[1]), body);
    if (one) return this.control.confirm(Number(one[1]));
    if (path === 'config/check')
      return {
        ok: true,
        errors: [
          {
            severity: 'warning',
            file: '/etc/sluice/sluice.cfg',
            line: 12,
            column: 5,
            detail: 'missing timeout in backend search',
            source: '    balance roundrobin',
          },
        ],
      };
    if (path === 'config/diff')
      return {
        same: false,
        diff:
          '--- running\n+++ /etc/sluice/sluice.cfg\n@@ -20 +20 @@\n' +
          '-    server orders-2 10.0.1.32:8080 check\n+    server orders-2 10.0.1.42:8080 check\n',
      };
    if (path === 'config/reload' && this.refuseReload)
      throw new Refusal(422, 'bad-configuration', 'The configuration has errors.', [
        {
          severity: 'error',
          file: '/etc/sluice/sluice.cfg',
          line: 20,
          column: 5,
          detail: 'unknown keyword "servr"',
          source: '    servr monolith 10.0.0.10:8080',
        },
      ]);
    if (path === 'config/reload') return this.reload(body);
    throw new Refusal(404, 'not-found', `There is no ${path}.`);
  }

  reload({ note = '' }) {
    const entry = {
      id: this.control.nextId++,
      at: this.now,
      who: 'alice',
      from: 'reload',
      note,
      items: [{ target: '*', set: 'reload', old: '', new: '' }],
      commands: [],
      undoable: false,
      undo_of: null,
      undone_by: null,
      expires_at: null,
      confirmed_by: null,
    };
    this.control.log.unshift(entry);
    this.control.settle(entry);
    return entry;
  }

  open(res) {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.write(': hello\n\n');
  }

  stream(req, res, url) {
    if (this.refuseEvents) throw new Refusal(503, 'too-many', 'Not now.');
    this.open(res);
    const after = req.headers['last-event-id'] ?? url.searchParams.get('after') ?? '';
    const [boot, number] = after.split('-');
    const oldest = this.events[0]?.number ?? this.number + 1;
    if (boot !== this.boot || Number(number) + 1 < oldest) res.write('event: reset\ndata: {}\n\n');
    else for (const event of this.events) if (event.number > Number(number)) res.write(event.text);
    this.streams.add(res);
    res.on('close', () => this.streams.delete(res));
  }

  tail(res, url) {
    this.open(res);
    const q = url.searchParams;
    const status = (q.get('status') ?? '').replace('xx', '');
    const target = (q.get('target') ?? '').slice(2);
    const wants = (row) =>
      String(row.status).startsWith(status) &&
      row.path.startsWith(q.get('path') ?? '') &&
      `${row.frontend} ${row.backend}/${row.server}`.includes(target);
    const tail = { res, wants };
    this.tails.add(tail);
    res.on('close', () => this.tails.delete(tail));
  }
}

export { sharedWeights };
