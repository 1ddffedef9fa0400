// Many files: each is validated in its turn, and the results are shown as a table. Between two files
// the page is free, and rows are added by the hundred.
(function () {
  'use strict';

  const { inspect, findings, finding, mayBeDraft, draftLayout, nextLayout } = globalThis.rckp;
  const { element, count, escape } = globalThis.rckp;

  const SHOWN = 200; // rows; a button shows as many more
  const TURN = 12; // ms of work, after which the page gets its turn
  const BAD = ['unreadable', 'invalid', 'warnings', 'valid']; // the order of the table

  /** Gives the page a turn: a message is not delayed as a timer is. */
  function turn() {
    return new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        done();
      };
      port2.postMessage(null);
    });
  }

  /** The result of one file: {name, file, status, code, field, offset, other}. */
  async function judge({ name, file }, isWanted) {
    try {
      const inspection = await inspect(file, isWanted);
      if (inspection === null) return null;
      const draft = mayBeDraft(inspection) ? await inspect(file, isWanted, nextLayout) : null;
      const found = findings(inspection, BigInt(Date.now()));
      const first = found[0] || { code: '', field: null, offset: null };
      const isValid = inspection.error === null;
      const status = isValid ? (found.length ? 'warnings' : 'valid') : 'invalid';
      const other = draft === null ? null : draftLayout(draft).message;
      return { name, file, status, code: first.code, field: first.field, offset: first.offset, other };
    } catch (error) {
      const { code } = refusal(error);
      return { name, file, status: 'unreadable', code, field: null, offset: null, other: null };
    }
  }

  /** The finding about a file that could not be read. */
  function refusal(error) {
    const code = { NotFoundError: 'missing', NotReadableError: 'changed-while-read' }[error.name];
    return finding(code || 'unreadable', null, null, null, { reason: error.message });
  }

  class ResultTable {
    /** `opened(file, name)` is called when a row is chosen. */
    constructor(container, opened) {
      this.container = container;
      this.opened = opened;
    }

    clear() {
      this.container.replaceChildren();
      this.container.hidden = true;
    }

    /** Shows the results, the invalid ones first. `notes` are sentences about what is not shown. */
    show(results, notes) {
      this.rows = [...results].sort(
        (a, b) => BAD.indexOf(a.status) - BAD.indexOf(b.status) || (a.name < b.name ? -1 : 1),
      );
      this.shown = 0;
      const numbers = BAD.map((status) => [
        status,
        results.filter((each) => each.status === status).length,
      ]);
      const said = numbers.filter(([, number]) => number).map(([status, number]) => tally(status, number));
      this.summary = results.length ? `${count(results.length, 'file')}: ${said.join(', ')}` : 'No file was read.';
      const head = element('p', 'rckp-summary', this.summary);
      this.body = document.createElement('tbody');
      const table = element('table', 'rckp-results');
      const titles = element('tr', '');
      for (const title of ['file', 'result', 'first finding', 'bytes']) {
        const cell = element('th', '', title);
        cell.scope = 'col';
        titles.append(cell);
      }
      const top = document.createElement('thead');
      top.append(titles);
      table.append(top, this.body);
      this.rest = element('p', 'rckp-rest');
      this.container.replaceChildren(head, ...notes.map((note) => element('p', '', note)), table, this.rest);
      this.container.hidden = false;
      this.more();
    }

    more() {
      const next = this.rows.slice(this.shown, this.shown + SHOWN);
      this.body.append(...next.map((each) => this.row(each)));
      this.shown += next.length;
      this.rest.replaceChildren();
      const hidden = this.rows.length - this.shown;
      if (!hidden) return;
      const button = element('button', 'md-button', `Show ${Math.min(hidden, SHOWN)} more`);
      button.type = 'button';
      button.addEventListener('click', () => this.more());
      this.rest.append(`${count(hidden, 'file')} not shown. `, button);
    }

    row(result) {
      const { name, file, status, code, field, offset, other } = result;
      const row = element('tr', status);
      const button = element('button', 'rckp-open', escape(name));
      button.type = 'button';
      button.addEventListener('click', () => this.opened(file, name));
      const first = document.createElement('td');
      first.append(button);
      const word = status === 'warnings' ? 'valid, with warnings' : status;
      const finding = element('td', '');
      if (code) {
        const link = element('a', 'rckp-code', code);
        link.href = `errors.html#${code}`;
        finding.append(link);
        if (field !== null) finding.append(` byte ${offset}, ${field}`);
        if (other) finding.append(`; it is ${other}`);
      }
      const size = element('td', '', file.size.toLocaleString('en'));
      row.append(first, element('td', 'rckp-status', word), finding, size);
      return row;
    }
  }

  const tally = (status, number) =>
    `${number.toLocaleString('en')} ${status === 'warnings' ? 'valid with warnings' : status}`;

  /**
   * Judges files one after the other. `told(done)` is called now and then, and stops the work by
   * answering false; then the result is null.
   */
  async function judgeAll(files, told) {
    const results = [];
    let since = performance.now();
    for (const each of files) {
      const result = await judge(each, () => told(results.length));
      if (result === null) return null;
      results.push(result);
      if (performance.now() - since < TURN) continue;
      if (told(results.length) === false) return null;
      await turn();
      since = performance.now();
    }
    return results;
  }

  globalThis.rckp = Object.assign(globalThis.rckp || {}, { ResultTable, judgeAll, refusal });
})();
