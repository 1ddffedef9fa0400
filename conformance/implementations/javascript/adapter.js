// The adapter for the decoder of the page in the browser, docs/inspector/scan.js.
//
//     node adapter.js [BYTES] [--draft]
//
// With BYTES the decoder is given a file in pieces of so many bytes (DEC-11), else at once.
// With --draft, the adapter also claims the class of the draft layout.
'use strict';

const path = require('node:path');
const readline = require('node:readline');

const page = path.join(__dirname, '..', '..', '..', 'docs', 'inspector');
const { MORE, Window, scan, decodeText } = require(path.join(page, 'scan.js'));
const { layout, nextLayout } = require(path.join(page, 'layout.js'));
const { EncodeError, encode } = require('./encode.js');

const options = process.argv.slice(2);
const isDraft = options.includes('--draft');
const size = Number(options.find((option) => option !== '--draft') || Infinity);

function decode(bytes, layout) {
  const window = new Window(size === Infinity ? bytes.length : null);
  const record = {};
  const contents = {};
  const keep = (field, piece) => (contents[field] ||= []).push(piece);
  let at = 0;
  for (const found of scan(window, layout, keep)) {
    if (found === MORE) {
      window.give(bytes.subarray(at, at + size));
      at += size;
    } else if (found.kind === 'error') {
      return refusal(found);
    } else if (found.role === 'integer') {
      record[found.field] = String(found.value);
    } else if (found.role === 'status') {
      record[found.field] = found.value;
    } else if (found.role === 'flag' && !found.value) {
      record[member(found.field, layout)] = null;
    } else if (found.role === 'bytes') {
      const content = Buffer.concat(contents[found.field] || []);
      record[member(found.field, layout)] = content.toString('hex');
    } else if (found.role === 'content') {
      record[found.field] = decodeText(Buffer.concat(contents[found.field] || []));
    }
  }
  return { type: 'ok', record };
}

/** The name of a field in JSON: bytes are hexadecimal text in a member of its own name. */
function member(name, layout) {
  const { parts } = layout.fields.find((field) => field.name === name);
  return parts.at(-1).role === 'bytes' ? `${name}_hex` : name;
}

function refusal({ code, field, offset, wanted, available }) {
  const answer = { type: 'error', code, field, offset: String(offset) };
  if (wanted === null) return answer;
  return { ...answer, wanted: String(wanted), available: String(available) };
}

/** The value that a member of a question stands for: the protocol, "Records with wrong values". */
function value(given, role) {
  if (given !== null && typeof given === 'object') {
    const [[kind, text]] = Object.entries(given);
    return NAMED[kind](text);
  }
  return typeof given === 'string' && role === 'integer' ? BigInt(given) : given;
}

const NAMED = {
  boolean: (text) => text === 'true',
  float: Number,
  integer: BigInt,
  text: (text) => text,
  bytes: (text) => Buffer.from(text, 'hex'),
  utf16: (text) => Buffer.from(text, 'hex').swap16().toString('utf16le'),
};

function refusable(given) {
  const roles = new Map(layout.fields.map(({ name, parts }) => [name, parts[0].role]));
  const entries = Object.entries(given);
  const record = Object.fromEntries(entries.map(([k, v]) => [k, value(v, roles.get(k))]));
  try {
    return { type: 'ok', bytes: encode(record, layout).toString('hex') };
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    return { type: 'error', code: error.code, field: error.field };
  }
}

function answer(question) {
  const { type, id, op } = question;
  if (type === 'hello') {
    return {
      type,
      name: 'rckp-inspector',
      version: '1',
      language: 'JavaScript',
      classes: ['reader', 'writer', ...(isDraft ? ['draft-reader'] : [])],
    };
  }
  if (op === 'decode') return { id, ...decode(Buffer.from(question.bytes, 'hex'), layout) };
  if (op === 'decode-next') return { id, ...decode(Buffer.from(question.bytes, 'hex'), nextLayout) };
  if (op === 'encode') return { id, ...refusable(question.record) };
  return { type: 'unsupported', id, reason: `no operation ${op}: it decodes and encodes` };
}

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const question = JSON.parse(line);
  if (question.type === 'bye') lines.close();
  else process.stdout.write(`${JSON.stringify(answer(question))}\n`);
});
