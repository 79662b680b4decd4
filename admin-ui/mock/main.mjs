// Serves the built page with the mock behind it. Usage: node mock/main.mjs [PORT [SERVERS [SPEED]]]
import { fileURLToPath } from 'node:url';
import { buildPage } from '../build.mjs';
import { Mock } from './server.mjs';

const [port = '8405', servers = '0', speed = '1'] = process.argv.slice(2);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
await buildPage(dist);
const mock = await new Mock({ dist, servers: Number(servers), speed: Number(speed) }).listen(
  Number(port),
);
console.log(mock.url);
