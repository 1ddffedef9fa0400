// The rules of encoding, over the roles of parts: the mirror of docs/inspector/scan.js.
'use strict';

/** Says why a record has no encoding (ENC-3 to ENC-6), and at which field. */
class EncodeError extends Error {
  constructor(code, field) {
    super(`${field}: ${code}`);
    this.code = code;
    this.field = field;
  }
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/**
 * The one encoding of a record (ENC-1), a Uint8Array. Integers are BigInts: a number is a
 * double, which would have lost digits already. Strings are strings, an absent option is null, a
 * status is its name. Throws EncodeError, before any byte is produced (ENC-7).
 */
function encode(record, layout) {
  const fields = layout.fields.filter(({ parts }) => !['magic', 'end'].includes(parts[0].role));
  const names = fields.map(({ name }) => name);
  for (const name of [...names, ...Object.keys(record)]) {
    if (!Object.hasOwn(record, name) || !names.includes(name)) {
      throw new EncodeError('wrong-type', name);
    }
  }
  const contents = new Map(fields.map((field) => [field, check(field, record[field.name])]));
  const pieces = [];
  for (const field of layout.fields) {
    const content = contents.get(field);
    for (const part of field.parts) {
      pieces.push(bytesOf(part, content, record[field.name]));
      if (part.role === 'flag' && content === null) break;
    }
  }
  return Buffer.concat(pieces);
}

/** What is judged of one value (ENC-8); gives the content of a string, null if it has none. */
function check({ name, parts }, value) {
  const [first] = parts;
  if (first.role === 'integer') {
    if (typeof value !== 'bigint') throw new EncodeError('wrong-type', name);
    if (value < 0n || value >> BigInt(8 * first.size)) {
      throw new EncodeError('integer-out-of-range', name);
    }
    return null;
  }
  if (first.role === 'status') {
    if (!first.values.includes(value)) throw new EncodeError('wrong-type', name);
    return null;
  }
  if (value === null && first.role === 'flag') return null;
  if (typeof value !== 'string') throw new EncodeError('wrong-type', name);
  if (LONE_SURROGATE.test(value)) throw new EncodeError('lone-surrogate', name);
  const content = Buffer.from(value, 'utf8');
  const length = parts.find(({ role }) => role === 'length');
  // No string of this language is as long; the layout of another day may have shorter lengths.
  if (content.length >= 2 ** (8 * length.size)) throw new EncodeError('string-too-long', name);
  return content;
}

function bytesOf(part, content, value) {
  switch (part.role) {
    case 'magic':
      return Buffer.from(part.values[0]);
    case 'integer':
      return littleEndian(value, part.size);
    case 'length':
      return littleEndian(BigInt(content.length), part.size);
    case 'content':
      return content;
    case 'flag':
      return littleEndian(BigInt(part.values.indexOf(content !== null)), part.size);
    case 'status':
      return littleEndian(BigInt(part.values.indexOf(value)), part.size);
    default:
      return Buffer.alloc(0); // the end
  }
}

/** An integer of `size` bytes (TYPE-1). */
function littleEndian(value, size) {
  const whole = Buffer.alloc(8);
  whole.writeBigUInt64LE(value);
  return whole.subarray(0, size);
}

module.exports = { EncodeError, encode };
