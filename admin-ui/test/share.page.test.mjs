// The bar that moves traffic: by drag, by key, by number, by steps, and back.
import assert from 'node:assert/strict';
import test from 'node:test';
import { lastPost, until, withPage } from './support.mjs';

const weights = (mock) =>
  ['monolith', 'users-svc'].map((n) => mock.model.objects.get(`s:users/${n}`).uweight);
const percent = (mock) => {
  const [legacy, fresh] = weights(mock);
  return (100 * fresh) / (legacy + fresh);
};
const isAt = (mock, p) => until(() => Math.abs(percent(mock) - p) < 0.01, `${p} percent`);
const slider = (page) => page.getByRole('slider', { name: /Share of the new side of users/ });

const bar = (options, run) =>
  withPage(options, async (given) => {
    await slider(given.page).waitFor();
    await given.page.getByText('on both sides in the last minute').waitFor();
    await run(given);
  });

/** Where on the page the bar stands at this percentage: the new side grows from the right. */
async function place(page, p) {
  const box = await slider(page).boundingBox();
  const thumb = 14;
  return {
    x: box.x + thumb / 2 + ((box.width - thumb) * (100 - p)) / 100,
    y: box.y + box.height / 2,
  };
}

test('dragging shows what would follow, and letting go does it', async () => {
  await bar({}, async ({ page, mock }) => {
    const [from, to] = [await place(page, 10), await place(page, 40)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move((from.x + to.x) / 2, from.y, { steps: 4 });
    await page.mouse.move(to.x, to.y, { steps: 4 });
    const preview = page.locator('.preview');
    await until(async () => /At 4[01] %/.test(await preview.textContent()), 'the preview');
    assert.match(await preview.textContent(), /legacy ≈ \d+ req\/s, new ≈ \d+ req\/s; weights/);
    assert.equal(mock.posts.length, 0, 'nothing is sent while dragging');
    await page.mouse.up();
    await until(() => mock.posts.length === 1, 'the change');
    const { target, set, value } = lastPost(mock).body.actions[0];
    assert.deepEqual([target, set], ['b:users', 'share']);
    assert.ok(Math.abs(value.percent - 40) <= 1, value.percent);
    await isAt(mock, value.percent);
    await page
      .getByText(`${100 - value.percent} %`)
      .first()
      .waitFor();
  });
});

test('the arrow keys move it by one; what they lead to is sent once', async () => {
  await bar({}, async ({ page, mock }) => {
    await slider(page).focus();
    for (let i = 0; i < 3; ++i) await page.keyboard.press('ArrowUp');
    await until(() => mock.posts.length === 1, 'the change');
    await isAt(mock, 13);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    await until(async () => (await slider(page).inputValue()) === '13', 'the old value');
    assert.equal(mock.posts.length, 1);
  });
});

test('buttons, steps and a typed number', async () => {
  await bar({}, async ({ page, mock }) => {
    const press = async (name, p) => {
      await page.getByRole('button', { name, exact: true }).click();
      await isAt(mock, p);
      await until(async () => (await slider(page).inputValue()) === String(p), `the bar at ${p}`);
    };
    await press('plus 10 percent', 20);
    await press('minus 1 percent', 19);
    await press('plus 1 percent', 20);
    await press('minus 10 percent', 10);
    for (const step of [1, 5, 25, 50, 100]) {
      await press(`${step} %`, step);
      await page.locator('.sharetools [aria-pressed=true]', { hasText: `${step} %` }).waitFor();
    }
    const typed = page.getByLabel(/type a percentage/);
    await typed.fill('33');
    await page.locator('.preview', { hasText: 'At 33 %' }).waitFor();
    await typed.press('Enter');
    await isAt(mock, 33);
    await typed.fill('101');
    assert.equal(await typed.getAttribute('aria-invalid'), 'true');
    const posts = mock.posts.length;
    await typed.press('Enter');
    assert.equal(mock.posts.length, posts);
  });
});

test('all back to legacy is one click, without a question, and can be undone', async () => {
  await bar({}, async ({ page, mock }) => {
    await page.getByRole('button', { name: 'All back to legacy' }).click();
    await isAt(mock, 0);
    assert.deepEqual(weights(mock), [100, 0]);
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page
      .locator('.toast', { hasText: 'share' })
      .getByRole('button', { name: 'Undo' })
      .click();
    await until(() => weights(mock).join() === '100,11', 'the weights of before');
  });
});

test('a side that is not UP asks first', async () => {
  await bar({}, async ({ page, mock }) => {
    mock.setOper('s:users/users-svc', 'down');
    await page.getByText('users/users-svc').first().waitFor();
    await page.getByRole('button', { name: '25 %', exact: true }).click();
    await page.getByRole('dialog').getByText('No server of the new side of users').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(mock.posts.length, 0);
    await until(async () => (await slider(page).inputValue()) === '10', 'the bar where it was');
  });
});

test('both sides are compared over the same minute, measured beside wanted', async () => {
  await bar({}, async ({ page }) => {
    const table = page.getByRole('table', { name: 'Both sides' });
    await until(async () => /p95.*ms.*ms.*legacy/.test(await table.textContent()), 'latencies');
    assert.match(await table.textContent(), /Failing[\d.]+ %[\d.]+ %/);
    await page
      .getByText(/measured \d+/)
      .first()
      .waitFor();
  });
});

test('any two servers of a backend can be the sides', async () => {
  await withPage({ view: 'proxy/static' }, async ({ page, mock }) => {
    await page.getByRole('button', { name: 'Show the bar' }).click();
    await page.getByRole('button', { name: '25 %', exact: true }).click();
    await until(() => mock.posts.length === 1, 'the change');
    assert.deepEqual(lastPost(mock).body.actions[0].value, {
      percent: 25,
      legacy: ['edge-1'],
      new: ['edge-2'],
    });
    const s = (n) => mock.model.objects.get(`s:static/${n}`).uweight;
    assert.deepEqual([s('edge-1'), s('edge-2')], [3, 1]);
  });
});
