// The adapter for the JavaScript reader that Kaitai Struct generates from spec/rckp.ksy.
//
//     node kaitai_js.cjs DIRECTORY      (made by prepare.py)
//
// It speaks JSON Lines, and knows nothing of the layout: a record is whatever the generated
// reader made, doubles and replacement characters included. Codes come from the class of the
// reader's error. A flag and a status out of range are the same error in JavaScript, which has
// no place for where in the .ksy it came from; they, and errors of other classes, go without.
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');
const readline = require('node:readline');

const made = createRequire(path.resolve(process.argv[2], 'package.json'));
const { Rckp } = made('./Rckp.js');
const KaitaiStream = made('kaitai-struct/KaitaiStream');

const CODES = {
  EOFError: 'truncated',
  ValidationNotEqualError: 'bad-magic',
  ValidationExprError: 'trailing-bytes',
};

function decode(bytes) {
  let parsed;
  try {
    parsed = new Rckp(new KaitaiStream(new Uint8Array(bytes).buffer));
  } catch (error) {
    return { type: 'error', code: CODES[error.name] };
  }
  const record = {};
  for (const [key, value] of Object.entries(parsed)) {
    if (key.startsWith('_') || value instanceof Uint8Array) continue;
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    record[name] = plain(value);
  }
  record.status = Rckp.RunStatus[parsed.statusName].toLowerCase();
  return { type: 'ok', record };
}

function plain(value) {
  if (typeof value === 'number') return BigInt(value).toString();
  return value.content === undefined ? null : value.content; // an absent option has none
}

function answer(request) {
  if (request.type === 'hello') {
    return {
      type: 'hello',
      name: 'kaitai-javascript',
      version: made('kaitai-struct/package.json').version,
      language: 'JavaScript',
      classes: ['reader'],
    };
  }
  if (request.type === 'run' && request.op === 'decode') {
    return { id: request.id, ...decode(Buffer.from(request.bytes, 'hex')) };
  }
  return { type: 'unsupported', id: request.id, reason: 'a generated reader only decodes' };
}

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const request = JSON.parse(line);
  if (request.type === 'bye') lines.close();
  else process.stdout.write(`${JSON.stringify(answer(request))}\n`);
});
