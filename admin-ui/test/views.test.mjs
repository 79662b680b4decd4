// The log, the requests, listeners, the configuration, frontends, the login, and a listener that
// has no API.
import assert from 'node:assert/strict';
import test from 'node:test';
import { lastPost, row, until, withPage } from './support.mjs';

const set = (mock, name, kind, value, who = 'bob', note = '') =>
  mock.control.change({ actions: [{ target: `s:${name}`, set: kind, value }], note }, { who });

test('the log: who, what, why, the same by hand; filters; undo; it follows', async () => {
  await withPage({ view: 'log' }, async ({ page, mock }) => {
    const entries = page.locator('.entry');
    await page.getByText('“kernel update”').waitFor();
    await page.getByText('set server orders/orders-3 state maint').waitFor();
    assert.equal(await entries.count(), 2);
    set(mock, 'static/edge-1', 'weight', 5, 'carol', 'less');
    await entries.first().getByText('static/edge-1: weight 100 → 5').waitFor();
    await page.getByLabel('Who').fill('carol');
    await page.getByLabel('Who').press('Tab');
    await until(async () => (await entries.count()) === 1, 'one entry');
    await page.getByRole('button', { name: 'Undo change 4' }).click();
    await until(() => mock.model.objects.get('s:static/edge-1').uweight === 100, 'undone');
    await entries.getByText('undone by #5').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Undo change 4' }).count(), 0);
    await page.getByLabel('Who').fill('');
    await page.getByLabel('What').selectOption('state');
    await until(async () => (await entries.count()) === 1, 'states only');
    await page.getByLabel('What').selectOption('');
    await page.getByLabel('Text').fill('no such text');
    await page.getByLabel('Text').press('Tab');
    await page.getByText('Nothing matches.').waitFor();
  });
});

test('the log goes on where its page ends, and long changes are folded', async () => {
  await withPage({}, async ({ page, mock }) => {
    for (let i = 0; i < 60; ++i) set(mock, 'static/edge-1', 'weight', i + 1);
    const all = [...mock.model.objects.keys()].filter((key) => key[0] === 's');
    mock.control.change(
      { actions: all.map((target) => ({ target, set: 'weight', value: 9 })) },
      { who: 'bob' },
    );
    await page.goto(`${mock.url}#/log`);
    await until(async () => (await page.locator('.entry').count()) === 50, 'the first page');
    await page.locator('.entry').first().getByRole('button', { name: '5 more' }).click();
    assert.equal(await page.locator('.entry').first().locator('.items li').count(), 10);
    await page.getByRole('button', { name: 'Older' }).click();
    await until(async () => (await page.locator('.entry').count()) === 63, 'the second page');
  });
});

test('a broken chain of the audit file is told', async () => {
  await withPage({}, async ({ page, mock }) => {
    const search = mock.control.search.bind(mock.control);
    mock.control.search = (q) => ({
      ...search(q),
      chain: { file: 'x', intact: false, broken_at: 2 },
    });
    await page.goto(`${mock.url}#/log`);
    await page.getByRole('alert').getByText('broken at entry 2').waitFor();
  });
});

test('requests run by, filtered by status, path and server, and pause', async () => {
  await withPage({ view: 'requests', speed: 5 }, async ({ page }) => {
    const rows = page.locator('.tail tbody tr');
    await until(async () => (await rows.count()) > 5, 'requests');
    await page.getByLabel('Status').fill('5xx');
    await page.getByRole('button', { name: 'Clear' }).click();
    await until(async () => (await rows.count()) > 1, 'failures');
    for (const text of await rows.locator('td:nth-child(2)').allTextContents())
      assert.equal(text, '503');
    await page.getByLabel('Status').fill('6');
    assert.equal(await page.getByLabel('Status').getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Status').fill('');
    await page.getByLabel('Path begins with').fill('/users');
    await page.getByLabel('Path begins with').press('Tab');
    await page.getByLabel('Through').selectOption({ label: 'backend users' });
    await page.getByRole('button', { name: 'Clear' }).click();
    await until(async () => (await rows.count()) > 2, 'requests for users');
    for (const text of await rows.allTextContents()) assert.match(text, /\/users.*users/);
    await page.getByRole('button', { name: 'Pause' }).click();
    const count = await rows.count();
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    assert.ok((await rows.count()) - count <= 5);
  });
});

test('listeners, and certificates with the days that are left', async () => {
  await withPage({ view: 'listeners' }, async ({ page }) => {
    await page.getByText('0.0.0.0:443').waitFor();
    const text = await page.getByRole('region', { name: 'Certificates' }).textContent();
    assert.match(
      text,
      /old\.example.*ended 3 days ago.*partners.*12 days left.*shop.*81 days left/,
    );
  });
});

test('the configuration: its lines, check, difference and reload', async () => {
  await withPage({ view: 'config' }, async ({ page, mock }) => {
    await page.getByText('changed on disk').waitFor();
    await page.getByRole('button', { name: 'backend orders' }).click();
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('The files on disk are valid.').waitFor();
    await page.getByText('/etc/sluice/sluice.cfg:12:5').waitFor();
    await page.getByRole('button', { name: 'Difference' }).click();
    await page.locator('.found .plus', { hasText: '10.0.1.42' }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Reload…' }).click();
    await page.getByRole('dialog').getByLabel('Note').fill('new address');
    await page.getByRole('dialog').getByRole('button', { name: 'Reload' }).click();
    await page.getByText('The new configuration runs.').waitFor();
    assert.deepEqual(lastPost(mock).body, { note: 'new address' });
  });
});

test('a refused reload shows where the fault is', async () => {
  await withPage({ view: 'config' }, async ({ page, mock }) => {
    mock.refuseReload = true;
    await page.getByRole('button', { name: 'Reload…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Not reloaded').waitFor();
    await page.getByText('/etc/sluice/sluice.cfg:20:5').waitFor();
    await page.getByText('unknown keyword').waitFor();
  });
});

test('a frontend is disabled after a question, and enabled without', async () => {
  await withPage({ view: 'proxy/www' }, async ({ page, mock }) => {
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByText('takes no new connections').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('STOP').waitFor();
    await page.getByRole('button', { name: 'Enable' }).click();
    await until(() => mock.model.objects.get('f:www').status === 'OPEN', 'OPEN');
    await page.getByRole('button', { name: 'More actions for frontend www' }).click();
    await page.getByRole('menuitem', { name: 'Maxconn…' }).click();
    await page.getByRole('dialog').getByLabel('Maxconn').fill('500');
    await page.getByRole('button', { name: 'Apply' }).click();
    await until(() => mock.model.objects.get('f:www').slim === 500, 'maxconn');
  });
});

test('counters are cleared, all of them after a question; colours are chosen', async () => {
  await withPage({}, async ({ page, mock }) => {
    const menu = async (name) => {
      await page.getByRole('button', { name: 'Process, display and help' }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    await page.getByText('live', { exact: true }).waitFor();
    await menu('Clear maxima');
    await until(() => lastPost(mock)?.body.actions[0].value === 'clear', 'maxima');
    await menu('Clear all counters');
    await page.getByRole('dialog').getByRole('button', { name: 'Clear all' }).click();
    await until(() => lastPost(mock)?.body.actions[0].value === 'clear-all', 'counters');
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    await menu('Colours');
    await menu('Colours');
    assert.equal(await theme(), 'dark');
    await page.reload();
    assert.equal(await theme(), 'dark');
  });
});

test('a login with a wrong password, then the right one', async () => {
  await withPage({ login: true }, async ({ page }) => {
    await page.getByLabel('User').fill('alice');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('is wrong').waitFor();
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('live', { exact: true }).waitFor();
  });
});

test('a listener without the API says so, and looks again', async () => {
  await withPage({ api: false }, async ({ page, mock }) => {
    await page.getByRole('heading', { name: 'No control API here' }).waitFor();
    mock.api = true;
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('live', { exact: true }).waitFor();
  });
});

test('parts of the API that are missing are told where they would stand', async () => {
  await withPage({ missing: /^(listeners|config|changes|series|tail)/ }, async ({ page, mock }) => {
    for (const [view, text] of [
      ['listeners', 'does not serve the listeners'],
      ['config', 'does not serve the configuration'],
      ['log', 'does not serve the log'],
      ['requests', 'sends no requests now'],
      ['proxy/users', 'keeps no history'],
    ]) {
      await page.goto(`${mock.url}#/${view}`);
      await page.getByText(text).first().waitFor();
    }
    await page.goto(`${mock.url}#/servers`);
    await row(page, 'orders/orders-1')
      .getByRole('button', { name: /^DRAIN/ })
      .click();
    await page.locator('.toast', { hasText: 'no such operation' }).waitFor();
  });
});
