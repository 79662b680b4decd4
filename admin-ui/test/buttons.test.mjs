// No control is dead: on every view each button and each entry of each menu is used once, and
// something follows: a request, or another page. Of rows that are alike one stands for all.
import assert from 'node:assert/strict';
import test from 'node:test';
import { row, until, withPage } from './support.mjs';

const VIEWS = {
  '': (page) => page.getByRole('slider').waitFor(),
  servers: (page) => row(page, 'search/solo').waitFor(),
  'proxy/www': (page) => page.locator('figure').first().waitFor(),
  'proxy/users': (page) => page.getByRole('slider').waitFor(),
  'proxy/static': (page) => page.locator('figure').first().waitFor(),
  'server/orders/orders-1': (page) => page.locator('figure').first().waitFor(),
  requests: (page) => page.locator('.tail tbody tr').first().waitFor(),
  log: (page) => page.locator('.entry').first().waitFor(),
  listeners: (page) => page.getByText('0.0.0.0:443').waitFor(),
  config: (page) => page.getByText('changed on disk').waitFor(),
};

const CONTROLS = 'button, summary, main a[href^="#"]';
/** What changes of itself anyway: views.test.mjs looks closer. */
const LOOKED_AT_ELSEWHERE = ['requests: Clear'];

/** The controls that can be used and are not what is set already. */
function controls(page) {
  return page.evaluate((which) => {
    const seen = new Set();
    const out = [];
    [...document.querySelectorAll(which)].forEach((e, index) => {
      const pressed = e.getAttribute('aria-pressed') === 'true';
      if (e.disabled || !e.checkVisibility() || (pressed && e.closest('[role=group]'))) return;
      const said = e.getAttribute('aria-label') ?? e.textContent.trim();
      const name = said.replace(/[a-z]+\/[\w-]+|\d+$/g, '…');
      if (seen.has(name)) return;
      seen.add(name);
      out.push({ name, index });
    });
    return out;
  }, CONTROLS);
}

async function press(page, name) {
  const found = (await controls(page)).find((one) => one.name === name);
  assert.ok(found, `"${name}" is gone`);
  await page.evaluate(
    ({ which, at }) => {
      const e = document.querySelectorAll(which)[at];
      e.focus();
      e.click();
    },
    { which: CONTROLS, at: found.index },
  );
}

/** What the page looks like but for its figures: what is open, where it is, what is set. */
const looks = (page) =>
  page.evaluate(() => {
    const all = (what) => [...document.querySelectorAll(what)];
    const states = ['aria-pressed', 'aria-expanded', 'aria-sort', 'aria-checked'].map((name) =>
      all(`[${name}]`).map((e) => e.getAttribute(name)),
    );
    const counts = ['dialog[open]', '[role=menu]', '.toast', '.found', '.items li', '.sharebar'];
    return JSON.stringify([
      location.href,
      document.documentElement.dataset.theme,
      states,
      counts.map((what) => all(what).length),
      all('html, pre').map((e) => e.scrollTop),
    ]);
  });

/** Opens the view anew, so that no control sees what another did. */
async function fresh(page, mock, view, ready) {
  await page.goto('about:blank');
  await page.goto(`${mock.url}#/${view}`);
  await page.getByText('live', { exact: true }).waitFor();
  await ready(page);
}

/** Changes that are asked for, and other pages that are gone to. */
function watch(page) {
  const asked = [];
  page.on('request', (r) => {
    if (r.method() !== 'GET' || (r.isNavigationRequest() && !r.url().includes('/ui/')))
      asked.push(r.url());
  });
  return asked;
}

async function follows(page, asked, what, act) {
  const before = await looks(page);
  const requests = asked.length;
  await act();
  const changed = async () =>
    asked.length > requests || (await looks(page).catch(() => before)) !== before;
  await until(changed, `what "${what}" does`, 30000);
}

for (const [view, ready] of Object.entries(VIEWS)) {
  const place = view || 'overview';
  test(`something follows each button and each menu entry: ${place}`, async () => {
    await withPage({ view }, async ({ page, mock }) => {
      const asked = watch(page);
      const again = () => fresh(page, mock, view, ready);
      const used = [];
      await again();
      for (const { name } of await controls(page)) {
        if (LOOKED_AT_ELSEWHERE.includes(`${place}: ${name}`)) continue;
        await again();
        await follows(page, asked, name, () => press(page, name));
        used.push(name);
        const items = page.getByRole('menuitem');
        for (let i = 0, count = await items.count(); i < count; ++i) {
          await again();
          const entry = `${name}: ${i}`;
          await follows(page, asked, entry, async () => {
            await press(page, name);
            await items.nth(i).waitFor();
            if (await items.nth(i).isDisabled()) return;
            await items.nth(i).click();
            await page.getByRole('menu').waitFor({ state: 'detached' });
          });
          used.push(entry);
        }
      }
      assert.ok(used.length >= 5, used.join(', '));
    });
  });
}
