// node compile.cjs FILE.ksy DIRECTORY: the readers for Python and JavaScript that the Kaitai
// Struct compiler makes of the file, in DIRECTORY, below which npm has installed package.json.
'use strict';

const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

async function main([source, directory]) {
  const installed = createRequire(path.resolve(directory, 'package.json'));
  const compiler = installed('kaitai-struct-compiler');
  const ksy = installed('yaml').parse(fs.readFileSync(source, 'utf8'));
  for (const language of ['python', 'javascript']) {
    const files = await compiler.compile(language, ksy, null, false);
    for (const [name, text] of Object.entries(files)) {
      fs.writeFileSync(path.join(directory, name), text);
    }
  }
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error && error.stack ? error.stack : error}\n`);
  process.exitCode = 1;
});
