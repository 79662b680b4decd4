// axe on every view and every open dialog, in both themes and on a narrow screen; and proof that it
// would report a defect. Views are kept as pictures.
import assert from 'node:assert/strict';
import test from 'node:test';
import { row, shoot, violations, withPage } from './support.mjs';

const VIEWS = {
  overview: '',
  servers: 'servers',
  backend: 'proxy/users',
  pair: 'proxy/static',
  frontend: 'proxy/www',
  server: 'server/orders/orders-3',
  requests: 'requests',
  log: 'log',
  listeners: 'listeners',
  config: 'config',
};

async function settled(page) {
  await page.locator('main h1').first().waitFor({ state: 'attached' });
  await page.waitForFunction(() => !document.body.textContent.includes('Reading '));
}

async function clean(page, where) {
  assert.deepEqual(await violations(page), [], where);
}

for (const [scheme, width] of [
  ['light', 1360],
  ['dark', 1360],
  ['light', 390],
  ['dark', 390],
])
  test(`every view is without violations: ${scheme}, ${width} px`, async () => {
    await withPage({ scheme, width }, async ({ page, mock }) => {
      for (const [name, view] of Object.entries(VIEWS)) {
        await page.goto(`${mock.url}#/${view}`);
        await settled(page);
        if (name === 'requests') await page.locator('.tail tbody tr').first().waitFor();
        if (name === 'pair') await page.getByRole('button', { name: 'Show the bar' }).click();
        await clean(page, `${name} ${scheme} ${width}`);
        await shoot(page, `${name}-${scheme}-${width}`);
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(over <= 0, `${name} is ${over} px wider than the screen`);
      }
    });
  });

const OPENED = {
  'the question of a risky change': async (page) => {
    await row(page, 'search/solo').getByRole('button', { name: 'MAINT search/solo' }).click();
    await page.getByRole('dialog').waitFor();
  },
  'the menu of a server': async (page) => {
    await row(page, 'static/edge-1').getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menu').waitFor();
  },
  'the form of a change': async (page) => {
    await row(page, 'static/edge-1').getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: /State with a deadline/ }).click();
    await page.getByRole('dialog').waitFor();
  },
  'the help': async (page) => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  },
  'a selection, a toast and a change that will be set back': async (page) => {
    await page.getByLabel('Set back after').selectOption('5');
    await page.getByRole('checkbox', { name: 'Select static/edge-1' }).check();
    await row(page, 'orders/orders-1')
      .getByRole('button', { name: /^DRAIN/ })
      .click();
    await page.getByRole('button', { name: 'Keep' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
  },
  'a connection that is lost': async (page, mock) => {
    mock.refuseEvents = true;
    mock.dropEvents();
    await page.getByText('No connection to the listener').waitFor();
  },
};

for (const scheme of ['light', 'dark'])
  test(`everything that opens is without violations: ${scheme}`, async () => {
    for (const [name, open] of Object.entries(OPENED))
      await withPage({ scheme, view: 'servers' }, async ({ page, mock }) => {
        await row(page, 'search/solo').waitFor();
        await open(page, mock);
        await clean(page, `${name} ${scheme}`);
        await shoot(page, `${name.replaceAll(' ', '-')}-${scheme}`);
      });
  });

test('the reload dialog and the login are without violations', async () => {
  await withPage({ view: 'config' }, async ({ page }) => {
    await page.getByRole('button', { name: 'Reload…' }).click();
    await page.getByRole('dialog').waitFor();
    await clean(page, 'reload');
  });
  await withPage({ login: true }, async ({ page }) => {
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await clean(page, 'login');
  });
});

for (const width of [1920, 1351, 1280, 1251, 1240, 1031, 1020, 861, 850, 600, 360])
  test(`no view is wider than a screen of ${width} px`, async () => {
    await withPage({ width }, async ({ page, mock }) => {
      for (const [name, view] of Object.entries(VIEWS)) {
        await page.goto(`${mock.url}#/${view}`);
        await settled(page);
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(over <= 0, `${name} is ${over} px too wide`);
      }
      await shoot(page, `config-${width}`);
    });
  });

test('a defect would be reported', async () => {
  await withPage({ view: 'servers' }, async ({ page }) => {
    await row(page, 'search/solo').waitFor();
    await page.evaluate(() => {
      const seeded = document.createElement('div');
      seeded.innerHTML = '<input><img src="data:,"><p class="dim">Faint words</p>';
      seeded.querySelector('p').style.color = '#eee';
      document.querySelector('main').append(seeded);
    });
    const found = (await violations(page)).join('\n');
    for (const rule of ['label', 'image-alt', 'color-contrast'])
      assert.match(found, new RegExp(`^${rule}:`, 'm'));
  });
});
