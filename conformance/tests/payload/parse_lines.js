// Parses payloads as the page in the browser does: a line [algorithm, text, problem] of JSON each.
'use strict';

const path = require('node:path');
const readline = require('node:readline');

const page = path.join(__dirname, '..', '..', '..', 'docs', 'inspector');
const { parsePayload } = require(path.join(page, 'payload.js'));

const plain = (_, value) => {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'number' ? `number ${value}` : value;
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  console.log(JSON.stringify(parsePayload(...JSON.parse(line)), plain));
});
