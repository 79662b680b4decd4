// By keyboard alone; with reduced motion; at 390 px by touch.
import assert from 'node:assert/strict';
import test from 'node:test';
import { row, until, withPage } from './support.mjs';

const model = (mock, name) => mock.model.objects.get(`s:${name}`);
const focused = (page) =>
  page.evaluate(() => {
    const e = document.activeElement;
    return e.dataset.key ?? e.getAttribute('aria-label') ?? e.textContent;
  });

/** Presses Tab until what has the focus satisfies; fails when it comes round. */
async function tabTo(page, wanted) {
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (wanted.test(now ?? '')) return;
  }
  throw new Error(`Tab never leads to ${wanted}`);
}

test('from the first Tab over the navigation into the table, and a server is drained', async () => {
  await withPage({}, async ({ page, mock }) => {
    await page.getByText('live', { exact: true }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'To the content');
    await tabTo(page, /^Servers$/);
    await page.keyboard.press('Enter');
    await row(page, 'users/monolith').waitFor();
    await tabTo(page, /^s:users\/monolith$/);
    // Sent as one, so that the letter comes before the row is drawn that it is for.
    await page.evaluate(() => {
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'd'])
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    });
    await until(() => model(mock, 'orders/orders-1').admin === 'drain', 'DRAIN');
    await page.locator('.toast', { hasText: 'READY → DRAIN' }).waitFor(); // answered
    await page.keyboard.press('u');
    await until(() => model(mock, 'orders/orders-1').admin === 'ready', 'READY');
    assert.equal(await focused(page), 's:orders/orders-1');
  });
});

test('the key that undoes, pressed before the change was answered, undoes it then', async () => {
  await withPage({ view: 'servers' }, async ({ page, mock }) => {
    let answer;
    const held = new Promise((resolve) => (answer = resolve));
    await page.route('**/api/changes', async (route) => {
      const response = await route.fetch();
      await held;
      await route.fulfill({ response });
    });
    await row(page, 'orders/orders-1').focus();
    await page.keyboard.press('d');
    await until(() => model(mock, 'orders/orders-1').admin === 'drain', 'DRAIN');
    await page.keyboard.press('u');
    assert.equal(mock.posts.length, 1);
    answer();
    await until(() => model(mock, 'orders/orders-1').admin === 'ready', 'READY');
    await page.locator('.toast', { hasText: 'DRAIN → READY' }).waitFor();
    assert.equal(mock.posts.length, 2);
  });
});

test('rows: ends, selection by Space and Shift, all of them by a letter', async () => {
  await withPage({ view: 'servers' }, async ({ page, mock }) => {
    await row(page, 'users/monolith').focus();
    await page.keyboard.press('End');
    await until(async () => (await focused(page)) === 's:search/spare', 'the last row');
    await page.keyboard.press('Home');
    await until(async () => (await focused(page)) === 's:users/monolith', 'the first row');
    for (let i = 0; i < 6; ++i) await page.keyboard.press('ArrowDown');
    await until(async () => (await focused(page)) === 's:static/edge-1', 'the row');
    await page.keyboard.press(' ');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('m');
    await page.getByRole('dialog').getByText('No server of static takes requests').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until(() => model(mock, 'static/edge-2').admin === 'maint', 'both in MAINT');
    assert.equal(model(mock, 'static/edge-1').admin, 'maint');
    await page.keyboard.press('Escape');
    await page.getByText('2 selected').waitFor({ state: 'detached' });
  });
});

test('the controls of a row by Tab, its menu by arrows and letters, back by Escape', async () => {
  await withPage({ view: 'servers' }, async ({ page, mock }) => {
    await row(page, 'orders/orders-1').focus();
    await tabTo(page, /^Weight of orders\/orders-1$/);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('40');
    await page.keyboard.press('Enter');
    await until(() => model(mock, 'orders/orders-1').uweight === 40, 'the weight');
    await tabTo(page, /^More actions for orders\/orders-1$/);
    await page.keyboard.press('Enter');
    await until(async () => /State with/.test(await focused(page)), 'the first item');
    await page.keyboard.press('ArrowUp');
    await until(async () => /Shut down/.test(await focused(page)), 'the last that can be used');
    await page.keyboard.press('w');
    await until(async () => /Weight/.test(await focused(page)), 'by its letter');
    await page.keyboard.press('Escape');
    await until(async () => /^More actions/.test(await focused(page)), 'back at the button');
    await page.keyboard.press('Escape');
    assert.equal(await focused(page), 's:orders/orders-1');
  });
});

test('a slash finds, a question mark helps, and single keys can be turned off', async () => {
  await withPage({}, async ({ page }) => {
    await page.getByText('live', { exact: true }).waitFor();
    await page.keyboard.press('/');
    await until(async () => /^Filter the servers/.test(await focused(page)), 'the filter');
    await page.keyboard.type('u?');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.locator('h1').click();
    await page.keyboard.press('?');
    await page.getByLabel('Single keys act from everywhere').uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    assert.equal(await page.getByRole('dialog').count(), 0);
  });
});

test('with reduced motion nothing moves', async () => {
  await withPage({ motion: 'reduce' }, async ({ page }) => {
    await page.getByRole('button', { name: '25 %', exact: true }).click();
    await page.locator('.toast').waitFor();
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((e) => {
          const { animationName, transitionDuration } = getComputedStyle(e);
          return animationName !== 'none' || parseFloat(transitionDuration) > 0;
        }).length,
    );
    assert.equal(moving, 0);
  });
});

test('at 390 px: views by the button, a share, a drain and its undo', async () => {
  await withPage({ width: 390, height: 760 }, async ({ page, mock }) => {
    await page.getByRole('button', { name: '+10' }).or(page.getByLabel('plus 10 percent')).click();
    await until(() => mock.posts.length === 1, 'the share');
    await page.getByRole('button', { name: 'Overview' }).click();
    await page.getByRole('link', { name: 'Servers' }).click();
    await row(page, 'orders/orders-1')
      .getByRole('button', { name: /^DRAIN/ })
      .click();
    await until(() => model(mock, 'orders/orders-1').admin === 'drain', 'DRAIN');
    const toast = page.locator('.toast', { hasText: 'DRAIN' });
    await toast.getByRole('button', { name: 'Undo' }).click();
    await until(() => model(mock, 'orders/orders-1').admin === 'ready', 'READY');
    for (const name of ['READY', 'DRAIN', 'MAINT']) {
      const label = `${name} orders/orders-1`;
      const box = await page.getByRole('button', { name: label }).boundingBox();
      assert.ok(box.height >= 30 && box.x >= 0 && box.x + box.width <= 390, name);
    }
  });
});
