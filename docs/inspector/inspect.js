// A file field by field, as far as it can be read: src/rckp/validation/inspect.py in JavaScript. It is
// read in slices, and between two of them the page is free to do something else.
(function () {
  'use strict';

  const needed = typeof module === 'object' ? require : () => globalThis.rckp;
  const { layout: released, limits, signatures } = needed('./layout.js');
  const { MORE, Window, scan, validUpTo, decodeText } = needed('./scan.js');

  const SLICE = 1 << 20; // bytes: some milliseconds of work
  const HEAD = 65536; // bytes that are handed out: all of most files
  const SHOWN = 4096; // bytes of each string that are kept

  /**
   * Reads a Blob by a layout, and gives {size, head, fields, error, hashes}. Rejects only if it
   * cannot be read.
   *
   * `head` is the first 64 KiB. `fields` are those that were reached, each {field, start, stop, parts, value, complete, cut,
   * size}: `value` is a BigInt, a text or bytes (its beginning, if `cut`; its well-formed beginning, if
   * not `complete`), the status by name, or null; `size` the declared length of a string, or
   * null. A part is {field, role, start, stop, complete}. `hashes` are the computed signature
   * hashes, by field, null for one that is too long. `progress(read)` is told how many bytes
   * have been read, and stops the reading by answering false; then the result is null.
   */
  async function inspect(blob, progress = () => true, layout = released) {
    const read = async (start, stop) =>
      new Uint8Array(await blob.slice(start, stop).arrayBuffer());
    const head = await read(0, HEAD);
    const window = new Window(blob.size);
    const texts = new Texts(layout);
    const found = [];
    let error = null;
    let at = 0;
    for (const each of scan(window, layout, (field, piece) => texts.add(field, piece))) {
      if (each === MORE) {
        const piece = await read(at, at + SLICE);
        at += piece.length;
        if (progress(at) === false) return null;
        window.give(piece);
      } else if (each.kind === 'error') {
        error = each;
      } else {
        found.push(each);
        if (each.role === 'length') texts.begin(each.field);
      }
    }
    const fields = [];
    for (const field of layout.fields) {
      const own = found.filter((each) => each.field === field.name);
      const broken = error !== null && error.field === field.name ? error : null;
      if (own.length || broken) fields.push(inspected(field, own, broken, texts));
    }
    return { size: blob.size, head, fields, error, hashes: texts.hashes() };
  }

  function inspected(field, own, error, texts) {
    const parts = own.map(({ role, start, stop }) => part(field.name, role, start, stop, true));
    if (error) parts.push(brokenPart(field, own, error));
    const length = own.find(({ role }) => role === 'length');
    const last = own.at(-1);
    let value = null;
    if (length) value = texts.of(field.name);
    else if (last && ['integer', 'status'].includes(last.role)) value = last.value;
    return {
      field,
      start: parts[0].start,
      stop: parts.at(-1).stop,
      parts,
      value,
      complete: !error,
      cut: texts.isCut(field.name),
      size: length ? length.value : null,
    };
  }

  function part(field, role, start, stop, complete) {
    return { field, role, start, stop, complete };
  }

  /** The part with the error, as far as it exists. */
  function brokenPart(field, own, error) {
    const { role } = field.parts[own.length];
    const start = own.length ? own.at(-1).stop : error.offset;
    const whole = ['content', 'bytes'].includes(role) && error.available === null;
    const stop = whole ? start + own.at(-1).value : error.offset + error.length;
    return part(field.name, role, start, stop, false);
  }

  /** Keeps the beginnings of strings and bytes, and hashes those that a signature hash stands for. */
  class Texts {
    constructor(layout) {
      const isRaw = ({ parts }) => parts.at(-1).role === 'bytes';
      this.raw = new Set(layout.fields.filter(isRaw).map(({ name }) => name));
      this.kept = new Map();
      this.seen = new Map();
      this.signatureOf = new Map();
      this.states = {};
      this.hashed = 0;
      for (const [signature, names] of Object.entries(signatures)) {
        this.states[signature] = new StableHash();
        for (const name of names) this.signatureOf.set(name, signature);
      }
    }

    /** A string begins. */
    begin(field) {
      this.kept.set(field, []);
      this.seen.set(field, 0);
      const signature = this.signatureOf.get(field);
      if (signature && signatures[signature][0] !== field) this.states[signature].update([0x7c]);
    }

    /** A piece of it: bytes, cut anywhere. */
    add(field, piece) {
      const seen = this.seen.get(field);
      if (seen < SHOWN) this.kept.get(field).push(piece.slice(0, SHOWN - seen));
      this.seen.set(field, seen + piece.length);
      const signature = this.signatureOf.get(field);
      if (!signature || this.hashed > limits.hashed) return;
      this.hashed += piece.length;
      if (this.hashed <= limits.hashed) this.states[signature].update(piece);
    }

    of(field) {
      const bytes = new Uint8Array(Math.min(SHOWN, this.seen.get(field)));
      let at = 0;
      for (const piece of this.kept.get(field)) {
        bytes.set(piece, at);
        at += piece.length;
      }
      if (this.raw.has(field)) return bytes;
      return decodeText(bytes.subarray(0, validUpTo(bytes)));
    }

    isCut(field) {
      return (this.seen.get(field) || 0) > SHOWN;
    }

    hashes() {
      const known = this.hashed <= limits.hashed;
      const rows = Object.entries(this.states);
      return Object.fromEntries(rows.map(([name, state]) => [name, known ? state.value : null]));
    }
  }

  /** FNV-1a of 64 bits (IDENT-1), in halves: BigInt is a hundred times slower. */
  class StableHash {
    constructor() {
      this.high = 0xcbf29ce4;
      this.low = 0x84222325;
    }

    update(bytes) {
      let { high, low } = this;
      for (const byte of bytes) {
        low = (low ^ byte) >>> 0;
        const product = low * 0x1b3; // the prime is 2^40 + 0x1b3; all below 2^53 is exact
        high = (high * 0x1b3 + Math.floor(product / 0x100000000) + low * 0x100) % 0x100000000;
        low = product % 0x100000000;
      }
      this.high = high;
      this.low = low;
    }

    get value() {
      return (BigInt(this.high) << 32n) | BigInt(this.low);
    }
  }

  const exported = { inspect, StableHash, SHOWN };
  if (typeof module === 'object') module.exports = exported;
  else globalThis.rckp = Object.assign(globalThis.rckp || {}, exported);
})();
