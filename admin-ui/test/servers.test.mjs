// The table of servers: every button, the weights, the menu, the selection, order and filter, undo.
import assert from 'node:assert/strict';
import test from 'node:test';
import { lastPost, row, until, withPage } from './support.mjs';

const servers = (options, run) =>
  withPage({ view: 'servers', ...options }, async (given) => {
    await row(given.page, 'search/solo').waitFor();
    await run(given);
  });

const actions = (mock) => lastPost(mock)?.body.actions;
const model = (mock, name) => mock.model.objects.get(`s:${name}`);
const button = (page, name, label) =>
  row(page, name).getByRole('button', { name: `${label} ${name}`, exact: true });

test('READY, DRAIN and MAINT set the state, and the row shows it', async () => {
  await servers({}, async ({ page, mock }) => {
    for (const state of ['DRAIN', 'MAINT', 'READY']) {
      await button(page, 'orders/orders-1', state).click();
      await row(page, 'orders/orders-1')
        .locator('.badge', { hasText: state === 'READY' ? 'UP' : state })
        .waitFor();
      assert.deepEqual(actions(mock), [
        { target: 's:orders/orders-1', set: 'state', value: state.toLowerCase() },
      ]);
      await page.locator(`[aria-pressed=true][aria-label="${state} orders/orders-1"]`).waitFor();
    }
    assert.ok(Number(lastPost(mock).ifMatch.replaceAll('"', '')) >= 10);
  });
});

test('a risky change asks first, names the effect, and does nothing when cancelled', async () => {
  await servers({}, async ({ page, mock }) => {
    await button(page, 'search/solo', 'MAINT').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Only backup servers are left in search').waitFor();
    assert.equal(
      await dialog
        .getByRole('button', { name: 'Cancel' })
        .evaluate((b) => b === document.activeElement),
      true,
    );
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(mock.posts.length, 0);
    assert.equal(
      await button(page, 'search/solo', 'MAINT').evaluate((b) => b === document.activeElement),
      true,
    );
    await button(page, 'search/solo', 'MAINT').click();
    await dialog.getByRole('button', { name: 'Set MAINT anyway' }).click();
    await row(page, 'search/solo').locator('.badge', { hasText: 'MAINT' }).waitFor();
  });
});

test('a weight is typed and sent by Enter, refused when it is none, left by Escape', async () => {
  await servers({}, async ({ page, mock }) => {
    const weight = row(page, 'orders/monolith').getByLabel('Weight of orders/monolith');
    await weight.fill('50');
    await weight.press('Enter');
    await row(page, 'orders/monolith').getByText('of 100').waitFor();
    assert.deepEqual(actions(mock), [{ target: 's:orders/monolith', set: 'weight', value: 50 }]);
    await weight.fill('257');
    assert.equal(await weight.getAttribute('aria-invalid'), 'true');
    await weight.press('Enter');
    await weight.fill('70');
    await weight.press('Escape');
    await until(async () => (await weight.inputValue()) === '50', 'the old weight');
    assert.equal(mock.posts.length, 1);
    await weight.fill('25%');
    await weight.press('Enter');
    await until(() => model(mock, 'orders/monolith').uweight === 25, 'a quarter');
  });
});

const MENU = [
  ['Health: disable checks', 'check', 'disabled'],
  ['Health: enable checks', 'check', 'enabled'],
  ['Health: force NOLB', 'health', 'stopping'],
  ['Health: force DOWN', 'health', 'down'],
  ['Health: force UP', 'health', 'up'],
  ['Agent: disable checks', 'agent', 'disabled'],
  ['Agent: enable checks', 'agent', 'enabled'],
  ['Agent: force DOWN', 'agent-health', 'down'],
  ['Agent: force UP', 'agent-health', 'up'],
];

async function choose(page, name, item) {
  await row(page, name)
    .getByRole('button', { name: `More actions for ${name}` })
    .click();
  await page.getByRole('menuitem', { name: item }).click();
}

test('the menu has the other actions of HAProxy’s page', async () => {
  await servers({}, async ({ page, mock }) => {
    const s = model(mock, 'static/edge-1');
    s.agent = { ...s.check };
    mock.control.emit('server', { key: s.key, rev: 11, agent: s.agent });
    for (const [item, kind, value] of MENU) {
      const before = mock.posts.length;
      await until(async () => {
        await choose(page, 'static/edge-1', item);
        return true;
      }, item);
      await until(() => mock.posts.length > before, item);
      assert.deepEqual(actions(mock), [{ target: 's:static/edge-1', set: kind, value }], item);
      await until(async () => (await page.locator('.toast').count()) > 0, 'a toast');
    }
    await choose(page, 'static/edge-1', 'Shut down sessions');
    await page.getByRole('dialog').getByText('open session').waitFor();
    await page.getByRole('button', { name: 'Shut down' }).click();
    await until(() => actions(mock)?.[0].set === 'sessions', 'the shutdown');
  });
});

test('values with a note, a deadline and an end of their own', async () => {
  await servers({}, async ({ page, mock }) => {
    await choose(page, 'orders/orders-1', /State with a deadline/);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Deadline of the drain').selectOption('300');
    await dialog.getByLabel('Set back by itself').selectOption('15');
    await dialog.getByLabel('Note for the log').fill('a new disk');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await until(() => mock.posts.length === 1, 'the change');
    assert.deepEqual(lastPost(mock).body, {
      actions: [{ target: 's:orders/orders-1', set: 'state', value: 'drain', drain_deadline: 300 }],
      note: 'a new disk',
      expires: 15,
    });
    await choose(page, 'orders/orders-1', 'Maxconn…');
    await dialog.getByLabel('Maxconn').fill('many');
    await dialog.getByText('A whole number').waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Apply' }).isDisabled(), true);
    await dialog.getByLabel('Maxconn').fill('30');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await until(() => model(mock, 'orders/orders-1').slim === 30, 'maxconn');
    await choose(page, 'orders/orders-1', 'Address…');
    await dialog.getByRole('textbox', { name: 'Address' }).fill('10.9.9.9:81');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await until(() => model(mock, 'orders/orders-1').addr === '10.9.9.9:81', 'the address');
  });
});

test('servers of several backends are selected and set at once; updates keep it', async () => {
  await servers({ speed: 10 }, async ({ page, mock }) => {
    for (const name of ['orders/orders-1', 'static/edge-2'])
      await page.getByRole('checkbox', { name: `Select ${name}` }).check();
    const seconds = mock.now;
    await until(() => mock.now > seconds + 20, 'twenty seconds');
    mock.setOper('s:orders/orders-2', 'up');
    await row(page, 'orders/orders-2').locator('.badge', { hasText: 'UP' }).waitFor();
    const bulk = page.getByRole('region', { name: 'Selected servers' });
    await bulk.getByText('selected in 2 backends').waitFor();
    await bulk.getByRole('button', { name: 'DRAIN' }).click();
    await until(() => actions(mock)?.length === 2, 'one change for both');
    assert.deepEqual(
      actions(mock).map((a) => a.target),
      ['s:orders/orders-1', 's:static/edge-2'],
    );
    await page.getByRole('button', { name: 'Draining' }).click();
    await until(
      async () => (await page.locator('.tbody [role=row]').count()) === 3,
      'three draining',
    );
    await bulk.getByRole('button', { name: 'More…' }).click();
    await page.getByRole('menuitem', { name: 'Weight…' }).click();
    await page.getByRole('dialog').getByLabel('Weight').fill('50%');
    await page.getByRole('button', { name: 'Apply' }).click();
    await until(() => actions(mock)?.[1]?.value === '50%', 'both weights');
    await bulk.getByRole('button', { name: 'Clear' }).click();
    await bulk.waitFor({ state: 'detached' });
  });
});

test('a range is selected with Shift, all that is shown by the head', async () => {
  await servers({}, async ({ page }) => {
    await page.getByRole('checkbox', { name: 'Select users/monolith' }).click();
    await page
      .getByRole('checkbox', { name: 'Select orders/orders-1' })
      .click({ modifiers: ['Shift'] });
    const bulk = page.getByRole('region', { name: 'Selected servers' });
    await bulk.getByText('4 selected').waitFor();
    await page.getByRole('button', { name: 'Selected', exact: true }).click();
    await page.getByText('4 of 10 servers').waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByLabel('Filter the servers').fill('static');
    await page.getByLabel('Select all servers that are shown').check();
    await bulk.getByText('6 selected').waitFor();
  });
});

test('columns sort up and down, and the filter cuts', async () => {
  await servers({}, async ({ page }) => {
    const first = () => page.locator('.tbody [role=row]').first().getAttribute('data-key');
    const head = page.getByRole('columnheader', { name: 'State' });
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'ascending');
    assert.equal(await first(), 's:orders/orders-2');
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'descending');
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'none');
    assert.equal(await first(), 's:users/monolith');
    await page.getByRole('columnheader', { name: 'Req/s' }).getByRole('button').click();
    await until(async () => (await first()).startsWith('s:static/'), 'the busiest first');
    await page.getByLabel('Filter the servers').fill('maint');
    await page.getByText('1 of 10 servers').waitFor();
    await page.getByLabel('Filter the servers').fill('nothing like it');
    await page.getByText('No server matches the filter.').waitFor();
  });
});

test('undo by the toast, by the key, and not after it is gone', async () => {
  await servers({}, async ({ page, mock }) => {
    await button(page, 'orders/orders-1', 'DRAIN').click();
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await until(() => model(mock, 'orders/orders-1').admin === 'ready', 'READY again');
    await page.locator('.toast', { hasText: 'Undone: orders/orders-1' }).waitFor();
    await button(page, 'orders/orders-1', 'DRAIN').click();
    await until(() => model(mock, 'orders/orders-1').admin === 'drain', 'DRAIN');
    await page.locator('.toast', { hasText: 'READY → DRAIN' }).waitFor();
    await page.locator('body').press('u');
    await until(() => model(mock, 'orders/orders-1').admin === 'ready', 'READY by the key');
    const posts = mock.posts.length;
    await page.locator('.toast', { hasText: 'Undone' }).first().waitFor();
    await page.locator('body').press('u');
    assert.equal(mock.posts.length, posts);
  });
});

test('a message whose change was overtaken by this page goes', async () => {
  await servers({}, async ({ page, mock }) => {
    await button(page, 'orders/orders-1', 'DRAIN').click();
    await page.locator('.toast', { hasText: 'READY → DRAIN' }).waitFor();
    await button(page, 'static/edge-1', 'DRAIN').click();
    await page.locator('.toast', { hasText: 'static/edge-1' }).waitFor();
    await button(page, 'orders/orders-1', 'MAINT').click();
    await page.locator('.toast', { hasText: 'DRAIN → MAINT' }).waitFor();
    assert.equal(await page.locator('.toast').count(), 2);
    await page.keyboard.press('u');
    await until(() => model(mock, 'orders/orders-1').admin === 'drain', 'DRAIN');
  });
});

test('a change that was overtaken is not undone by accident', async () => {
  await servers({}, async ({ page, mock }) => {
    await button(page, 'orders/orders-1', 'DRAIN').click();
    const undo = page.locator('.toast').getByRole('button', { name: 'Undo' });
    await undo.waitFor();
    mock.control.change(
      { actions: [{ target: 's:orders/orders-1', set: 'state', value: 'maint' }] },
      { who: 'bob' },
    );
    await undo.click();
    await page.locator('.toast.bad', { hasText: 'was changed since' }).waitFor();
    await page.getByRole('button', { name: 'Set back anyway' }).click();
    await until(() => model(mock, 'orders/orders-1').admin === 'ready', 'READY');
  });
});

test('what somebody else changed meanwhile is told, not overwritten', async () => {
  await servers({}, async ({ page, mock }) => {
    mock.deaf = true; // the page does not hear of it in time
    mock.control.change(
      { actions: [{ target: 's:orders/orders-1', set: 'weight', value: 7 }] },
      { who: 'bob' },
    );
    await button(page, 'orders/orders-1', 'DRAIN').click();
    await page.locator('.toast.bad', { hasText: 'was changed since' }).waitFor();
    assert.equal(model(mock, 'orders/orders-1').admin, 'ready');
    await page.getByRole('button', { name: 'Do it anyway' }).click();
    await until(() => model(mock, 'orders/orders-1').admin === 'drain', 'DRAIN');
  });
});

test('a change whose answer was lost is asked again, and done once', async () => {
  await servers({}, async ({ page, mock }) => {
    mock.swallow = 1;
    await button(page, 'orders/orders-1', 'DRAIN').click();
    await page.locator('.toast', { hasText: 'READY → DRAIN' }).waitFor();
    assert.ok(mock.posts.length >= 2);
    assert.equal(mock.control.log.filter((c) => c.items[0].new === 'drain').length, 1);
    mock.swallow = 10; // the browser repeats by itself as well
    await button(page, 'orders/orders-1', 'READY').click();
    await page.locator('.toast.bad', { hasText: 'does not answer' }).waitFor();
  });
});

test('who may only look has no working buttons', async () => {
  await servers({ readOnly: true }, async ({ page }) => {
    await page.getByText('read only').waitFor();
    assert.equal(await button(page, 'orders/orders-1', 'DRAIN').isDisabled(), true);
    await row(page, 'orders/orders-1').getByRole('button', { name: 'More actions' }).click();
    assert.equal(await page.getByRole('menuitem', { name: 'Weight…' }).isDisabled(), true);
  });
});
