// The other pure functions: what is risky, how states and checks are told, and the order of rows.
import assert from 'node:assert/strict';
import test from 'node:test';
import { source } from './support.mjs';

const { risksOf } = await source('lib/risk.ts');
const { checkWords, drainWords, standing } = await source('lib/status.ts');
const { filtered, sorted, visible } = await source('lib/listing.ts');
const { describe: told, intent, undoText } = await source('lib/words.ts');
const format = await source('lib/format.ts');

function server(name, more = {}) {
  const [pxname, svname] = name.split('/');
  return {
    key: `s:${name}`,
    pxname,
    svname,
    admin: 'ready',
    oper: 'up',
    weight: 1,
    uweight: 1,
    iweight: 1,
    status: 'UP',
    req_rate: 10,
    errors: 0,
    hrsp_5xx: 0,
    scur: 3,
    since: 0,
    ...more,
  };
}

function known(servers, more = {}) {
  return {
    backend: (pxname) => ({ pxname, req_rate: 30, ...more }),
    servers: (pxname) => servers.filter((s) => s.pxname === pxname),
    server: (key) => servers.find((s) => s.key === key),
    sessions: (key) => servers.find((s) => s.key === key)?.scur ?? 0,
  };
}

const set = (name, kind, value) => ({ target: `s:${name}`, set: kind, value });
const codes = (actions, servers, more) => risksOf(actions, known(servers, more)).map((r) => r.code);

test('only what costs the last server, over half of the capacity, or all of it is risky', () => {
  const four = ['a', 'b', 'c', 'd'].map((n) => server(`x/${n}`));
  assert.deepEqual(codes([set('x/a', 'state', 'drain')], four), []);
  const two = four.slice(0, 2).map((s) => set(`x/${s.svname}`, 'state', 'drain'));
  assert.deepEqual(codes(two, four), []);
  const three = four.slice(0, 3).map((s) => set(`x/${s.svname}`, 'state', 'maint'));
  assert.deepEqual(codes(three, four), ['over-half']);
  assert.deepEqual(
    codes(
      four.map((s) => set(`x/${s.svname}`, 'weight', 0)),
      four,
    ),
    ['whole-backend'],
  );
  assert.deepEqual(codes([set('x/a', 'state', 'maint')], [server('x/a')]), ['last-server']);
  assert.deepEqual(codes([set('x/a', 'state', 'ready')], [server('x/a')]), []);
  assert.deepEqual(codes([set('x/a', 'health', 'stopping')], [server('x/a')]), ['last-server']);
  assert.deepEqual(codes([set('x/a', 'weight', '50%')], [server('x/a', { iweight: 100 })]), []);
});

test('weights count, servers that are down do not, backups are named', () => {
  const heavy = [server('x/a', { weight: 10 }), server('x/b')];
  assert.deepEqual(codes([set('x/a', 'state', 'drain')], heavy), ['over-half']);
  assert.deepEqual(codes([set('x/b', 'state', 'drain')], heavy), []);
  const half = [server('x/a'), server('x/b', { oper: 'down' })];
  assert.deepEqual(codes([set('x/b', 'state', 'maint')], half), []);
  assert.deepEqual(codes([set('x/a', 'state', 'maint')], half), ['last-server']);
  const spare = [server('x/a'), server('x/b', { backup: true })];
  const [risk] = risksOf([set('x/a', 'state', 'maint')], known(spare));
  assert.match(risk.text, /Only backup servers/);
});

test('a risk names its effect', () => {
  const [risk] = risksOf([set('x/a', 'state', 'maint')], known([server('x/a')]));
  assert.match(risk.text, /x\/a is the last server of x .* 503.* 30 requests per second/);
  const [kill] = risksOf([set('x/a', 'sessions', 'shutdown')], known([server('x/a')]));
  assert.match(kill.text, /3 open sessions of x\/a end at once/);
});

test('giving a share to a side that is not UP is risky, back to legacy is not', () => {
  const servers = [server('x/old'), server('x/new', { oper: 'down' })];
  const sides = { sides: { legacy: ['old'], new: ['new'] } };
  const share = (percent) => [{ target: 'b:x', set: 'share', value: { percent } }];
  assert.deepEqual(codes(share(25), servers, sides), ['unhealthy-side']);
  assert.deepEqual(codes(share(0), servers, sides), []);
});

test('every state has words, an icon and a tone of its own', () => {
  const rows = [
    [{}, 'up', 'ok'],
    [{ oper: 'down', status: 'DOWN' }, 'down', 'bad'],
    [{ oper: 'down', status: 'DOWN 1/2' }, 'rising', 'warn'],
    [{ status: 'UP 2/3' }, 'falling', 'warn'],
    [{ admin: 'drain', status: 'DRAIN' }, 'drain', 'calm'],
    [{ admin: 'maint', status: 'MAINT' }, 'maint', 'off'],
    [{ status: 'MAINT (resolution)' }, 'maint', 'off'],
    [{ oper: 'nolb', status: 'NOLB' }, 'nolb', 'warn'],
    [{ status: 'no check' }, 'unchecked', 'ok'],
    [{ admin: 'drain', oper: 'down', status: 'DOWN' }, 'down', 'bad'],
  ];
  for (const [more, icon, tone] of rows) {
    const got = standing(server('x/a', more));
    assert.deepEqual([got.icon, got.tone, got.text], [icon, tone, more.status ?? 'UP']);
  }
});

test('checks and drains are told in words', () => {
  const check = { enabled: true, check_status: '* L7OK', check_code: 200, check_duration: 3 };
  assert.equal(checkWords(check), 'answers 200 in 3 ms');
  assert.equal(checkWords({ ...check, enabled: false }), 'checks are off');
  assert.equal(checkWords(null), 'no check');
  assert.equal(checkWords({ enabled: true, check_status: 'L4CON' }), 'refuses connections');
  assert.equal(
    checkWords({ enabled: true, check_status: 'NEW', check_desc: 'as told' }),
    'as told',
  );
  const drain = { requests: 1, tunnels: 2, idle: 0, queued: 0, sticky: 0, safe: false };
  assert.equal(drainWords({ drain }), '1 request, 2 tunnels');
  assert.equal(drainWords({ drain: { ...drain, safe: true } }), 'safe to stop');
  assert.equal(drainWords({ drain: null }), '');
});

test('rows are filtered by every word, sorted stably, and cut to the window', () => {
  const list = [
    server('x/b10', { addr: '10.0.0.1:80' }),
    server('x/b9', { admin: 'drain', status: 'DRAIN' }),
    server('y/a', { oper: 'down', status: 'DOWN', weight: 5, uweight: 5 }),
  ];
  const names = (rows) => rows.map((s) => s.svname).join(' ');
  assert.equal(names(filtered(list, 'x 10.0', 'all', new Set())), 'b10');
  assert.equal(names(filtered(list, 'DRAIN', 'all', new Set())), 'b9');
  assert.equal(names(filtered(list, '', 'trouble', new Set())), 'b9 a');
  assert.equal(names(filtered(list, '', 'selected', new Set(['s:y/a']))), 'a');
  assert.equal(names(sorted(list, { column: 'name', down: false })), 'b9 b10 a');
  assert.equal(names(sorted(list, { column: 'weight', down: true })), 'a b10 b9');
  assert.equal(names(sorted(list, { column: 'state', down: false })), 'a b9 b10');
  assert.equal(sorted(list, null), list);
  assert.deepEqual(visible(2000, 40, 4000, 800), { from: 94, to: 126 });
  assert.deepEqual(visible(3, 40, 0, 800), { from: 0, to: 3 });
});

test('changes are told in a line', () => {
  const item = (target, kind, old, to) => ({ target, set: kind, old, new: to });
  const drained = ['a', 'b'].map((n) => item(`s:x/${n}`, 'state', 'ready', 'drain'));
  assert.equal(told({ items: drained.slice(0, 1) }), 'x/a: READY → DRAIN');
  assert.equal(told({ items: drained }), '2 servers: DRAIN');
  assert.equal(told({ items: drained, undo_of: 3 }), 'Undone: 2 servers: DRAIN');
  const shared = [item('b:x', 'share', '10', '25'), item('s:x/a', 'weight', '1', '3')];
  assert.equal(told({ items: shared }), 'backend x: share 10 % → 25 %');
  const back = ['a', 'b'].map((n) => item(`s:x/${n}`, 'weight', n === 'a' ? '3' : '1', '1'));
  assert.equal(told({ items: back, undo_of: 4 }), 'Undone: x/a: weight 3 → 1');
  assert.equal(
    undoText({ items: back, undo_of: 4 }, { items: shared }),
    'Undone: backend x: share 25 % → 10 %',
  );
  assert.equal(intent([set('x/a', 'state', 'drain')]), 'Drain: x/a');
});

test('numbers are short', () => {
  assert.deepEqual([0, 2, 0.25, 9.96, 12.4, 12345, null].map(format.rate), [
    '0',
    '2',
    '0.3',
    '10.0',
    '12',
    '12 k',
    '–',
  ]);
  assert.deepEqual([1.26, 45.4, 1234, null].map(format.milliseconds), [
    '1.3 ms',
    '45 ms',
    '1.2 s',
    '–',
  ]);
  assert.deepEqual([3, 61, 7200, 200000].map(format.span), ['3 s', '1 min', '2 h', '2 d']);
  assert.deepEqual([0, 59.2, 61, 3661].map(format.countdown), ['0:00', '1:00', '1:01', '1:01:01']);
});
