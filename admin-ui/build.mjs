// Bundles src/ into an output folder (dist/ by default): index.html, one script, one style sheet.
// The script and the style sheet carry a hash of their bytes in their names, so that a browser may
// keep them for ever. Usage: node build.mjs [OUTPUT_FOLDER]
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minify } from 'terser';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * The page draws lines over seconds that it names itself. What uPlot has for other kinds of paths,
 * for calendars and for tables is cut where it is hung in, so that the bundler drops it.
 */
const CUTS = [
  [/^\s*\(?(paths\.(stepped|bars|spline)|uPlot\.(join|fmtDate|tzDate))\s*= .*;$/gm, '', 6],
  [/^\s*const _(tzDate|fmtDate|timeAxisSplits|timeAxisVals|timeSeriesVal) .*;$/gm, '', 5],
  [/^const \[ timeIncrs\w*, .*;$/gm, '', 2],
  [/\b(let|const) isTime = .*;/g, 'const isTime = false;', 3],
];
const slimCharts = {
  name: 'slim-charts',
  setup(build) {
    build.onLoad({ filter: /uPlot\.esm\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const [what, by, times] of CUTS) {
        if (contents.match(what)?.length !== times) throw new Error(`${path}: no ${what}`);
        contents = contents.replace(what, by);
      }
      return { contents, loader: 'js' };
    });
  },
};

async function bundle(entry) {
  const result = await build({
    entryPoints: [join(here, 'src', entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    charset: 'utf8',
    target: ['chrome123', 'firefox125', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    plugins: [slimCharts],
    logLevel: 'warning',
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** A second pass over the whole script saves another twentieth. */
async function smallest(js) {
  const compress = { passes: 3, unsafe_arrows: true, keep_fargs: false };
  const options = { module: true, ecma: 2022, compress, format: { ascii_only: false } };
  return Buffer.from((await minify(js.toString(), options)).code);
}

const hashed = (name, bytes) => {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return name.replace('.', `-${hash}.`);
};

export async function buildPage(output) {
  const files = new Map();
  const js = await smallest(await bundle('main.tsx'));
  const css = await bundle('style/index.css');
  const names = { js: hashed('page.js', js), css: hashed('page.css', css) };
  const html = (await readFile(join(here, 'src', 'index.html'), 'utf8'))
    .replace('{{js}}', names.js)
    .replace('{{css}}', names.css);
  files.set('index.html', Buffer.from(html)).set(names.js, js).set(names.css, css);
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(output, name), bytes);
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildPage(resolve(process.argv[2] ?? join(here, 'dist')));
