// The rules of decoding, part by part, for a browser (a classic script) and for Node.
//
// It is src/rckp/format/scan.py in JavaScript: written over the roles of parts, never over the
// fields of one layout, and holding no more of a file than the piece that it was given last.
// The layout comes from layout.js, which is derived from the grammar.
(function () {
  'use strict';

  /** What `scan` yields when it cannot go on before `Window.give` was called. */
  const MORE = Symbol('more');

  const NONE = new Uint8Array(0);

  /**
   * Bytes that are read forwards. Whoever drives `scan` gives them, piece by piece.
   * `size` is how many there are in all, if that is known; it serves to find a lying length at
   * once, and is not trusted for anything else.
   */
  class Window {
    constructor(size = null) {
      this.size = size;
      this.position = 0;
      this.buffer = NONE;
      this.ended = false;
    }

    /** The next bytes, after `scan` asked for more; none means that the file ends here. */
    give(bytes) {
      this.buffer = bytes;
      this.ended = bytes.length === 0;
    }

    /** How many bytes remain, if that is known. */
    get left() {
      return this.size === null ? null : Math.max(0, this.size - this.position);
    }

    /** Whether no byte remains. */
    *atEnd() {
      if (!this.buffer.length && !this.ended) yield MORE;
      return !this.buffer.length;
    }

    /** The next bytes, at most `limit`, and none only at the end. */
    *piece(limit) {
      yield* this.atEnd();
      const taken = this.buffer.subarray(0, limit);
      this.buffer = this.buffer.subarray(taken.length);
      this.position += taken.length;
      return taken;
    }

    /** The next `n` bytes, or fewer at the end; for the small parts. */
    *take(n) {
      const taken = new Uint8Array(n);
      let there = 0;
      while (there < n) {
        const more = yield* this.piece(n - there);
        if (!more.length) break;
        taken.set(more, there);
        there += more.length;
      }
      return taken.subarray(0, there);
    }
  }

  /**
   * Judges a window by a layout: yields a part for each part that is complete and good, and then
   * the error if there is one (DEC-1). A file is valid when the last thing yielded is the part
   * `end`. Whenever it yields MORE, it waits for `window.give`.
   *
   * A part is {kind: 'part', field, role, start, stop, value}: `value` is a BigInt for an
   * integer, the declared length, whether an option is present, or the name of the status; null
   * for content, magic and end. An error is {kind: 'error', code, field, offset, wanted,
   * available, length}: `length` is the number of bytes to mark, 0 where they are missing.
   *
   * `text(field, bytes)` is given the content of strings as it is read, well-formed or not,
   * until it is known to be malformed, and all of the content that is bytes.
   */
  function* scan(window, layout, text = null) {
    for (const field of layout.fields) {
      let declared = 0;
      for (const part of field.parts) {
        const start = window.position;
        const verdict =
          part.role === 'content' || part.role === 'bytes'
            ? yield* content(window, field.name, part, declared, text)
            : yield* fixed(window, field.name, part);
        if (verdict !== null && verdict.kind === 'error') {
          yield verdict;
          return;
        }
        const { name } = field;
        const { role } = part;
        yield { kind: 'part', field: name, role, start, stop: window.position, value: verdict };
        if (role === 'length') declared = verdict;
        if (role === 'flag' && verdict === false) break;
      }
    }
  }

  function scanError(code, field, offset, length = 1, wanted = null, available = null) {
    return { kind: 'error', code, field, offset, wanted, available, length };
  }

  function truncated(field, offset, wanted, available) {
    return scanError('truncated', field, offset, available, wanted, available);
  }

  const REFUSED = { magic: 'bad-magic', flag: 'invalid-option-flag', status: 'invalid-status' };

  /** Judges a part of fixed size: enough bytes (DEC-2), then the value. */
  function* fixed(window, field, part) {
    const start = window.position;
    if (part.role === 'end') {
      if (yield* window.atEnd()) return null;
      return scanError('trailing-bytes', field, start, window.left || 1);
    }
    const raw = yield* window.take(part.size);
    if (raw.length < part.size) return truncated(field, start, part.size, raw.length);
    if (part.role === 'magic') {
      const good = raw.every((byte, i) => byte === part.values[0][i]);
      return good ? null : scanError(REFUSED.magic, field, start, part.size);
    }
    const number = unsigned(raw);
    if (part.role in REFUSED) {
      if (number >= part.values.length) return scanError(REFUSED[part.role], field, start);
      return part.values[Number(number)];
    }
    return part.role === 'integer' ? number : Number(number);
  }

  /** A little-endian integer of 1, 2, 4 or 8 bytes (TYPE-1), exactly (TYPE-3). */
  function unsigned(raw) {
    const whole = new Uint8Array(8);
    whole.set(raw);
    return new DataView(whole.buffer).getBigUint64(0, true);
  }

  /**
   * Judges content: all bytes there (DEC-2), and only then whether they are UTF-8 (DEC-4).
   * Bytes need not be UTF-8, but may have to begin with one of the `values` of their part.
   */
  function* content(window, field, part, declared, text) {
    const start = window.position;
    const isText = part.role === 'content';
    let first = null;
    if (text === null && window.left !== null && window.left < declared) {
      return truncated(field, start, declared, window.left);
    }
    const utf8 = new Utf8();
    let missing = declared;
    while (missing) {
      const piece = yield* window.piece(missing);
      if (!piece.length) return truncated(field, start, declared, declared - missing);
      missing -= piece.length;
      if (first === null) [first] = piece;
      // Malformed already, but perhaps truncated as well, which comes first.
      if (utf8.malformed) continue;
      if (text !== null) text(field, piece);
      if (isText) utf8.push(piece);
    }
    utf8.end();
    if (part.values && !part.values.some(([byte]) => byte === first)) {
      return scanError('payload-version', field, start, first === null ? 0 : 1);
    }
    if (utf8.malformed) return scanError('invalid-utf8', field, start + utf8.valid, utf8.malformed);
    return null;
  }

  /**
   * Judges UTF-8 that comes in pieces (Unicode Standard, table 3-7).
   *
   * `valid` is the length of the longest well-formed prefix so far, and `malformed` the number
   * of bytes after it that make no sequence: 0 as long as there is nothing wrong. TextDecoder
   * would not do: it does not tell where it failed.
   */
  class Utf8 {
    constructor() {
      this.valid = 0;
      this.malformed = 0;
      this.open = 0; // bytes of a sequence that has begun
      this.more = 0; // bytes that it still wants
      this.low = 0x80; // the range of its next byte
      this.high = 0xbf;
    }

    push(bytes) {
      let i = 0;
      while (i < bytes.length && !this.malformed) {
        if (this.open) {
          this.next(bytes[i]);
          if (!this.malformed) i += 1;
          continue;
        }
        const start = i;
        while (i < bytes.length && bytes[i] < 0x80) i += 1;
        this.valid += i - start;
        if (i < bytes.length) {
          this.first(bytes[i]);
          i += 1;
        }
      }
    }

    /** No byte follows: a sequence that has begun is malformed. */
    end() {
      if (!this.malformed) this.malformed = this.open;
    }

    first(byte) {
      if (byte < 0xc2 || byte > 0xf4) {
        this.malformed = 1; // 80..C1 and F5..FF start nothing
        return;
      }
      this.open = 1;
      this.more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      this.low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
      this.high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    }

    next(byte) {
      if (byte < this.low || byte > this.high) {
        this.malformed = this.open;
        return;
      }
      this.low = 0x80; // only the second byte is special
      this.high = 0xbf;
      this.open += 1;
      this.more -= 1;
      if (!this.more) {
        this.valid += this.open;
        this.open = 0;
      }
    }
  }

  /** The length of the longest well-formed prefix of the bytes. */
  function validUpTo(bytes) {
    const utf8 = new Utf8();
    utf8.push(bytes);
    return utf8.valid;
  }

  /** The text of bytes that are well-formed; a byte order mark at the start stays. */
  function decodeText(bytes) {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  }

  const exported = { MORE, Window, scan, validUpTo, decodeText };
  if (typeof module === 'object') module.exports = exported;
  else globalThis.rckp = Object.assign(globalThis.rckp || {}, exported);
})();
