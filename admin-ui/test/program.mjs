// The program itself for the tests of its page: its demo on free ports, traffic through it, curl.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from './support.mjs';

export const binary =
  process.env.SLUICE_BINARY ??
  fileURLToPath(new URL('../../build/debug/src/sluice', import.meta.url));

/** Ports that were free a moment ago, all of them others. */
export async function freePorts(count) {
  const sockets = Array.from({ length: count }, () => createServer());
  for (const one of sockets) await new Promise((resolve) => one.listen(0, '127.0.0.1', resolve));
  const ports = sockets.map((one) => one.address().port);
  for (const one of sockets) await new Promise((resolve) => one.close(resolve));
  return ports;
}

/** Visitors: each asks for the page again as soon as it has it, on a connection that is kept. */
export class Visitors {
  constructor(port, count = 4) {
    this.port = port;
    this.agent = new Agent({ keepAlive: true, maxSockets: count });
    this.asked = 0;
    this.failed = [];
    this.servers = {};
    this.going = true;
    this.all = Promise.all(Array.from({ length: count }, () => this.visit()));
  }
  one() {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, path: '/', agent: this.agent };
      get(options, (answer) => {
        answer.resume();
        answer.on('error', reject);
        answer.on('end', () =>
          answer.statusCode === 200
            ? resolve(answer.headers['x-served-by'])
            : reject(new Error(`status ${answer.statusCode}`)),
        );
      }).on('error', reject);
    });
  }
  async visit() {
    while (this.going) {
      try {
        const by = await this.one();
        this.servers[by] = (this.servers[by] ?? 0) + 1;
      } catch (error) {
        this.failed.push(error.message);
      }
      ++this.asked;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  /** Who served the next so many visits. */
  async next(count) {
    const before = { ...this.servers };
    const end = this.asked + count;
    await until(() => this.asked >= end, `${count} visits`);
    return Object.fromEntries(
      Object.entries(this.servers).map(([name, n]) => [name, n - (before[name] ?? 0)]),
    );
  }
  async leave() {
    this.going = false;
    await this.all;
    this.agent.destroy();
  }
}

/** The demo, with visitors of the test's own. What it says is in `demo.said`. */
export async function withDemo(run) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-demo-ui-'));
  const [web, page, services] = await freePorts(3);
  const words = ['demo', '--port', web, '--stats-port', page, '--services-port', services];
  const child = spawn(binary, words.map(String), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  const base = `http://127.0.0.1:${page}`;
  const demo = { base, web, said: '', ended: new Promise((r) => child.on('exit', r)) };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => (demo.said += text));
  demo.get = async (path) => (await fetch(`${base}/api/${path}`)).json();
  demo.server = async (name) => demo.get(`state/${name}`);
  demo.pid = (name) => Number(new RegExp(`pid (\\d+) +${name}\n`).exec(demo.said)?.[1]);
  let visitors;
  try {
    await until(
      () =>
        demo
          .get('state/pages')
          .then((s) => s.backend.servers.every((one) => one.status === 'UP'))
          .catch(() => false),
      'the demo',
    );
    visitors = new Visitors(web);
    await run(demo, visitors);
    await visitors.leave();
    if (visitors.failed.length > 0)
      throw new Error(`${visitors.failed.length} of ${visitors.asked} visits failed:
${visitors.failed.slice(0, 5).join('\n')}\n${demo.said}`);
  } finally {
    await visitors?.leave();
    child.kill('SIGTERM');
    await demo.ended;
    await rm(folder, { recursive: true, force: true });
  }
}

/** What curl's answer holds, as JSON. */
export async function curl(...words) {
  const { stdout } = await promisify(execFile)('curl', ['-sS', ...words]);
  return JSON.parse(stdout);
}
