// What the page's tests share: one browser and one bundle, a mock per test, and axe.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { build } from 'esbuild';
import { buildPage } from '../build.mjs';
import { Mock } from '../mock/server.mjs';

/** This machine may be slow and busy: nothing waits for less. */
export const PATIENCE = 60000;
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const shots = process.env.SLUICE_UI_SHOTS ?? fileURLToPath(new URL('shots', import.meta.url));
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The bundle of the build that the tests belong to, or one of their own. */
const given = process.env.SLUICE_UI_DIST;
export const dist = given ?? (await mkdtemp(join(tmpdir(), 'sluice-page-')));
if (!given) await buildPage(dist);

let browser;
export async function theBrowser() {
  const executablePath = process.env.SLUICE_CHROMIUM ?? BROWSERS.find(existsSync);
  if (!executablePath) throw new Error('there is no chromium (scripts/install test)');
  browser ??= await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
  return browser;
}

after(async () => {
  await browser?.close();
  if (!given) await rm(dist, { recursive: true, force: true });
});

/** SLUICE_UI_SLOW=8: the page runs as on a machine that is eight times as slow. */
async function slowDown(page) {
  const rate = Number(process.env.SLUICE_UI_SLOW ?? 1);
  if (rate === 1) return;
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
}

/**
 * Opens the page on a mock and runs the test. A message in the console that is an error, a failure
 * of the script, or a request to elsewhere fails it.
 */
export async function withPage(options, run) {
  const {
    view = '',
    scheme = 'light',
    width = 1360,
    height = 800,
    motion,
    credentials,
    ...rest
  } = options;
  const mock = await new Mock({ dist, ...rest }).listen();
  const context = await (
    await theBrowser()
  ).newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: motion ?? 'no-preference',
    ...(credentials ? { httpCredentials: credentials } : {}),
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  await slowDown(page);
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.stack));
  page.on('console', (m) => {
    if (m.type() === 'error' && !/Failed to load resource|ERR_/.test(m.text()))
      faults.push(m.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(mock.url).origin) faults.push(request.url());
  });
  try {
    await page.goto(`${mock.url}#/${view}`);
    await run({ page, mock, faults });
    faults.push(...mock.offences);
    if (faults.length > 0) throw new Error(`the page complained:\n${faults.join('\n')}`);
  } catch (error) {
    await shoot(page, 'failure').catch(() => {});
    throw error;
  } finally {
    await context.close();
    await mock.close();
  }
}

/** Opens an address of the program itself; what the page complains of fails it. */
export async function openPage(address, options, run) {
  const { width = 1360, height = 800, scheme = 'light', touch = false, script } = options;
  const context = await (
    await theBrowser()
  ).newContext({ viewport: { width, height }, colorScheme: scheme, hasTouch: touch });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  if (script) await page.addInitScript(script);
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.stack));
  try {
    await page.goto(address);
    await run(page);
    if (faults.length > 0) throw new Error(`the page complained:\n${faults.join('\n')}`);
  } catch (error) {
    await shoot(page, 'failure').catch(() => {});
    const shown = await page.innerText('body', { timeout: 2000 }).catch(() => 'nothing');
    throw new Error(`${error.message}; the page shows:\n${shown}`, { cause: error });
  } finally {
    await context.close();
  }
}

let shot = 0;
export async function shoot(page, name) {
  await mkdir(shots, { recursive: true });
  const number = name === 'failure' ? `-${process.pid}-${++shot}` : '';
  await page.screenshot({ path: join(shots, `${name}${number}.png`) });
}

/** What axe finds, in lines that say where; empty when all is well. */
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  const result = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'] }),
  );
  return result.violations.flatMap((v) =>
    v.nodes.map((n) => `${v.id}: ${v.help}: ${n.html.slice(0, 160)} (${n.failureSummary})`),
  );
}

/** Waits until the condition holds. */
export async function until(condition, what, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A module of src/, to be tried without a page. */
export async function source(path) {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${path}`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
  });
  const text = Buffer.from(result.outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${text}`);
}

/** The row of a server in a table. */
export const row = (page, name) => page.locator(`[data-key="s:${name}"]`);

/** The last change that the page asked for. */
export const lastPost = (mock) => mock.posts.at(-1);
