// The page: what was dropped or chosen is inspected and shown. Whatever a file holds is set as
// text, never as markup.
(function () {
  'use strict';

  const { codes, layout: released, nextLayout, samples, inspect, findings, parsePayload } = globalThis.rckp;
  const { HexView, limits, mayBeDraft, draftLayout } = globalThis.rckp;
  const { ResultTable, judgeAll, refusal, chosen, dropped, addressed } = globalThis.rckp;
  const { element, count, escape, fill, pieces, readable, hexadecimal } = globalThis.rckp;

  const get = (name) => document.getElementById(`rckp-${name}`);
  const root = get('inspector');
  const table = get('fields');
  // {name, blob, inspection, layout, findings} of the file that is shown; `layout` is that of the
  // fields that are shown.
  let current = null;
  let selected = null; // the name of a field
  let reading = 0;

  const hex = new HexView(get('hex'), {
    moved: (at) => choose(hex.partAt(at)?.field || lastField(), at),
    hovered: (at) => point(at === null ? null : hex.partAt(at)?.field || null),
  });

  // Opening a file.

  async function open(blob, name) {
    reading += 1;
    const mine = reading;
    root.setAttribute('aria-busy', 'true');
    const progress = (read) => {
      if (mine !== reading) return false;
      get('progress').hidden = blob.size < 4 << 20;
      get('progress').value = blob.size ? read / blob.size : 1;
      return true;
    };
    try {
      const inspection = await inspect(blob, progress);
      if (mine !== reading || inspection === null) return;
      const draft = mayBeDraft(inspection) ? await inspect(blob, progress, nextLayout) : null;
      if (mine !== reading) return;
      if (draft !== null && inspection.error !== null && draft.error === null) {
        const { progress: found } = draftLayout(draft);
        const payload = found && { ...found, best: null, groups: [] };
        show(blob, name, inspection, draft, draft, payload);
      } else {
        const payload = await readPayload(blob, inspection);
        if (mine !== reading) return;
        show(blob, name, inspection, draft, inspection, payload);
      }
    } catch (error) {
      if (mine !== reading) return;
      refuse(name, error);
    }
    get('progress').hidden = true;
    root.setAttribute('aria-busy', 'false');
  }

  /** The file could not be read, or changed meanwhile: nothing is said about what is in it. */
  function refuse(name, error) {
    hide();
    verdict(name, null, null, [refusal(error)]);
  }

  function hide() {
    get('result').hidden = true;
    get('payload').hidden = true;
    get('verdict').replaceChildren();
    get('verdict').className = '';
  }

  // Many files.

  const results = new ResultTable(get('many'), (file, name) => open(file, name));

  /** Validates files, and shows a table of the results; one file is shown at once. */
  async function openAll(files, notes) {
    if (files.length === 1 && !notes.length) {
      results.clear();
      return open(files[0].file, files[0].name);
    }
    reading += 1;
    const mine = reading;
    root.setAttribute('aria-busy', 'true');
    hide();
    results.clear();
    const bar = get('progress');
    bar.hidden = false;
    const found = await judgeAll(files, (done) => {
      if (mine !== reading) return false;
      bar.value = done / files.length;
      return true;
    });
    if (found === null || mine !== reading) return;
    results.show(found, notes);
    get('live').textContent = results.summary;
    bar.hidden = true;
    root.setAttribute('aria-busy', 'false');
  }

  /** The files of directories whose names are those of checkpoints (STORE-1); what is left out. */
  function named(files) {
    const own = files.filter(({ name }) => /[^/]\.ckpt$/.test(name));
    const others = files.length - own.length;
    const note = `${count(others, 'other file')} in the directory: the name does not end in .ckpt.`;
    return { files: own, notes: others ? [note] : [] };
  }

  /**
   * `judged` is the inspection by the layout of the specification, which decides what the file is;
   * `draft` that by the draft layout, or null; `inspection` the one of them that is shown.
   */
  function show(blob, name, judged, draft, inspection, payload) {
    const found = findings(judged, BigInt(Date.now()));
    const layout = inspection === draft ? nextLayout : released;
    const numbers = new Map(layout.fields.map((field) => [field.name, field.number]));
    const parts = inspection.fields.flatMap((each) => each.parts);
    for (const part of parts) part.number = numbers.get(part.field);
    current = { name, blob, inspection, layout, findings: found };
    get('result').hidden = false;
    const other = draft === null ? null : draftLayout(draft).message;
    verdict(name, blob.size, judged.error === null, found, other, inspection === draft);
    fillTable(inspection, found);
    showPayload(payload);
    hex.open(blob, inspection.head, parts, inspection.error);
    const start = found.find(({ severity }) => severity === 'error') || found[0];
    choose(start ? start.field : released.fields[0].name, start ? start.offset : 0);
    const { top } = get('verdict').getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) get('verdict').scrollIntoView();
  }

  // The payload: the progress of the run, and its solutions.

  /** The parsed payload; only its start if the file is invalid or large; null if it is unknown. */
  async function readPayload(blob, { fields, error }) {
    const facts = new Map(fields.map((each) => [each.field.name, each]));
    const payload = facts.get('step_state_payload');
    if (!payload || payload.size === null) return null;
    const of = (name) => facts.get(name)?.value || '';
    const [algorithm, problem] = [of('algorithm_name'), of('problem_description')];
    if (error === null && payload.size <= limits.parsedPayload) {
      const { start, stop } = payload.parts.at(-1);
      const text = await blob.slice(start, stop).text();
      return parsePayload(algorithm, text, problem);
    }
    // What is cut off can be a part of a number: only what a separator follows is certain.
    if (payload.value.split(';').length < 3) return null;
    const found = parsePayload(algorithm, payload.value, problem);
    return found && { ...found, best: null, groups: [] };
  }

  function showPayload(payload) {
    get('payload').hidden = payload === null;
    if (payload === null) return;
    const parts = [
      `iteration ${payload.iteration.toLocaleString('en')}`,
      count(payload.evaluations, 'evaluation'),
    ];
    if (payload.best !== null) parts.push(`best quality ${brief(payload.best)}`);
    const head = element('p', '');
    head.append(element('strong', '', 'progress:'), ` ${parts.join(', ')}`);
    const list = element('dl', '');
    for (const [name, solutions] of payload.groups) {
      const said = solutions.length === 1 ? one(solutions[0]) : several(solutions);
      list.append(element('dt', '', name.replace('_', ' ')), element('dd', '', said));
    }
    get('payload').replaceChildren(head, ...(payload.groups.length ? [list] : []));
  }

  function brief(text) {
    return escape([...text.slice(0, 120)].slice(0, 60).join('')) + (text.length > 60 ? '…' : '');
  }

  const size = ({ variables }) => (variables ? variables.split(',').length : 0);

  function one(solution) {
    const { quality, variables } = solution;
    const said = quality === null ? 'not evaluated' : `quality ${brief(quality)}`;
    return `${said}, ${count(size(solution), 'variable')}: ${brief(variables)}`;
  }

  function several(solutions) {
    if (!solutions.length) return 'no solutions';
    const sizes = solutions.map(size);
    const [least, most] = [sizes.reduce(smaller), sizes.reduce(larger)];
    const variables = least === most ? count(most, 'variable') : `${least} to ${most} variables`;
    const known = solutions.map(({ value }) => value).filter((each) => each !== null && !isNaN(each));
    const range = known.length ? `, quality ${known.reduce(smaller)} to ${known.reduce(larger)}` : '';
    return `${count(solutions.length, 'solution')} of ${variables}${range}`;
  }

  const smaller = (a, b) => (b < a ? b : a);
  const larger = (a, b) => (b > a ? b : a);

  // The verdict.

  /** `other` says how the file reads in the draft layout, or is null. */
  function verdict(name, size, isValid, found, other = null, inDraft = false) {
    const box = get('verdict');
    const status = isValid === null ? 'unreadable' : isValid ? 'valid' : 'invalid';
    const suffix = isValid && found.length ? ', with warnings' : '';
    box.className = isValid === null ? 'unknown' : isValid ? 'good' : 'bad';
    const head = element('p', 'rckp-headline');
    head.append(element('strong', '', `${status}${suffix}`), ' ');
    head.append(element('span', 'rckp-name', escape(name)));
    if (size !== null) head.append(` ${count(size, 'byte')}`);
    if (inDraft) head.append(', shown in the draft layout (next)');
    box.replaceChildren(head, ...found.map(findingBox));
    if (other !== null) {
      const note = element('p', 'rckp-other');
      note.append('It is ', other, '. ', link('spec/next-layout.html', 'The draft layout'));
      box.append(note);
    }
    if (isValid && !found.length) {
      const note = 'It has the layout of a checkpoint. There are no warnings.';
      box.append(element('p', '', note));
    }
    const said = [`${status}${suffix}: ${escape(name)}.`, ...found.map(spoken)];
    if (other !== null) said.push(`It is ${other}.`);
    get('live').textContent = said.join(' ');
  }

  const spoken = ({ code, field, offset, message }) =>
    `${code}${field ? `: byte ${offset}, ${field}` : ''} ${escape(message)}.`;

  function findingBox(found) {
    const { code, field, offset, message, hint, requirement, severity } = found;
    const box = element('div', `rckp-finding ${severity}`);
    const said = element('p', '');
    said.append(link(`errors.html#${code}`, code, 'rckp-code'), ' ');
    if (field) said.append(element('span', 'rckp-where', `byte ${offset}, ${field}:`), ' ');
    said.append(escape(message));
    const next = element('p', 'rckp-next');
    next.append(...withCode(hint));
    if (requirement) next.append(' See ', link(codes[code].requirement, requirement), '.');
    box.append(said, next);
    if (field) {
      const button = element('button', 'md-button', 'Show the place');
      button.type = 'button';
      button.addEventListener('click', () => {
        choose(field, offset);
        get('hex').focus();
      });
      box.append(button);
    }
    return box;
  }

  /** Text in which `this` is code. */
  function withCode(text) {
    return text.split('`').map((each, i) => (i % 2 ? element('code', '', each) : each));
  }

  function link(target, text, className = '') {
    const made = element('a', className, text);
    made.href = target;
    return made;
  }

  // The table of fields.

  function fillTable(inspection, found) {
    const reached = new Map(inspection.fields.map((each) => [each.field.name, each]));
    const rows = current.layout.fields.map((field) => {
      const own = found.filter((each) => each.field === field.name);
      return fieldRow(field, reached.get(field.name) || null, own);
    });
    table.tBodies[0].replaceChildren(...rows);
  }

  function fieldRow(field, inspected, found) {
    const row = element('tr', '');
    row.dataset.field = field.name;
    row.tabIndex = -1;
    const range = inspected ? `${inspected.start}..${inspected.stop}` : '–';
    row.append(element('td', 'rckp-range', range));
    const name = element('th', `hue-${field.number % 6}`, field.name);
    name.scope = 'row';
    const value = element('td', 'rckp-value');
    if (!inspected) row.classList.add('unreached');
    for (const { code, severity } of found) {
      row.classList.add(severity);
      value.append(element('span', 'rckp-mark', code), ' ');
    }
    value.append(...summary(field, inspected));
    row.append(name, value);
    return row;
  }

  /** The value in one line, as nodes. */
  function summary(field, inspected) {
    if (!inspected) return ['not reached'];
    const [{ role }] = field.parts;
    const { value, complete, size } = inspected;
    if (size !== null) return string(inspected, false);
    if (!complete) return [];
    if (role === 'end') return ['nothing follows'];
    if (role === 'magic') return [String.fromCharCode(...field.parts[0].values[0])];
    if (value === null) return ['absent'];
    const more = readable(field.shownAs, value);
    return more ? [`${value} `, element('span', 'rckp-more', more)] : [String(value)];
  }

  function string(inspected, whole) {
    const { value, cut, complete, size } = inspected;
    if (value instanceof Uint8Array) return bytes(inspected, whole);
    const text = whole ? value : [...value.slice(0, 400)].slice(0, 200).join('');
    const shown = pieces(text).map(([each, isEscape]) =>
      isEscape ? element('span', 'rckp-escape', each) : each,
    );
    const more = cut || text.length < value.length ? '…' : '';
    const note = complete ? '' : ` (breaks off: ${count(size, 'byte')} declared)`;
    return ['"', ...shown, `${more}"${note}`];
  }

  /** Bytes in hexadecimal. */
  function bytes({ value, cut, complete, size }, whole) {
    const shown = whole ? value : value.subarray(0, 60);
    const text = Array.from(shown, (byte) => hexadecimal(byte, 2)).join(' ');
    const more = cut || shown.length < value.length ? '…' : '';
    const declared = complete ? '' : ' declared';
    return [`${text}${more} (${count(size, 'byte')}${declared})`.trimStart()];
  }

  // The choice of a field, and what is told of it.

  /** Selects a field, with the cursor at a byte of it. */
  function choose(name, at) {
    if (current === null || !name) return;
    selected = name;
    for (const row of table.tBodies[0].rows) {
      const isOwn = row.dataset.field === name;
      row.tabIndex = isOwn ? 0 : -1;
      row.setAttribute('aria-selected', String(isOwn));
    }
    hex.select(name, at);
    tell(name, at);
  }

  function reachedField(name) {
    return current.inspection.fields.find(({ field }) => field.name === name) || null;
  }

  /** The field of a place that no part takes up: after an error, or at the end of the file. */
  function lastField() {
    return current.inspection.fields.at(-1).field.name;
  }

  function tell(name, at) {
    const field = current.layout.fields.find((each) => each.name === name);
    const inspected = reachedField(name);
    const title = element('p', 'rckp-title');
    title.append(element('strong', '', name), ` ${field.type}`);
    const box = [title, element('p', 'rckp-meaning', `${field.meaning}.`)];
    if (inspected) {
      box.push(partsList(inspected));
      const isString = inspected.size !== null;
      if (isString || inspected.value !== null) {
        const value = element('pre', 'rckp-whole');
        value.tabIndex = 0;
        value.setAttribute('aria-label', `Value of ${name}`);
        value.append(...(isString ? string(inspected, true) : summary(field, inspected)));
        box.push(value);
        if (inspected.cut) {
          const shown = count(globalThis.rckp.SHOWN, 'byte');
          box.push(element('p', 'rckp-meaning', `The first ${shown} of ${count(inspected.size, 'byte')}.`));
        }
      }
    } else {
      box.push(element('p', '', 'Not reached: nothing after the error can be relied on.'));
    }
    get('detail').replaceChildren(...box);
    tellByte(at);
  }

  function partsList(inspected) {
    const list = element('p', 'rckp-parts');
    inspected.parts.forEach(({ role, start, stop, complete }, i) => {
      if (i) list.append(' · ');
      const isLength = role === 'length' && inspected.size !== null;
      const said = isLength ? ` = ${inspected.size.toLocaleString('en')}` : '';
      list.append(`${role} ${start}..${stop}${said}${complete ? '' : ' (invalid)'}`);
    });
    return list;
  }

  async function tellByte(at) {
    const { blob } = current;
    if (at >= blob.size) {
      get('byte').textContent = `offset ${at} (0x${hexadecimal(at, 1)}): the end of the file`;
      return;
    }
    const [byte] = new Uint8Array(await blob.slice(at, at + 1).arrayBuffer());
    if (hex.cursor !== at) return;
    const part = hex.partAt(at);
    const what = part ? `${part.field} ${part.role === part.field ? '' : part.role}`.trim() : 'no field';
    get('byte').textContent =
      `offset ${at} (0x${hexadecimal(at, 1)}): ${hexadecimal(byte, 2)} = ${byte}, ${what}`;
  }

  function point(name) {
    hex.point(name);
    for (const row of table.tBodies[0].rows) {
      row.classList.toggle('pointed', name !== null && row.dataset.field === name);
    }
  }

  /** Where the bytes of a field begin; for one that was not reached, where reading ended. */
  function startOf(name) {
    const inspected = reachedField(name);
    const { error } = current.inspection;
    if (error && error.field === name) return error.offset;
    return inspected ? inspected.start : current.inspection.fields.at(-1).stop;
  }

  const rowOf = (event) => event.target.closest('tr[data-field]');

  table.addEventListener('click', (event) => {
    const row = rowOf(event);
    if (!row) return;
    choose(row.dataset.field, startOf(row.dataset.field));
    row.focus();
  });
  table.addEventListener('focusin', (event) => {
    const name = rowOf(event)?.dataset.field;
    if (name && name !== selected) choose(name, startOf(name));
  });
  table.addEventListener('pointerover', (event) => point(rowOf(event)?.dataset.field || null));
  table.addEventListener('pointerleave', () => point(null));
  table.addEventListener('keydown', (event) => {
    const rows = [...table.tBodies[0].rows];
    const now = rows.findIndex((row) => row.dataset.field === selected);
    const targets = { ArrowUp: now - 1, ArrowDown: now + 1, Home: 0, End: rows.length - 1 };
    if (event.key in targets) {
      event.preventDefault();
      rows[Math.max(0, Math.min(targets[event.key], rows.length - 1))].focus();
    } else if (event.key === 'Enter' || event.key === 'ArrowRight') {
      event.preventDefault();
      get('hex').focus();
    }
  });
  get('hex').addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    table.querySelector('tr[tabindex="0"]').focus();
  });

  // Where files come from.

  get('file').addEventListener('change', (event) => {
    const files = chosen(event.target.files);
    event.target.value = ''; // so that the same file can be chosen again
    if (files.length) openAll(files, []);
  });
  get('directory').addEventListener('change', (event) => {
    const { files, notes } = named(chosen(event.target.files));
    event.target.value = '';
    openAll(files, notes.length ? notes : ['All files of the directory.']);
  });
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    root.classList.add('dragging');
  });
  for (const name of ['dragleave', 'drop', 'dragend']) {
    document.addEventListener(name, (event) => {
      if (name !== 'dragleave' || event.relatedTarget === null) root.classList.remove('dragging');
    });
  }
  document.addEventListener('drop', async (event) => {
    const items = [...event.dataTransfer.items];
    if (!items.some(({ kind }) => kind === 'file')) return;
    event.preventDefault();
    const { files, unread, directories, cut } = await dropped(items, (number) => {
      get('live').textContent = `${count(number, 'file')} found`;
    });
    if (!directories) {
      openAll(files, []);
      return;
    }
    const found = named(files);
    const notes = found.notes.length || unread.length ? found.notes : ['All files of the directory.'];
    if (unread.length) notes.push(`Could not be read: ${unread.map(escape).join(', ')}.`);
    if (unread.length && location.protocol === 'file:') {
      notes.push('A page that is opened from the disk cannot read dropped directories: choose the directory instead.');
    }
    if (cut) notes.push(`Only the first ${count(files.length, 'file')}: the directory has more.`);
    openAll(found.files, notes);
  });
  const fromAddress = () => {
    const given = addressed(location.hash);
    if (given) openAll([given], []);
  };
  addEventListener('hashchange', fromAddress);

  for (const sample of samples) {
    const button = element('button', '');
    button.type = 'button';
    button.append(element('strong', '', sample.title), ' ', element('span', '', sample.about));
    button.addEventListener('click', () => {
      const bytes = Uint8Array.from(atob(sample.base64), (each) => each.charCodeAt(0));
      openAll([{ name: sample.name, file: new Blob([bytes]) }], []);
    });
    const item = element('li', '');
    item.append(button);
    get('samples').append(item);
  }
  root.classList.add('ready');
  root.setAttribute('aria-busy', 'false');
  fromAddress();
})();
