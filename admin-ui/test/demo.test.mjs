// The demo under traffic, as whoever reads README.md uses it: 25 % to the new side, both watched,
// the monolith drained until it is safe to stop, all of it undone, and read in the log; by mouse,
// by keyboard, on a small screen in both themes, and by curl. No visitor may notice.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { curl, withDemo } from './program.mjs';
import { openPage, row, shoot, until, violations } from './support.mjs';

const entries = (page) => page.locator('.entry');
const tabTo = async (page, wanted) => {
  for (let i = 0; i < 90; ++i) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(() => {
      const e = document.activeElement;
      return e.dataset.key ?? e.getAttribute('aria-label') ?? e.textContent;
    });
    if (wanted.test(now ?? '')) return;
  }
  throw new Error(`Tab never leads to ${wanted}`);
};

/** What hands do: each finds a button, and a view, in its own way. */
const HANDS = {
  mouse: {
    press: (page, name) => page.getByRole('button', { name, exact: true }).click(),
    view: (page, name) => page.getByRole('link', { name, exact: true }).click(),
    server: (page, name) => row(page, name).getByRole('link').click(),
  },
  touch: {
    press: (page, name) => page.getByRole('button', { name, exact: true }).tap(),
    async view(page, name) {
      await page.getByRole('button', { name: /^(Overview|Servers|Requests|Log)$/ }).tap();
      await page.getByRole('link', { name, exact: true }).tap();
    },
    server: (page, name) => row(page, name).getByRole('link').tap(),
  },
  keyboard: {
    async press(page, name) {
      await page.evaluate(() => document.activeElement?.blur());
      await tabTo(page, new RegExp(`^\\s*${name}$`));
      await page.keyboard.press('Enter');
    },
    async view(page, name) {
      await page.evaluate(() => document.activeElement?.blur());
      await tabTo(page, new RegExp(`^${name}$`));
      await page.keyboard.press('Enter');
    },
    async server(page, name) {
      await page.keyboard.press('/');
      await page.keyboard.type(name);
      await tabTo(page, new RegExp(`^s:${name}$`));
      await tabTo(page, new RegExp(`^${name}$`));
      await page.keyboard.press('Enter');
    },
  },
};

/** Of the next visits, so many percent are the new side's, give or take. */
async function split(visitors, percent) {
  const served = await visitors.next(120);
  const share = (100 * (served.frontend ?? 0)) / 120;
  assert.ok(Math.abs(share - percent) < 12, `${share} %: ${JSON.stringify(served)}`);
}

async function watched(page) {
  const table = page.getByRole('table', { name: 'Both sides' });
  await until(
    async () => /p95[\d.]+ m?s[\d.]+ m?s/.test(await table.textContent()),
    'latencies of both sides',
  );
  await until(
    async () => /measured 2[2-8]/.test(await page.locator('.sharehead .right').textContent()),
    'what is measured',
  );
}

/** What the issue asks of an operator who knows HAProxy's page only. */
async function migrate(page, hands, { demo, visitors, name }) {
  const weights = async () => (await demo.server('pages')).backend.servers.map((s) => s.uweight);
  const monolith = async () => (await demo.server('pages/monolith')).admin;
  await page.getByText('live', { exact: true }).waitFor();
  const first = (await demo.get('changes')).changes[0]?.id ?? 0;
  await hands.press(page, '25 %');
  await until(async () => (await weights()).join() === '3,1', '25 percent');
  await watched(page);
  await shoot(page, `walk-${name}-moved`);
  await split(visitors, 25);
  await hands.press(page, '100 %');
  await until(async () => (await weights()).join() === '0,1', 'all of it');
  await hands.view(page, 'Servers');
  await row(page, 'pages/monolith').waitFor();
  await hands.server(page, 'pages/monolith');
  await page.getByRole('heading', { name: 'monolith' }).waitFor();
  await hands.press(page, 'DRAIN pages/monolith');
  await until(async () => (await monolith()) === 'drain', 'the drain');
  await page.getByRole('heading', { name: 'Safe to stop' }).waitFor();
  assert.equal((await demo.get('drains')).drains[0].safe, true);
  await shoot(page, `walk-${name}-safe`);
  await split(visitors, 100);
  await hands.view(page, 'Log');
  await until(async () => (await entries(page).count()) >= 3, 'the log');
  for (const id of [first + 3, first + 2, first + 1]) {
    await hands.press(page, `Undo change ${id}`);
    await entries(page)
      .getByText(`undone by #${2 * first + 7 - id}`)
      .waitFor();
  }
  await shoot(page, `walk-${name}-log`);
  await until(async () => (await weights()).join() === '1,1', 'the weights of before');
  assert.equal(await monolith(), 'ready');
  await split(visitors, 50);
}

async function readLog(page, demo, first) {
  const { changes } = await demo.get('changes?limit=6');
  assert.deepEqual(
    changes.map((c) => [c.from, c.items[0].set, c.undo_of ?? null]),
    [
      ['page', 'weight', first + 1],
      ['page', 'weight', first + 2],
      ['page', 'state', first + 3],
      ['page', 'state', null],
      ['page', 'share', null],
      ['page', 'share', null],
    ],
  );
  const log = await page.locator('.log').textContent();
  for (const text of [
    'share 50 % → 25 %',
    'READY → DRAIN',
    'set server pages/monolith state drain',
  ])
    assert.ok(log.includes(text), text);
}

const WALKS = [
  ['mouse', 'light', 1280],
  ['keyboard', 'dark', 1280],
  ['touch', 'light', 390],
  ['touch', 'dark', 390],
];

test('25 % to the new side, watched, drained, safe to stop, undone, read in the log', async () => {
  await withDemo(async (demo, visitors) => {
    for (const [kind, scheme, width] of WALKS) {
      const name = `${kind}-${scheme}`;
      const first = (await demo.get('changes')).changes[0]?.id ?? 0;
      const options = { scheme, width, touch: kind === 'touch' };
      await openPage(`${demo.base}/ui/`, options, async (page) => {
        await migrate(page, HANDS[kind], { demo, visitors, name });
        await readLog(page, demo, first);
        assert.deepEqual(await violations(page), [], name);
      });
    }
  });
});

/** Runs in the page: the elements that are shown lower or higher than before, without a hand. */
function watchShifts() {
  globalThis.shifted = [];
  const where = (rect) => `${Math.round(rect.y)} high ${Math.round(rect.height)}`;
  new PerformanceObserver((list) => {
    for (const { sources } of list.getEntries())
      for (const { node, previousRect: was, currentRect: is } of sources)
        if (was.height > 0 && was.y !== is.y) {
          const name = node?.className || node?.nodeName;
          globalThis.shifted.push(`${name}: ${where(was)}, ${where(is)}`);
        }
  }).observe({ type: 'layout-shift', buffered: true });
}

test('nothing moves away under a hand while figures come', async () => {
  await withDemo(async (demo) => {
    for (const width of [1280, 390]) {
      await openPage(`${demo.base}/ui/`, { width, script: watchShifts }, async (page) => {
        await page.getByText('live', { exact: true }).waitFor();
        await page.getByText(/measured \d/).first().waitFor();
        await page.locator('.compare').getByText(/\d m?s/).first().waitFor();
        assert.deepEqual(await page.evaluate(() => globalThis.shifted), [], `${width} px`);
      });
    }
  });
});

test('the same by curl', async () => {
  await withDemo(async (demo, visitors) => {
    const api = `${demo.base}/api`;
    const post = (path, body) =>
      curl('-X', 'POST', '-H', 'content-type: application/json', `${api}/${path}`, '-d', body);
    const share = (p) =>
      `{"actions":[{"target":"b:pages","set":"share","value":{"percent":${p}}}]}`;
    assert.equal((await post('preview', share(25))).backends[0].percent, 25);
    assert.equal((await post('changes', share(25))).items[0].new, '25');
    await split(visitors, 25);
    await until(async () => {
      const { series } = await curl(`${api}/series?key=s:pages/frontend&key=s:pages/monolith`);
      return Object.values(series).every((one) => one.p95.some((v) => v !== null));
    }, 'latencies of both sides');
    await post('changes', share(100));
    const drain = '{"actions":[{"target":"s:pages/monolith","set":"state","value":"drain"}]}';
    await post('changes', drain);
    await until(async () => (await curl(`${api}/drains`)).drains[0]?.safe === true, 'safe');
    await split(visitors, 100);
    for (const id of [3, 2, 1]) assert.equal((await post(`changes/${id}/undo`, '{}')).undo_of, id);
    await split(visitors, 50);
    const { changes } = await curl(`${api}/changes?target=b:pages&limit=20`);
    assert.deepEqual(
      changes.map((c) => [c.from, c.undo_of ?? null]),
      [...[1, 2, 3].map((id) => ['rest', id]), ...[0, 0, 0].map(() => ['rest', null])],
    );
  });
});

/** README's walk: the bar by its steps and by a drag, the new server killed and started again. */
async function breakIt(page, demo, visitors) {
  process.kill(demo.pid('frontend'));
  const banner = page.getByRole('region', { name: 'Not READY or not UP' });
  await banner.getByText('pages/frontend').waitFor();
  assert.match(await banner.textContent(), /DOWN.*for \d+ s, refuses connections/);
  // What the process had in hands when it was killed can't be answered: a visit of each at most.
  const lost = visitors.failed.splice(0);
  assert.ok(lost.length <= visitors.count, lost.join('\n'));
  await shoot(page, 'walk-broken');
  const served = await visitors.next(60);
  assert.ok((served.frontend ?? 0) === 0, JSON.stringify(served));
  const [, line] = await until(
    () => /to start it again: (.*)\n/.exec(demo.said),
    'how to start it',
  );
  const [command, ...words] = line.split(' ');
  demo.started.push(spawn(command, words, { stdio: 'ignore' }));
  await page.getByText('All servers are READY and UP.').waitFor();
  await split(visitors, 25);
}

test('README’s five minutes: moved, broken, come back, read', async () => {
  await withDemo(async (demo, visitors) => {
    const weights = async () => (await demo.server('pages')).backend.servers.map((s) => s.uweight);
    const becomes = (w) => until(async () => (await weights()).join() === w, `weights ${w}`);
    await openPage(`${demo.base}/ui/`, { width: 1280 }, async (page) => {
      await page.getByText('All servers are READY and UP.').waitFor();
      const press = (name) => page.getByRole('button', { name, exact: true }).click();
      await press('All back to legacy');
      await becomes('1,0');
      await press('5 %');
      await becomes('19,1');
      await dragTo(page, 25);
      await until(async () => /^3,1$/.test((await weights()).join()), 'the drag');
      await breakIt(page, demo, visitors);
      await press('All back to legacy');
      await becomes('1,0');
      assert.equal(await page.getByRole('dialog').count(), 0);
      const toast = page.locator('.toast', { hasText: 'share 25 % → 0 %' });
      await toast.getByRole('button', { name: 'Undo' }).click();
      await becomes('3,1');
      await page
        .locator('.toast', { hasText: 'Undone: backend pages: share 0 % → 25 %' })
        .waitFor();
      await page.getByRole('link', { name: 'pages', exact: true }).first().click();
      const happened = page.getByRole('region', { name: /What happened/ });
      await happened.getByText('backend pages: share 5 % → 25 %').waitFor();
      await happened.getByText(/pages\/frontend: UP.* → DOWN/).waitFor();
      await shoot(page, 'walk-charts');
    });
  });
});

/** By the mouse, to the pixel where the bar says this percentage. */
async function dragTo(page, percent) {
  const slider = page.getByRole('slider', { name: /Share of the new side of pages/ });
  const box = await slider.boundingBox();
  const thumb = 14;
  const at = (p) => box.x + thumb / 2 + ((box.width - thumb) * (100 - p)) / 100;
  const y = box.y + box.height / 2;
  await page.mouse.move(at(5), y);
  await page.mouse.down();
  await page.mouse.move(at(percent), y, { steps: 8 });
  await until(
    async () => /At 2[4-6] %/.test(await page.locator('.preview').textContent()),
    'the preview',
  );
  for (let x = at(percent); (await slider.inputValue()) !== String(percent);)
    await page.mouse.move((x += Number(await slider.inputValue()) > percent ? 1 : -1), y);
  await page.mouse.up();
}
