// 2,000 servers, and an hour that passes in about a minute: the page stays quick and does not grow.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { dist, row, shoot, until, withPage } from './support.mjs';

test('all of the page is at most 60 kB gzipped', async () => {
  let total = 0;
  for (const name of await readdir(dist))
    total += gzipSync(await readFile(join(dist, name)), { level: 9 }).length;
  assert.ok(total <= 60 * 1024, `${total} bytes`);
});

test('2,000 servers: few rows exist, and scrolling, sorting, finding and bulk work', async () => {
  await withPage({ servers: 2000, view: 'servers' }, async ({ page, mock }) => {
    await page.getByText('2010 servers').waitFor();
    const rows = page.locator('.tbody [role=row]');
    assert.ok((await rows.count()) < 60, `${await rows.count()} rows`);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await row(page, 'farm-50/node-2000').waitFor();
    assert.ok((await rows.count()) < 60);
    await row(page, 'farm-50/node-1999').focus();
    await page.keyboard.press('End');
    await until(
      async () =>
        (await page.evaluate(() => document.activeElement.dataset.key)) === 's:farm-50/node-2000',
      'the last row',
    );
    await page.evaluate(() => scrollTo(0, 0));
    await page.getByRole('columnheader', { name: 'Sessions' }).getByRole('button').click();
    await page.getByLabel('Filter the servers').fill('farm-07');
    await page.getByText('40 of 2010 servers').waitFor();
    await page.getByLabel('Select all servers that are shown').check();
    await page.getByText('40 selected').waitFor();
    const bulk = page.getByRole('region', { name: 'Selected servers' });
    await bulk.getByRole('button', { name: 'DRAIN' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drain anyway' }).click();
    await until(() => mock.posts.at(-1)?.body.actions.length === 40, 'one change of forty');
    await page.locator('.toast', { hasText: '40 servers: DRAIN' }).waitFor();
    await shoot(page, 'two-thousand');
  });
});

test('2,000 servers are changed at once, and the page follows', async () => {
  await withPage({ servers: 2000, view: 'servers' }, async ({ page, mock }) => {
    await page.getByText('2010 servers').waitFor();
    await page.getByLabel('Filter the servers').fill('farm');
    await page.getByText('2000 of 2010 servers').waitFor();
    await page.getByLabel('Select all servers that are shown').check();
    const bulk = page.getByRole('region', { name: 'Selected servers' });
    await bulk.getByText('2000 selected in 50 backends').waitFor();
    await page.evaluate(() => {
      globalThis.longest = 0;
      new PerformanceObserver((list) => {
        for (const task of list.getEntries())
          globalThis.longest = Math.max(globalThis.longest, task.duration);
      }).observe({ type: 'longtask' });
    });
    await bulk.getByRole('button', { name: 'MAINT' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('No server of farm-01 takes requests').waitFor();
    await dialog.getByRole('button', { name: 'Set MAINT anyway' }).click();
    await page.locator('.toast', { hasText: '2000 servers: MAINT' }).waitFor();
    await page.getByRole('button', { name: 'Draining' }).click();
    await page.getByText('2000 of 2010 servers').waitFor();
    await row(page, 'farm-01/node-1').locator('.badge', { hasText: 'MAINT' }).waitFor();
    assert.equal(mock.posts.length, 1);
    const longest = await page.evaluate(() => globalThis.longest);
    assert.ok(longest < 4000, `the page stood still for ${longest} ms`);
  });
});

test('what is too large for one request goes in parts, and is undone as one', async () => {
  await withPage({ servers: 400, view: 'servers' }, async ({ page, mock }) => {
    await page.getByText('410 servers').waitFor();
    mock.limit = 8000;
    await page.getByLabel('Filter the servers').fill('farm');
    await page.getByLabel('Select all servers that are shown').check();
    const bulk = page.getByRole('region', { name: 'Selected servers' });
    await bulk.getByRole('button', { name: 'MAINT' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Set MAINT anyway' }).click();
    const toast = page.locator('.toast', { hasText: '400 servers: MAINT' });
    await toast.waitFor();
    assert.ok(mock.posts.length > 1);
    const down = () =>
      mock.model.backends
        .flatMap((b) => b.servers)
        .filter((s) => s.pxname.startsWith('farm') && s.admin === 'maint').length;
    assert.equal(down(), 400);
    await toast.getByRole('button', { name: 'Undo' }).click();
    await until(() => down() === 0, 'all of them READY');
  });
});

test('2,000 servers: a second of figures is taken in far less than a second', async () => {
  await withPage({ servers: 2000, view: 'servers' }, async ({ page }) => {
    await page.getByText('2010 servers').waitFor();
    const busy = await page.evaluate(
      () =>
        new Promise((resolve) => {
          let total = 0;
          const observer = new PerformanceObserver((list) => {
            for (const task of list.getEntries()) total += task.duration;
          });
          observer.observe({ type: 'longtask' });
          setTimeout(() => resolve(total), 8000);
        }),
    );
    assert.ok(busy < 4000, `${busy} ms of 8 s in long tasks`);
  });
});

async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const counters = await session.send('Memory.getDOMCounters');
  await session.detach();
  const shown = await page.evaluate(() => document.querySelectorAll('*').length);
  return { bytes: usedSize, nodes: counters.nodes, listeners: counters.jsEventListeners, shown };
}

const ROUND = [
  '',
  'proxy/orders',
  'servers',
  'server/orders/orders-1',
  'log',
  'requests',
  'config',
];

/**
 * An hour with the clock of the page in the test's hands: every second has its figures, every
 * minute a change and another view, every seventh minute the connection is lost. Gives how much
 * larger the page is afterwards than after a quarter of an hour, when its charts are full.
 */
async function anHour({ page, mock }, seconds = 3600) {
  const step = 3;
  let passed = 0;
  let minutes = 0;
  const second = () => {
    mock.second();
    passed++;
  };
  const reconnected = async () => {
    for (let tries = 0; (await page.locator('.link-state.live').count()) === 0; ++tries) {
      assert.ok(tries < 120, 'the page never came back');
      await page.clock.runFor(1000);
      second(); // it is live again when it hears something
    }
  };
  const minute = async (number) => {
    const value = 20 + (number % 80);
    const target = 's:orders/orders-1';
    mock.control.change({ actions: [{ target, set: 'weight', value }] }, { who: 'bob' });
    await page.evaluate((view) => (location.hash = `#/${view}`), ROUND[number % ROUND.length]);
    if (number % 7 === 6) {
      mock.dropEvents();
      await page.clock.runFor(1000);
      await reconnected();
    }
  };
  const run = async (until) => {
    while (passed < until) {
      if (passed >= minutes * 60) await minute(minutes++);
      for (let i = 0; i < step; ++i) second();
      // As many as were sent have arrived.
      await page.waitForFunction((at) => globalThis.lastRates >= at, mock.now);
      await page.clock.runFor(step * 1000);
    }
    await page.evaluate(() => (location.hash = '#/proxy/orders'));
    await page.clock.runFor(1000);
    await reconnected();
    await page.locator('figure').first().waitFor();
    return heap(page);
  };
  const before = await run(900);
  const after = await run(900 + seconds);
  return { before, after };
}

/** A page on a mock whose seconds come when the test says so. */
const withClock = (run) =>
  withPage({ view: 'proxy/orders', held: true }, async (given) => {
    const { page, mock } = given;
    await page.addInitScript(() => {
      globalThis.lastRates = 0;
      const Plain = globalThis.EventSource;
      globalThis.EventSource = class extends Plain {
        constructor(...words) {
          super(...words);
          this.addEventListener('rates', (e) => (globalThis.lastRates = JSON.parse(e.data).at));
        }
      };
    });
    await page.clock.install({ time: mock.now * 1000 });
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    await run(given);
  });

/** What an hour may add: nothing that an hour more would add again. */
function grown({ before, after }) {
  const out = [];
  if (after.bytes > before.bytes * 1.1 + 500_000) out.push('bytes');
  if (after.nodes > before.nodes + 400) out.push('nodes');
  if (after.listeners > before.listeners + 100) out.push('listeners');
  if (after.shown > before.shown + 60) out.push('elements');
  return out;
}

test('an hour of figures, changes, views and lost connections: no growth of memory', async () => {
  await withClock(async (given) => {
    const sizes = await anHour(given);
    assert.deepEqual(grown(sizes), [], JSON.stringify(sizes));
  });
});

test('a page that keeps a little of every second would be reported', async () => {
  await withClock(async (given) => {
    const { page } = given;
    await page.evaluate(() => {
      globalThis.kept = [];
      new MutationObserver(() => {
        globalThis.kept.push(new Array(100).fill(Math.random()));
      }).observe(document.querySelector('.total'), {
        childList: true,
        subtree: true,
        characterData: true,
      });
    });
    const sizes = await anHour(given, 1800);
    assert.ok(grown(sizes).includes('bytes'), JSON.stringify(sizes));
  });
});
