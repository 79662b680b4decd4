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
  await session.detach();
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  return { bytes: usedSize, nodes };
}

test('an hour of figures and changes leaves the page as large as it was', async () => {
  await withPage({ view: 'proxy/orders', speed: 50 }, async ({ page, mock }) => {
    await page.locator('figure').first().waitFor();
    const passed = async (seconds) => {
      const end = mock.now + seconds;
      let turn = 0;
      while (mock.now < end) {
        const value = 20 + (turn++ % 80);
        mock.control.change(
          { actions: [{ target: 's:orders/orders-1', set: 'weight', value }] },
          { who: 'bob' },
        );
        if (turn % 7 === 0) mock.dropEvents();
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    };
    await passed(1000); // the charts are full then
    const before = await heap(page);
    await passed(3600);
    await until(async () => (await page.locator('.link-state.live').count()) === 1, 'live');
    const after = await heap(page);
    assert.ok(after.bytes < before.bytes * 1.3 + 1e6, JSON.stringify({ before, after }));
    assert.ok(after.nodes < before.nodes + 60, JSON.stringify({ before, after }));
  });
});
