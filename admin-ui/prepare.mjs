// Fetches npm's packages when package-lock.json is another than the one that node_modules is of,
// and only then: a build needs the network once. Usage: node prepare.mjs build|all
// `all` has what the page's tests need as well. The packages are made ready beside node_modules and
// put in its place at the end, so that an interrupted fetch leaves nothing behind that looks whole.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const all = process.argv[2] === 'all';
const locked = fs.readFileSync(join(here, 'package-lock.json'));
const lock = createHash('sha256').update(locked).digest('hex');
const modules = join(here, 'node_modules');
const mark = join(modules, '.fetched');

function fetched() {
  try {
    const [of, what] = fs.readFileSync(mark, 'utf8').split(' ');
    return of === lock && (what === 'all' || !all);
  } catch {
    return false;
  }
}

function fetchInto(folder) {
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    fs.copyFileSync(join(here, name), join(folder, name));
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!all) words.push('--omit=dev');
  const done = spawnSync('npm', words, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  return done.status === 0;
}

if (!fetched()) {
  const folder = fs.mkdtempSync(join(here, '.fetch-'));
  try {
    if (!fetchInto(folder)) {
      console.error(
        'npm could not fetch the packages that the admin page is built with (admin-ui/' +
          'package-lock.json). Without a network, configure with -DSLUICE_UI=OFF.',
      );
      process.exitCode = 1;
    } else {
      const what = all ? 'all' : 'build';
      fs.writeFileSync(join(folder, 'node_modules', '.fetched'), `${lock} ${what}`);
      fs.rmSync(modules, { recursive: true, force: true });
      fs.renameSync(join(folder, 'node_modules'), modules);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
