// The page on the program itself instead of the mock: a server drains, a share moves, both are
// undone, and the program's own log says so.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { openPage, row, until } from './support.mjs';

const program =
  process.env.SLUICE_BINARY ??
  fileURLToPath(new URL('../../build/debug/src/sluice', import.meta.url));

async function freePort() {
  const socket = createSocket();
  await new Promise((resolve) => socket.listen(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

/** `more`: further lines of the configuration, of an origin that answers. */
async function withProgram(run, more = () => '') {
  const origin = createServer((_, res) => res.end('hello'));
  await new Promise((resolve) => origin.listen(0, '127.0.0.1', resolve));
  const [page, web] = [await freePort(), await freePort()];
  const server = `127.0.0.1:${origin.address().port}`;
  const folder = await mkdtemp(join(tmpdir(), 'sluice-real-'));
  const file = join(folder, 'proxy.cfg');
  await writeFile(
    file,
    `defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen admin
    bind 127.0.0.1:${page}
    stats enable
    stats uri /
    stats admin if TRUE
frontend web
    bind 127.0.0.1:${web}
    default_backend pages
backend pages
    server monolith ${server} weight 10 role legacy
    server service ${server} role new
    server spare ${server}
${more(server)}`,
  );
  const child = spawn(program, ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const base = `http://127.0.0.1:${page}`;
  const get = async (path) => (await fetch(`${base}/api/${path}`)).json();
  try {
    await until(() => get('session').catch(() => null), `the program (${said})`);
    await run({ base, get, web: `http://127.0.0.1:${web}/` });
  } finally {
    child.kill('SIGTERM');
    assert.equal(await ended, 0, said);
    origin.closeAllConnections();
    origin.close();
    await rm(folder, { recursive: true, force: true });
  }
}

test('one click drains a server, one moves a share, and undo takes both back', async () => {
  await withProgram(async ({ base, get, web }) => {
    const weights = async () => (await get('state/pages')).backend.servers.map((s) => s.uweight);
    await openPage(`${base}/ui/#/servers`, {}, async (page) => {
      await row(page, 'pages/spare').waitFor();
      await page.getByRole('button', { name: 'DRAIN pages/spare', exact: true }).click();
      await row(page, 'pages/spare').locator('.badge', { hasText: 'DRAIN' }).waitFor();
      assert.equal((await get('state/pages/spare')).admin, 'drain');
      await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
      await until(async () => (await get('state/pages/spare')).admin === 'ready', 'READY');

      for (let i = 0; i < 5; ++i) assert.equal((await fetch(web)).status, 200);
      await page.goto(`${base}/ui/`);
      await page.getByRole('button', { name: '25 %', exact: true }).click();
      await until(async () => (await weights()).join() === '3,1,1', 'the share');
      await page.getByRole('button', { name: 'All back to legacy' }).click();
      await until(async () => (await weights()).join() === '10,0,1', 'all on the legacy side');
    });
    const { changes } = await get('changes');
    assert.deepEqual(
      changes.map((c) => c.from),
      ['page', 'page', 'page', 'page'],
    );
    assert.deepEqual(
      changes.map((c) => c.items[0].set),
      ['share', 'share', 'state', 'state'],
    );
  });
});

const farm = (server) =>
  Array.from(
    { length: 50 },
    (_, b) =>
      `backend farm-${b}\n` +
      Array.from({ length: 40 }, (_, i) => `    server node-${b * 40 + i} ${server}\n`).join(''),
  ).join('');

test('2,000 servers of the program itself: found, all set at once, and all set back', async () => {
  await withProgram(async ({ base, get, web }) => {
    const drained = async () => {
      const { backends } = await get('state');
      const all = backends.flatMap((b) => b.servers).filter((s) => s.pxname !== 'pages');
      assert.equal(all.length, 2000);
      return all.filter((s) => s.admin === 'drain').length;
    };
    await openPage(`${base}/ui/#/servers`, {}, async (page) => {
      await page.getByText('2003 servers').waitFor();
      await page.getByLabel('Filter the servers').fill('farm');
      await page.getByText('2000 of 2003 servers').waitFor();
      await page.getByLabel('Select all servers that are shown').check();
      const bulk = page.getByRole('region', { name: 'Selected servers' });
      await bulk.getByText('2000 selected in 50 backends').waitFor();
      await bulk.getByRole('button', { name: 'DRAIN' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Drain anyway' }).click();
      const toast = page.locator('.toast', { hasText: '2000 servers: DRAIN' });
      await toast.waitFor();
      assert.equal(await drained(), 2000);
      assert.equal((await fetch(web)).status, 200);
      await page.getByRole('button', { name: 'Draining' }).click();
      await row(page, 'farm-0/node-0').locator('.badge', { hasText: 'DRAIN' }).waitFor();
      await row(page, 'farm-0/node-0').getByText('safe to stop').waitFor();
      await toast.getByRole('button', { name: 'Undo' }).click();
      await until(async () => (await drained()) === 0, 'all of them READY');
    });
  }, farm);
});
