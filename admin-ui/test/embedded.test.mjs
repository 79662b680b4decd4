// The page as the program serves it: the browser runs it under the program's own policy, with the
// credentials of stats auth. SLUICE_BINARY names the program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { PATIENCE, row, theBrowser, until } from './support.mjs';

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const LISTENER = `listen admin
    bind 127.0.0.1:PORT
    stats enable
    stats uri /stats
    stats auth alice:secret
    stats admin if TRUE`;
/** Everybody may look; alice, whose password is "elgato", may do everything. */
const SECTION = `userlist staff
    group admins users alice
    user alice password $5$rounds=1000$saltsalt$J10GIogn.cWPzHdo5KC/wFeje1rU3MUYtZUMLGlWM69
admin
    bind 127.0.0.1:PORT
    stats admin if { http_auth_group(staff) admins }`;

async function withProgram(run, listener = LISTENER) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-ui-'));
  const port = await freePort();
  const file = join(folder, 'sluice.cfg');
  await writeFile(
    file,
    `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
${listener.replace('PORT', port)}
frontend fe
    bind 127.0.0.1:${await freePort()}
    default_backend nodes
backend nodes
    server aws 127.0.0.1:9 weight 10
    server azure 127.0.0.1:9 weight 30
`,
  );
  const program = spawn(process.env.SLUICE_BINARY, ['-db', '-f', file], { stdio: 'inherit' });
  const gone = new Promise((resolve) => program.on('exit', resolve));
  try {
    const ready = `http://127.0.0.1:${port}/readyz`;
    await until(
      () =>
        fetch(ready)
          .then((r) => r.ok)
          .catch(() => false),
      'the program',
    );
    await run(port);
  } finally {
    program.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  }
}

/** A wrong password, then the right one. */
async function logIn(page, password = 'secret') {
  await page.getByLabel('User').fill('alice');
  await page.getByLabel('Password').fill('guess');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('is wrong').waitFor();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('live', { exact: true }).waitFor();
}

async function choose(page, item) {
  await page.getByRole('button', { name: 'Process, display and help' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** The session is still there after a reload, and ends here. */
async function logOut(page) {
  await page.getByText('live', { exact: true }).waitFor();
  await choose(page, 'Log out');
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
}

/** A drain, its undo, a weight, and the log of them, on the program itself. */
async function operate(page) {
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Servers' }).click();
  const aws = row(page, 'nodes/aws');
  await aws.getByRole('button', { name: /^DRAIN/ }).click();
  await aws.locator('.badge', { hasText: 'DRAIN' }).waitFor();
  await page.locator('.toast', { hasText: 'DRAIN' }).getByRole('button', { name: 'Undo' }).click();
  await aws.locator('.badge', { hasText: 'DRAIN' }).waitFor({ state: 'detached' });
  const weight = aws.getByLabel('Weight of nodes/aws');
  await weight.fill('25');
  await weight.press('Enter');
  await aws.getByText('of 10').waitFor();
  await page.getByRole('link', { name: 'Log' }).click();
  const entries = page.locator('.entry');
  await entries.getByText('nodes/aws: weight 10 → 25').waitFor();
  assert.equal(await entries.count(), 3);
}

test(
  'the embedded page runs in a browser, and nothing offends its policy',
  { skip: !process.env.SLUICE_BINARY },
  async () => {
    await withProgram(async (port) => {
      const context = await (await theBrowser()).newContext();
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      const faults = [];
      page.on('pageerror', (error) => faults.push(error.stack));
      page.on('console', (m) => /Policy|Refused/.test(m.text()) && faults.push(m.text()));
      const answer = await page.goto(`http://127.0.0.1:${port}/ui`);
      assert.equal(answer.status(), 200);
      assert.ok(page.url().endsWith('/ui/'), page.url());
      assert.equal((await answer.allHeaders())['content-encoding'], 'gzip');
      await logIn(page);
      await operate(page);
      const background = await page.evaluate(
        () => getComputedStyle(document.querySelector('header')).position,
      );
      assert.equal(background, 'sticky', 'the style sheet is applied');
      const reloaded = await page.reload();
      assert.ok([200, 304].includes(reloaded.status()));
      await logOut(page);
      assert.deepEqual(faults, []);
      await context.close();
    });
  },
);

test(
  'at an admin section, who may only look logs in as a user of a list, and does more',
  { skip: !process.env.SLUICE_BINARY },
  async () => {
    await withProgram(async (port) => {
      const context = await (await theBrowser()).newContext();
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      const asked = [];
      page.on('dialog', (dialog) => asked.push(dialog.message()));
      await page.goto(`http://127.0.0.1:${port}/`);
      assert.ok(page.url().includes('/ui/'), page.url());
      await page.getByText('read only').waitFor();
      await choose(page, 'Log in');
      await page.getByRole('button', { name: 'Not now' }).click();
      await page.getByText('live', { exact: true }).waitFor();
      await choose(page, 'Log in');
      await logIn(page, 'elgato');
      assert.equal(await page.getByText('read only').count(), 0);
      await page.getByRole('button', { name: 'Process, display and help' }).click();
      await page.getByRole('menuitem', { name: 'Log out' }).waitFor();
      assert.equal(await page.getByRole('menuitem', { name: 'Classic page' }).count(), 0);
      await page.keyboard.press('Escape');
      await operate(page);
      await page.reload();
      await page.getByText('live', { exact: true }).waitFor();
      await choose(page, 'Log out');
      await page.getByText('read only').waitFor();
      assert.deepEqual(asked, []);
      await context.close();
    }, SECTION);
  },
);
