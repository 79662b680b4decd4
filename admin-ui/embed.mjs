// Writes the built page as a C++ source: each file gzipped, with its type and its tag.
// Usage: node embed.mjs DIST_FOLDER OUTPUT.cc
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [dist, output] = process.argv.slice(2);
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

function array(name, bytes) {
  const lines = [];
  for (let i = 0; i < bytes.length; i += 24) lines.push([...bytes.subarray(i, i + 24)].join(','));
  return `constexpr unsigned char ${name}[] = {\n${lines.join(',\n')}};\n`;
}

const arrays = [];
const rows = [];
for (const file of readdirSync(dist).sort()) {
  const plain = readFileSync(join(dist, file));
  const packed = gzipSync(plain, { level: 9 });
  const name = `kFile${arrays.length}`;
  const tag = createHash('sha256').update(plain).digest('hex').slice(0, 16);
  arrays.push(array(name, packed));
  const type = TYPES[extname(file)];
  if (!type) throw new Error(`${file}: of a type that is not served`);
  const named = /-[0-9a-f]{12}\.\w+$/.test(file) ? 'Keep::ForEver' : 'Keep::Ask';
  rows.push(`    {"${file}", "${type}", ${name}, ${plain.length}, "${tag}", UiFile::${named}},`);
}
writeFileSync(
  output,
  `// Made by admin-ui/embed.mjs from the built page.
#include "admin/ui_files.h"

namespace sluice::admin {

namespace {

${arrays.join('\n')}
constexpr UiFile kFiles[] = {
${rows.join('\n')}
};

}  // namespace

std::span<const UiFile> ui_files() noexcept { return kFiles; }

}  // namespace sluice::admin
`,
);
