// The connection: figures arrive, a connection that is lost is told and resumed where it stopped,
// changes that expire, drains that end, and what others do.
import assert from 'node:assert/strict';
import test from 'node:test';
import { row, until, withPage } from './support.mjs';

const total = async (page) => page.locator('.total').textContent();

test('figures move every second without reading the state again', async () => {
  await withPage({ speed: 4 }, async ({ page }) => {
    await page.getByText('live', { exact: true }).waitFor();
    const states = [];
    page.on('request', (r) => r.url().endsWith('/api/state') && states.push(r));
    const seen = new Set();
    await until(async () => seen.add(await total(page)).size > 3, 'other figures');
    assert.equal(states.length, 0);
  });
});

test('a lost connection is told, nothing is lost, and it comes back by itself', async () => {
  await withPage({ view: 'servers' }, async ({ page, mock }) => {
    await row(page, 'orders/orders-1').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    mock.refuseEvents = true;
    mock.dropEvents();
    await page.getByRole('alert').getByText('No connection to the listener').waitFor();
    await page.getByText('reconnecting').waitFor();
    mock.control.change(
      { actions: [{ target: 's:orders/orders-1', set: 'weight', value: 33 }] },
      { who: 'bob' },
    );
    const states = [];
    page.on('request', (r) => r.url().endsWith('/api/state') && states.push(r));
    mock.refuseEvents = false;
    await page.getByText('live', { exact: true }).waitFor();
    const weight = page.getByLabel('Weight of orders/orders-1');
    await until(async () => (await weight.inputValue()) === '33', 'the change of meanwhile');
    assert.equal(states.length, 0, 'events were resumed');
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });
});

test('a silent connection is noticed, and the button tries at once', async () => {
  await withPage({ view: 'servers' }, async ({ page, mock }) => {
    await row(page, 'orders/orders-1').waitFor();
    mock.deaf = true;
    mock.refuseEvents = true;
    // The page's own attempt is held up, so that what comes back comes by the button.
    const attempts = [];
    await page.route('**/api/session', (route) => attempts.push(route));
    await page.getByRole('alert').getByText('No connection').waitFor();
    await until(() => attempts.length === 1, 'an attempt');
    mock.deaf = false;
    mock.refuseEvents = false;
    await page.getByRole('button', { name: 'Try now' }).click();
    await until(() => attempts.length === 2, 'the attempt of the button');
    await attempts[1].continue();
    await page.getByText('live', { exact: true }).waitFor();
  });
});

test('who may no longer read is asked to log in', async () => {
  await withPage({ login: true }, async ({ page, mock }) => {
    mock.loggedIn = true;
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    mock.loggedIn = false;
    mock.dropEvents();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });
});

test('another start of the process: the state is read again, the selection stays', async () => {
  await withPage({ view: 'servers' }, async ({ page, mock }) => {
    await page.getByRole('checkbox', { name: 'Select orders/orders-1' }).check();
    mock.boot = 'another';
    mock.number = 0;
    mock.events = [];
    mock.model.objects.get('s:orders/orders-1').addr = '10.7.7.7:1';
    mock.dropEvents();
    await page.getByLabel('Filter the servers').fill('10.7.7.7');
    await page.getByText('1 of 10 servers').waitFor();
    await page.getByText('1 selected').waitFor();
  });
});

test('a server that is added appears, one that is deleted goes, its selection too', async () => {
  await withPage({ view: 'proxy/static' }, async ({ page, mock }) => {
    await page.getByRole('button', { name: 'Add a server…' }).click();
    await page.getByLabel('Name, address and options').fill('edge-3');
    await page.getByText('A name and an address').waitFor();
    await page.getByLabel('Name, address and options').fill('edge-3 10.0.2.3:80 check');
    await page.getByRole('button', { name: 'Apply' }).click();
    await row(page, 'static/edge-3').waitFor();
    await page.getByRole('checkbox', { name: 'Select static/edge-3' }).check();
    await row(page, 'static/edge-3').getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row(page, 'static/edge-3').waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'Selected servers' }).waitFor({ state: 'detached' });
    assert.ok(!mock.model.objects.has('s:static/edge-3'));
  });
});

test('a change that expires: counted down, kept, or set back by itself', async () => {
  await withPage({ view: 'servers', speed: 10 }, async ({ page, mock }) => {
    const s = mock.model.objects.get('s:orders/orders-1');
    const drain = row(page, 'orders/orders-1').getByRole('button', { name: /^DRAIN/ });
    await page.getByLabel('Set back after').selectOption('60');
    await drain.click();
    const strip = page.locator('.strip', { hasText: 'is set back in' });
    await strip.getByText(/\d+:\d\d/).waitFor();
    await strip.getByRole('button', { name: 'Keep' }).click();
    await strip.waitFor({ state: 'detached' });
    assert.equal(s.admin, 'drain');
    await row(page, 'orders/orders-1')
      .getByRole('button', { name: /^READY/ })
      .click();
    await strip.getByRole('button', { name: 'Set back now' }).click();
    await until(() => s.admin === 'drain', 'DRAIN again');
    await page.getByLabel('Set back after').selectOption('1');
    await row(page, 'orders/orders-1')
      .getByRole('button', { name: /^MAINT/ })
      .click();
    await until(() => s.admin === 'maint', 'MAINT');
    await until(() => s.admin === 'drain', 'what was before, after a minute');
    await strip.waitFor({ state: 'detached' });
  });
});

test('a drain is followed to its end: what holds it, the deadline, safe to stop', async () => {
  await withPage({ view: 'server/orders/orders-1' }, async ({ page, mock }) => {
    await page.getByRole('button', { name: 'DRAIN orders/orders-1' }).click();
    const panel = page.getByRole('region', { name: 'Drain' });
    await panel.getByText('what still holds it').waitFor();
    await panel.getByText(/\d+ requests/).waitFor();
    await panel.getByRole('button', { name: 'Set a deadline…' }).click();
    await page.getByLabel('Deadline of the drain').selectOption('30');
    await page.getByRole('button', { name: 'Apply' }).click();
    await panel.getByText('deadline in').waitFor();
    const drain = () => mock.model.objects.get('s:orders/orders-1').drain;
    await until(() => drain().deadline !== null, 'a deadline');
    mock.now += 40;
    await panel.getByText('Safe to stop').waitFor();
    await page.goto(`${mock.url}#/servers`);
    await row(page, 'orders/orders-1').getByText('safe to stop').waitFor();
    await row(page, 'orders/orders-1')
      .getByRole('button', { name: /^READY/ })
      .click();
    await row(page, 'orders/orders-1').locator('.badge', { hasText: 'UP' }).waitFor();
    await row(page, 'orders/orders-1').getByText('safe to stop').waitFor({ state: 'detached' });
  });
});

test('the banner tells what is not READY and UP, since when and by whom', async () => {
  await withPage({}, async ({ page, mock }) => {
    const banner = page.getByRole('region', { name: 'Not READY or not UP' });
    await banner.getByText('orders/orders-3').waitFor();
    assert.match(await banner.textContent(), /MAINT.*for 1 h, by bob \(“kernel update”\)/);
    assert.match(await banner.textContent(), /DOWN.*refuses connections/);
    mock.setOper('s:static/edge-2', 'down');
    await banner.getByText('static/edge-2').waitFor();
    for (const name of ['static/edge-2', 'orders/orders-2']) mock.setOper(`s:${name}`, 'up');
    mock.control.change(
      { actions: [{ target: 's:orders/orders-3', set: 'state', value: 'ready' }] },
      { who: 'bob' },
    );
    await page.getByText('All servers are READY and UP.').waitFor();
  });
});

test('a backend without any server UP says so where it stands', async () => {
  await withPage({}, async ({ page, mock }) => {
    for (const name of ['static/edge-1', 'static/edge-2']) mock.setOper(`s:${name}`, 'down');
    const line = page.getByRole('row', { name: /^static/ });
    await line.getByText('no server').waitFor();
  });
});

test('charts are full at once, live afterwards, and marked where somebody acted', async () => {
  await withPage({ view: 'proxy/orders', speed: 2 }, async ({ page, mock }) => {
    const figure = page.locator('figure', { hasText: 'Requests per second' });
    await until(async () => /requests\s*\d+/.test(await figure.textContent()), 'a value');
    assert.equal(await page.locator('figure').count(), 4);
    const painted = () =>
      figure.locator('canvas').evaluate((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let sum = 0;
        for (let i = 3; i < data.length; i += 4) sum += data[i];
        return sum;
      });
    const first = await painted();
    assert.ok(first > 100000, `${first}`);
    await until(async () => (await painted()) !== first, 'another picture');
    mock.control.change(
      { actions: [{ target: 's:orders/orders-1', set: 'weight', value: 60 }], note: 'try' },
      { who: 'bob' },
    );
    const happened = page.getByRole('region', { name: 'What happened' });
    await happened.getByText('orders/orders-1: weight 100 → 60').waitFor();
    await happened.getByText('bob').waitFor();
    await page.getByRole('button', { name: '15 min' }).click();
    await page.locator('[aria-pressed=true]', { hasText: '15 min' }).waitFor();
    await figure.locator('.u-over').hover();
    await until(
      async () => /\d\d:\d\d:\d\d/.test(await figure.textContent()),
      'the time pointed at',
    );
  });
});
