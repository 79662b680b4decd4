// The mock and the contract agree, and what offends the contract is seen.
import assert from 'node:assert/strict';
import test from 'node:test';
import { contract, named, offences, operationOf, requestOffences } from '../mock/contract.mjs';
import { Mock } from '../mock/server.mjs';

async function withMock(run) {
  const mock = await new Mock({ dist: '/nonexistent' }).listen();
  const api = `http://127.0.0.1:${mock.port}/api/`;
  const ask = async (path, body) => {
    const init = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    const response = await fetch(api + path, init);
    return { status: response.status, body: await response.json() };
  };
  try {
    await run(ask, mock);
    assert.deepEqual(mock.offences, []);
  } finally {
    await mock.close();
  }
}

test('every reference of the contract leads somewhere, and each operation has a name', () => {
  const names = [];
  const walk = (value, path) => {
    if (typeof value !== 'object' || value === null) return;
    if (typeof value.$ref === 'string') {
      let at = contract;
      for (const word of value.$ref.slice(2).split('/')) at = at?.[word];
      assert.ok(at, `${path}: ${value.$ref}`);
    }
    for (const [key, child] of Object.entries(value)) walk(child, `${path}/${key}`);
  };
  walk(contract, '');
  for (const item of Object.values(contract.paths))
    for (const [method, operation] of Object.entries(item))
      if (['get', 'post', 'delete'].includes(method)) names.push(operation.operationId);
  assert.equal(new Set(names).size, names.length);
  assert.ok(!names.includes(undefined));
});

test('every word of its schemas is one of JSON Schema', () => {
  const walk = (schema) => {
    if (typeof schema !== 'object' || schema === null || schema.$ref) return;
    offences(null, schema); // throws at a word that it does not know
    for (const name of ['properties']) Object.values(schema[name] ?? {}).forEach(walk);
    for (const name of ['allOf', 'anyOf', 'oneOf']) (schema[name] ?? []).forEach(walk);
    for (const name of ['items', 'additionalProperties']) walk(schema[name]);
  };
  Object.values(contract.components.schemas).forEach(walk);
  for (const item of Object.values(contract.paths))
    for (const operation of Object.values(item))
      for (const parameter of operation.parameters ?? []) walk(parameter.schema);
});

test('the answers of the mock are as the contract says', async () => {
  await withMock(async (ask) => {
    for (const path of [
      'session',
      'state',
      'series?key=b:users&key=s:users/monolith',
      'changes',
      'changes/3',
      'listeners',
      'config',
    ])
      assert.equal((await ask(path)).status, 200, path);
    assert.equal((await ask('series?key=b:none')).body.code, 'not-found');
    const share = { actions: [{ target: 'b:users', set: 'share', value: { percent: 25 } }] };
    const done = await ask('changes', share);
    assert.equal(done.body.items[0].new, '25');
    assert.equal((await ask(`changes/${done.body.id}/undo`, {})).body.undo_of, done.body.id);
    assert.equal((await ask(`changes/${done.body.id}/undo`, {})).body.code, 'not-undoable');
    for (const path of ['config/check', 'config/diff', 'config/reload'])
      assert.equal((await ask(path, {})).status, 200, path);
  });
});

test('what the contract does not allow is an offence', () => {
  const change = operationOf('POST', '/api/changes');
  const rows = [
    [{}, 'lacks actions'],
    [{ actions: [] }, '/actions fewer than 1'],
    [{ actions: [{ target: 's:a/b', set: 'state', value: 'x' }], more: 1 }, 'has more'],
    [{ actions: [{ target: 'a/b', set: 'state' }] }, '/actions/0/target does not match'],
    [{ actions: [{ target: 's:a/b', set: 'stat' }] }, '/actions/0/set is none of'],
    [{ actions: [{ target: 's:a/b', set: 'state', value: -1 }] }, '/actions/0/value is 0 of'],
    [
      { actions: [{ target: 'b:a', set: 'share', value: { percent: 101 } }] },
      '/actions/0/value is 0',
    ],
    [{ actions: [{ target: 's:a/b', set: 'state' }], expires: 0 }, '/expires under 1'],
  ];
  for (const [body, fault] of rows) {
    const found = requestOffences(change, body);
    assert.ok(
      found.some((f) => f.startsWith(fault)),
      `${fault}: ${found}`,
    );
  }
  assert.deepEqual(offences({ at: 1, rows: [] }, named('Event')), []);
  assert.equal(operationOf('GET', '/api/none'), undefined);
});
