// What the mock tells of listeners, certificates, its configuration and single requests.
const DAY = 86400;

export function listeners(now) {
  const certificate = (name, days, more = {}) => ({
    file: `/etc/sluice/tls/${name}.pem`,
    subject: `CN=${name}`,
    names: [name, `www.${name}`],
    issuer: 'CN=Example Issuing CA 2',
    serial: '0A:1B',
    algorithm: 'ECDSA P-256',
    not_before: now - 60 * DAY,
    not_after: now + days * DAY,
    days_left: days,
    ...more,
  });
  const listener = (pxname, name, addr, more = {}) => ({
    key: `l:${pxname}/${name}`,
    pxname,
    name,
    addr,
    ssl: false,
    alpn: [],
    status: 'OPEN',
    scur: 40,
    slim: 10000,
    certificates: [],
    file: '/etc/sluice/sluice.cfg',
    line: 9,
    ...more,
  });
  return {
    listeners: [
      listener('www', 'http', '0.0.0.0:80'),
      listener('www', 'https', '0.0.0.0:443', {
        ssl: true,
        alpn: ['http/1.1'],
        certificates: ['/etc/sluice/tls/shop.example.pem'],
        line: 10,
      }),
      listener('partners', 'https', '[::]:8443', { ssl: true, line: 16, scur: 4 }),
    ],
    certificates: [
      certificate('shop.example', 81),
      certificate('partners.example', 12, { algorithm: 'RSA 2048' }),
      certificate('old.example', -3),
    ],
  };
}

const TEXT = `global
    maxconn 20000
    stats socket /run/sluice.sock level admin

defaults
    mode http
    timeout connect 5s

frontend www
    bind :80
    bind :443 ssl crt /etc/sluice/tls/
    use_backend users if { path_beg /users }
    use_backend orders if { path_beg /orders }
    default_backend static

frontend partners
    bind :8443 ssl crt /etc/sluice/tls/
    default_backend search

backend users
    server monolith 10.0.0.10:8080 check weight 100 role legacy
    server users-svc 10.0.1.20:8080 check weight 100 role new

backend orders
    cookie SRV insert indirect
    server monolith 10.0.0.10:8080 check maxconn 200 cookie m
    server orders-1 10.0.1.31:8080 check cookie o1
    server orders-2 10.0.1.32:8080 check cookie o2
    server orders-3 10.0.1.33:8080 check cookie o3
`;

export function configuration(now) {
  const sections = [];
  TEXT.split('\n').forEach((line, i) => {
    const match = /^([a-z]+)\s*(\S*)/.exec(line);
    if (match) sections.push({ kind: match[1], name: match[2], file: 0, line: i + 1 });
  });
  return {
    loaded_at: now - 7200,
    who: 'deploy',
    changed_on_disk: true,
    sections,
    files: [{ path: '/etc/sluice/sluice.cfg', text: TEXT }],
  };
}

const PATHS = ['/users/42', '/users/login', '/orders', '/orders/8812', '/static/app.css', '/'];
let turn = 0;

export function request(model, at) {
  const n = turn++;
  const b = model.backends[n % Math.min(3, model.backends.length)];
  const list = b.servers.filter((s) => s.req_rate > 0);
  const s = list[n % Math.max(1, list.length)];
  const status = n % 23 === 0 ? 503 : n % 11 === 0 ? 404 : 200;
  return {
    at,
    client: `203.0.113.${n % 250}`,
    frontend: 'www',
    backend: b.pxname,
    server: status === 503 ? null : (s?.svname ?? null),
    method: n % 5 === 0 ? 'POST' : 'GET',
    path: PATHS[n % PATHS.length],
    status,
    time: 3 + ((n * 37) % 190),
    bytes: 300 + ((n * 911) % 9000),
    term: status === 503 ? 'SC--' : '----',
  };
}
