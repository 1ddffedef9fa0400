// What an algorithm of roma_lib puts into `step_state_payload`: src/rckp/payload in JavaScript,
// over the same grammar.
(function () {
  'use strict';

  const needed = typeof module === 'object' ? require : () => globalThis.rckp;
  const { payloads } = needed('./layout.js');

  const MAX_INTEGER = (1n << 64n) - 1n;
  const QUALITY = new RegExp(payloads.quality, 'y');
  const NUMBER = new RegExp(payloads.number, 'y');
  const PROGRESS = /^iter=([0-9]{1,20});eval=([0-9]{1,20})(?:;|$)/;

  class Mismatch extends Error {}

  /**
   * The payload of an algorithm, or null if it is another text. Never throws for what it holds.
   *
   * {iteration, evaluations, best, groups}: BigInts; the quality of the best solution, a text or
   * null; and for each name the solutions, each {variables, quality, value}. The variables are a
   * text, `value` is the quality as a number, or null. For a text that is not known, `groups` is
   * empty; null if not even its progress can be told.
   */
  function parsePayload(algorithm, text, problem) {
    const members = Object.hasOwn(payloads.algorithms, algorithm)
      ? payloads.algorithms[algorithm]
      : null;
    try {
      if (members) return parsed(members, text, algorithm, problem);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
    }
    const found = PROGRESS.exec(text);
    if (!found) return null;
    const [iteration, evaluations] = [BigInt(found[1]), BigInt(found[2])];
    if (iteration > MAX_INTEGER || evaluations > MAX_INTEGER) return null;
    return { iteration, evaluations, best: null, groups: [] };
  }

  function parsed(members, text, algorithm, problem) {
    const values = new Map();
    let at = 0;
    let separator = '';
    members.forEach((member, number) => {
      const key = `${separator}${member.key}=`;
      if (!text.startsWith(key, at)) {
        if (member.only) return;
        throw new Mismatch(key);
      }
      const start = at + key.length;
      at = endOf(members.slice(number + 1), text, start);
      values.set(member.name, KINDS[member.kind](text.slice(start, at)));
      separator = ';';
    });
    const names = payloads.solutionNames.filter((name) => values.has(name));
    const groups = names.map((name) => [name, values.get(name)]);
    const direction = values.get('direction') || directionOf(problem);
    return {
      iteration: values.get('iteration'),
      evaluations: values.get('evaluations'),
      best: bestOf(new Map(groups), algorithm, direction),
      groups,
    };
  }

  /** Where a value ends: before the next member, or at the end of the text. */
  function endOf(following, text, start) {
    const ends = [];
    for (const member of following) {
      const at = text.indexOf(`;${member.key}=`, start);
      if (at >= 0) ends.push(at);
      if (!member.only) break;
    }
    if (following.length && !ends.length) throw new Mismatch(following[0].key);
    return ends.length ? Math.min(...ends) : text.length;
  }

  function directionOf(problem) {
    const row = Object.entries(payloads.directions).find(([start]) => problem.startsWith(start));
    return row ? row[1] : null;
  }

  function bestOf(groups, algorithm, direction) {
    if (groups.has('best')) return groups.get('best')[0].quality;
    if (algorithm === 'HillClimbing') return groups.get('current')[0].quality;
    if (direction === null) return null;
    let best = null;
    for (const each of groups.get('population') || []) {
      if (each.value === null || Number.isNaN(each.value)) continue;
      const better = direction === 'min' ? (a, b) => a < b : (a, b) => a > b;
      if (best === null || better(each.value, best.value)) best = each;
    }
    return best && best.quality;
  }

  function integer(text) {
    if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) throw new Mismatch('integer');
    const number = BigInt(text);
    if (number > MAX_INTEGER) throw new Mismatch('integer');
    return number;
  }

  function match(pattern, text, at) {
    pattern.lastIndex = at;
    return pattern.exec(text);
  }

  function float(text) {
    const found = match(NUMBER, text, 0);
    if (!found || found[0] !== text) throw new Mismatch('number');
    return text;
  }

  function word(text) {
    if (text !== 'min' && text !== 'max') throw new Mismatch('direction');
    return text;
  }

  const NAMED = { NaN: NaN, inf: Infinity, '-inf': -Infinity };

  /** `quality` is the match of a quality. */
  function made(variables, quality) {
    const known = quality[0] === 'None' ? null : quality[0];
    const { objectives } = quality.groups;
    const number = objectives === undefined ? known : objectives.includes(',') ? '' : objectives;
    let value = null;
    if (number) value = Object.hasOwn(NAMED, number) ? NAMED[number] : Number(number);
    return { variables, quality: known, value };
  }

  function solution(text) {
    const at = text.indexOf('|');
    const quality = at < 0 ? null : match(QUALITY, text, at + 1);
    if (!quality || quality.index + quality[0].length !== text.length) throw new Mismatch('solution');
    return [made(text.slice(0, at), quality)];
  }

  function inside(text) {
    if (text.length < 2 || text[0] !== '[' || text.at(-1) !== ']') throw new Mismatch('[');
    return text.slice(1, -1);
  }

  function solutions(text) {
    const list = inside(text);
    const found = [];
    let start = 0;
    while (start < list.length || found.length) {
      const at = list.indexOf('|', start);
      const quality = at < 0 ? null : match(QUALITY, list, at + 1);
      if (!quality) throw new Mismatch('solution');
      found.push(made(list.slice(start, at), quality));
      const end = at + 1 + quality[0].length;
      if (end === list.length) break;
      if (list[end] !== ',') throw new Mismatch(',');
      start = end + 1;
    }
    return found;
  }

  function vectors(text) {
    const list = inside(text);
    for (const vector of list ? list.split(',') : []) if (vector) vector.split('|').forEach(float);
    return null;
  }

  function tabu(text) {
    for (const line of text.split('\n')) {
      if (!line) continue;
      const at = line.indexOf('#');
      if (at < 0) throw new Mismatch('#');
      integer(line.slice(0, at));
    }
    return null;
  }

  const lines = (text) => text.split('\n').filter(Boolean).flatMap(solution);

  const KINDS = {
    integer,
    float,
    direction: word,
    solution,
    solutions,
    'solution-lines': lines,
    vectors,
    tabu,
  };

  const exported = { parsePayload };
  if (typeof module === 'object') module.exports = exported;
  else globalThis.rckp = Object.assign(globalThis.rckp || {}, exported);
})();
