// How the page shows what a file holds: src/rckp/display.py in JavaScript.
(function () {
  'use strict';

  // What str.isprintable of Python refuses, but the space: nothing of it may reach the screen
  // as it is, where it could hide or reverse text (LIM-5).
  const HIDDEN = /(?! )[\p{C}\p{Z}]/gu;
  const NAMED = { 9: '\\t', 10: '\\n', 13: '\\r' };

  /** The text with everything that is not plainly visible as an escape sequence. */
  function escape(text) {
    return text.replace(HIDDEN, escaped);
  }

  /** The same as pairs [text, whether it is an escape sequence]. */
  function pieces(text) {
    const found = [];
    let at = 0;
    for (const match of text.matchAll(HIDDEN)) {
      if (match.index > at) found.push([text.slice(at, match.index), false]);
      found.push([escaped(match[0]), true]);
      at = match.index + match[0].length;
    }
    if (at < text.length) found.push([text.slice(at), false]);
    return found;
  }

  function escaped(character) {
    const code = character.codePointAt(0);
    if (code in NAMED) return NAMED[code];
    const [letter, width] = code < 0x100 ? ['x', 2] : code < 0x10000 ? ['u', 4] : ['U', 8];
    return `\\${letter}${code.toString(16).padStart(width, '0')}`;
  }

  const YEAR_10000 = 253402300800000n; // ms since the epoch

  /** What an integer says to a person: a time, a duration or hexadecimal digits; or ''. */
  function readable(shownAs, number) {
    if (shownAs === 'hash') return hexadecimal(number, 16);
    if (shownAs === 'duration') {
      const seconds = number / 1000n;
      const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n];
      return clock.map((each) => String(each).padStart(2, '0')).join(':');
    }
    if (shownAs === 'time' && number < YEAR_10000) return new Date(Number(number)).toISOString();
    return '';
  }

  function hexadecimal(number, width) {
    return number.toString(16).padStart(width, '0');
  }

  /** `1 byte`, `2 bytes`, thousands separated. */
  function count(number, noun) {
    return `${number.toLocaleString('en')} ${noun}${Number(number) === 1 ? '' : 's'}`;
  }

  /** A message of the vocabulary, filled in: {name}, or {name:016x} for hexadecimal digits. */
  function fill(message, details) {
    return message.replace(/\{(\w+)(?::0(\d+)x)?\}/g, (_, name, width) =>
      width ? hexadecimal(details[name], Number(width)) : String(details[name]),
    );
  }

  const exported = { escape, pieces, readable, hexadecimal, count, fill };
  if (typeof module === 'object') module.exports = exported;
  else globalThis.rckp = Object.assign(globalThis.rckp || {}, exported);
})();
