// Unpacks the package `@sparticuz/chromium`, which is made for AWS Lambda, so that `FOLDER/chromium` starts anywhere.
//
// node unpack.mjs FOLDER (with the package's `.tgz` in it)

import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';

const folder = process.argv[2];
const archive = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')));
const program = join(folder, 'program');
mkdirSync(program);
untar(archive, folder);

await unpack('chromium.br', join(program, 'chromium'));
// Libraries of Amazon Linux, fonts, and what draws without a graphics card: all beside the program.
for (const name of ['al2023', 'fonts', 'swiftshader']) {
  const tar = join(folder, `${name}.tar`);
  await unpack(`${name}.tar.br`, tar);
  untar(tar, program);
  rmSync(tar);
}
rmSync(archive);
rmSync(join(folder, 'package'), { recursive: true });

const fonts = `<dir>${join(program, 'fonts')}</dir><cachedir>${join(folder, 'font-cache')}</cachedir>`;
writeFileSync(join(program, 'fonts.conf'), `<?xml version="1.0"?><fontconfig>${fonts}</fontconfig>\n`);
const environment = `LD_LIBRARY_PATH='${program}/lib' FONTCONFIG_FILE='${program}/fonts.conf'`;
writeFileSync(join(folder, 'chromium'), `#!/bin/sh\n${environment} exec '${program}/chromium' "$@"\n`, { mode: 0o755 });

function unpack(name, into) {
  const packed = createReadStream(join(folder, 'package/bin', name));
  return pipeline(packed, createBrotliDecompress(), createWriteStream(into, { mode: 0o755 }));
}

function untar(archive, into) {
  execFileSync('tar', ['-xf', archive, '-C', into]);
}
