// What is wrong with a file, or odd about it, in the words of the vocabulary: the part of
// `rckp validate` that needs no path (src/rckp/validation/{validate,warnings,foreign}.py).
(function () {
  'use strict';

  const needed = typeof module === 'object' ? require : () => globalThis.rckp;
  const { codes, foreign, limits, signatures } = needed('./layout.js');
  const { count, fill } = needed('./display.js');

  /**
   * The findings about an inspection (see inspect.js): the error, if there is one, or the
   * warnings. `now` is the time in ms since the epoch, a BigInt. Each is {code, severity, field,
   * offset, length, message, requirement, hint}, as in `rckp validate --format json`.
   */
  function findings(inspection, now) {
    const { error, fields } = inspection;
    const facts = new Map(fields.map((each) => [each.field.name, each]));
    if (error === null) {
      return findWarnings(facts, inspection.hashes, now).map(([code, field, details]) =>
        warning(code, facts.get(field), details),
      );
    }
    const { code, field, offset, length } = error;
    const found = [finding(code, field, offset, length, error)];
    const kind = field === 'magic' ? describe(inspection.head) : null;
    if (kind) found[0].hint = `${kind[0].toUpperCase()}${kind.slice(1)}.`;
    if (isLaterLayout(facts)) found.push(warning('later-layout', facts.get(PAYLOAD), {}));
    return found;
  }

  function finding(code, field, offset, length, details) {
    const { severity, requirement, message, action } = codes[code];
    const text = fill(message, details);
    const id = requirement.replace(/^.*#/, ''); // the table has the address
    return { code, severity, field, offset, length, message: text, requirement: id, hint: action };
  }

  /** A finding about the value of a field: what follows its length, if it is a string. */
  function warning(code, { start, stop, parts, size }, details) {
    if (size === null) return finding(code, ...place(parts[0].field, start, stop), details);
    const length = parts.find(({ role }) => role === 'length');
    return finding(code, ...place(length.field, length.stop, length.stop + size), details);
  }

  const place = (field, start, stop) => [field, start, stop - start];

  const PAYLOAD = 'step_state_payload';

  /** Every warning about a valid record, in the order in which rckp validate tells them. */
  function findWarnings(facts, hashes, now) {
    const value = (name) => facts.get(name).value;
    const found = [];
    const created = value('created_at_ms');
    const begun = facts.get('run_id').cut ? null : timestamp(value('run_id'));
    if (begun !== null && created < begun) {
      found.push(['created-before-run', 'created_at_ms', { earlier: begun - created }]);
    }
    if (created > now + BigInt(limits.clockSkew)) {
      found.push(['created-in-future', 'created_at_ms', { ahead: created - now }]);
    }
    if (!isUsual(value('run_id'), value('algorithm_name'))) found.push(['unusual-run-id', 'run_id']);
    for (const name of Object.keys(signatures)) {
      const [stored, computed] = [value(name), hashes[name]];
      if (computed === null) found.push(['hash-not-checked', name, { limit: limits.hashed }]);
      else if (stored !== computed) found.push(['hash-mismatch', name, { stored, computed }]);
    }
    if (isLaterLayout(facts)) found.push(['later-layout', PAYLOAD]);
    if (value('status') === 'completed') found.push(['completed-not-deleted', 'status']);
    if (value('status') === 'failed' && value('error_message') === null) {
      found.push(['failed-without-message', 'status']);
    }
    return found;
  }

  /** The timestamp of a run id, or null (RUN-6): an unsigned integer of 128 bits. */
  function timestamp(runId) {
    const [, digits] = /-\+?([0-9]+)$/.exec(runId) || [];
    if (digits === undefined) return null;
    const number = BigInt(digits);
    return number >> 128n ? null : number;
  }

  function isUsual(runId, algorithm) {
    if (!runId.startsWith(`${algorithm}-`)) return false;
    return /^[0-9]+-[0-9]{20}-[0-9]+$/.test(runId.slice(algorithm.length + 1));
  }

  /** Whether the payload, as far as it was read, starts as in the later layout (ALT-2). */
  function isLaterLayout(facts) {
    const payload = facts.get(PAYLOAD);
    if (!payload || payload.size === null || !payload.value) return false;
    return payload.value.startsWith('\x01') && payload.size >= limits.laterLayout;
  }

  const HEAD = 4096; // bytes that tell what a foreign file is

  /** What a file with these first bytes probably is, as the rest of a sentence, or null. */
  function describe(first) {
    const head = first.subarray(0, HEAD);
    if (!head.length) return foreign.empty;
    if (head.every((byte) => byte === 0)) return foreign.zeros;
    const all = String.fromCharCode(...head);
    const start = all.replace(/^[\xef\xbb\xbf \t\r\n]+/, '').toLowerCase();
    const row = foreign.signatures.find(
      ({ at = 0, bytes = '', holds = '', text = '' }) =>
        all.startsWith(latin1(bytes), at) && all.includes(latin1(holds)) && start.startsWith(text),
    );
    return row ? `it looks like ${row.is}` : null;
  }

  function latin1(hex) {
    return hex.replace(/../g, (digits) => String.fromCharCode(parseInt(digits, 16)));
  }

  /** Whether an inspection may be that of a file of the draft layout. */
  function mayBeDraft({ fields }) {
    return isLaterLayout(new Map(fields.map((each) => [each.field.name, each])));
  }

  /**
   * How a file reads in the draft layout, of which `draft` is the inspection: `message`, the rest
   * of a sentence, and what the payload begins with, or null. As OtherLayout in
   * src/rckp/validation/other_layouts.py.
   */
  function draftLayout(draft) {
    const { error, fields } = draft;
    const facts = new Map(fields.map((each) => [each.field.name, each]));
    const start = facts.get(PAYLOAD)?.value;
    let progress = null;
    if (start && start.length >= limits.laterLayout) {
      const view = new DataView(start.buffer, start.byteOffset);
      progress = { iteration: view.getBigUint64(1, true), evaluations: view.getBigUint64(9, true) };
    }
    if (error !== null) {
      const problem = fill(codes[error.code].message, error);
      const where = `byte ${error.offset}, ${error.field}`;
      const message = `not a complete file of the draft layout (next) either: ${where}: ${problem}`;
      return { message, progress };
    }
    let message = 'a complete file of the draft layout (next)';
    if (progress !== null) {
      const iteration = progress.iteration.toLocaleString('en');
      message += `: iteration ${iteration}, ${count(progress.evaluations, 'evaluation')}`;
    }
    return { message, progress };
  }

  const exported = { findings, finding, describe, mayBeDraft, draftLayout };
  if (typeof module === 'object') module.exports = exported;
  else globalThis.rckp = Object.assign(globalThis.rckp || {}, exported);
})();
