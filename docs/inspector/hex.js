// The bytes of a file, each with its field: a grid that one walks with the arrow keys. Only the
// rows that can be seen exist, and only their bytes are read, so that the size of a file does
// not matter.
(function () {
  'use strict';

  const { count, hexadecimal } = globalThis.rckp;

  const PAGE = 1 << 16; // bytes that are read at one time
  const PAGES = 32; // that are kept
  const TALLEST = 4e6; // pixels; browsers give up somewhere above ten million
  const HUES = 6;

  class HexView {
    /** `moved(at)` is told where the cursor was moved to by hand, `hovered(at)` the pointer. */
    constructor(container, { moved, hovered }) {
      this.container = container;
      this.moved = moved;
      this.hovered = hovered;
      this.space = element('div', 'rckp-hex-space');
      this.rows = element('div', 'rckp-hex-rows');
      this.space.setAttribute('role', 'presentation');
      this.rows.setAttribute('role', 'rowgroup');
      this.space.append(this.rows);
      container.append(this.space);
      container.addEventListener('scroll', () => this.scrolled());
      container.addEventListener('keydown', (event) => this.key(event));
      container.addEventListener('click', (event) => this.clicked(event));
      container.addEventListener('pointerover', (event) => this.hovered(offsetOf(event)));
      container.addEventListener('pointerleave', () => this.hovered(null));
      new ResizeObserver(() => this.resized()).observe(container);
      this.columns = 0;
      this.open(new Blob(), new Uint8Array(0), [], null);
    }

    /**
     * Takes up a Blob, its first bytes, its parts, {field, role, start, stop, number}, and its
     * error or null. It is shown when something of it is selected.
     */
    open(blob, head, parts, error) {
      this.blob = blob;
      this.parts = parts;
      this.error = error;
      this.pages = new Map();
      if (head.length >= Math.min(PAGE, blob.size)) this.pages.set(0, head.subarray(0, PAGE));
      this.cursor = 0;
      this.selected = null;
      this.pointed = null;
      this.lines = 0;
    }

    /** Marks a field, and moves the cursor to `at`. */
    select(name, at) {
      this.selected = name;
      this.cursor = at;
      if (!this.columns) this.resized();
      if (!this.lines) this.measure();
      this.reveal();
      this.render();
    }

    /** Marks the field that the pointer is on, if any. */
    point(name) {
      if (this.pointed === name) return;
      this.pointed = name;
      for (const cell of this.rows.querySelectorAll('[data-field]')) {
        cell.classList.toggle('pointed', cell.dataset.field === name);
      }
    }

    /** The part that a byte belongs to, or null. */
    partAt(at) {
      let [low, high] = [0, this.parts.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.parts[middle].stop <= at) low = middle + 1;
        else high = middle;
      }
      const part = this.parts[low];
      return part && part.start <= at && at < part.stop ? part : null;
    }

    // Geometry: the rows of the file, and one more that says where it ends.

    /** The room for bytes changed: there may be place for more in a row, or for fewer. */
    resized() {
      const room = this.container.clientWidth;
      if (!room) return;
      const columns = room >= this.letterWidth() * (10 + 16 * 4 + 4) ? 16 : 8;
      this.rowHeight = Math.round(parseFloat(getComputedStyle(this.container).lineHeight)) || 20;
      this.container.style.setProperty('--row', `${this.rowHeight}px`);
      if (columns === this.columns) {
        this.schedule();
        return;
      }
      this.columns = columns;
      this.container.setAttribute('aria-colcount', String(columns + 2));
      this.measure();
      this.reveal();
      this.render();
    }

    /** Makes the scrolled space as tall as the file is long, as far as browsers allow. */
    measure() {
      this.lines = Math.ceil(this.blob.size / this.columns) + 1;
      this.height = this.lines * this.rowHeight;
      this.tall = Math.min(this.height, TALLEST);
      this.offset = 0; // of the part of the whole that the scrolled space now stands for
      this.last = 0;
      this.space.style.height = `${this.tall}px`;
      this.container.style.setProperty('--lines', String(this.lines));
      this.container.setAttribute('aria-rowcount', String(this.lines));
      this.container.scrollTop = 0;
    }

    letterWidth() {
      const probe = element('span', '', '0'.repeat(50));
      this.container.append(probe);
      const width = probe.getBoundingClientRect().width / 50;
      probe.remove();
      return width || 8;
    }

    /** The scroll bar moved: a little means so many pixels, a lot means a place in the whole. */
    scrolled() {
      if (!this.lines) return;
      const { scrollTop, clientHeight } = this.container;
      if (this.height > this.tall && scrollTop !== this.last) {
        if (Math.abs(scrollTop - this.last) < clientHeight) {
          this.moveTo(scrollTop + this.offset);
        } else {
          const share = scrollTop / (this.tall - clientHeight);
          this.offset = Math.round(share * (this.height - this.tall));
        }
      }
      this.last = this.container.scrollTop;
      this.schedule();
    }

    /** Scrolls to a pixel of the whole. */
    moveTo(pixel) {
      const { clientHeight } = this.container;
      const target = Math.max(0, Math.min(pixel, this.height - clientHeight));
      const share = target / Math.max(1, this.height - clientHeight);
      this.offset = Math.round(share * (this.height - this.tall));
      this.last = Math.round(target - this.offset);
      this.container.scrollTop = this.last;
      this.last = this.container.scrollTop;
    }

    /** Scrolls as little as shows the cursor, with a row or two around it. */
    reveal() {
      const { scrollTop, clientHeight } = this.container;
      const top = Math.floor(this.cursor / this.columns) * this.rowHeight;
      const now = scrollTop + this.offset;
      const margin = Math.min(2 * this.rowHeight, clientHeight / 4);
      if (top < now + margin) this.moveTo(top - margin);
      else if (top + this.rowHeight > now + clientHeight - margin) {
        this.moveTo(top + this.rowHeight + margin - clientHeight);
      }
    }

    schedule() {
      if (this.waiting) return;
      this.waiting = requestAnimationFrame(() => {
        this.waiting = 0;
        this.render();
      });
    }

    // What is seen.

    render() {
      if (!this.lines) return;
      const { scrollTop, clientHeight } = this.container;
      const top = scrollTop + this.offset;
      const first = Math.max(0, Math.floor(top / this.rowHeight) - 4);
      const last = Math.min(this.lines, Math.ceil((top + clientHeight) / this.rowHeight) + 4);
      const rows = [];
      for (let line = first; line < last; line += 1) rows.push(this.row(line));
      this.rows.replaceChildren(...rows);
      this.rows.style.transform = `translateY(${first * this.rowHeight - this.offset}px)`;
      const active = this.rows.querySelector('.cursor');
      if (active) this.container.setAttribute('aria-activedescendant', active.id);
      else this.container.removeAttribute('aria-activedescendant');
    }

    row(line) {
      const row = element('div', 'rckp-hex-row');
      row.setAttribute('role', 'row');
      row.setAttribute('aria-rowindex', String(line + 1));
      const start = line * this.columns;
      const head = element('span', 'rckp-hex-offset', hexadecimal(Math.min(start, this.blob.size), 8));
      head.setAttribute('role', 'rowheader');
      row.append(head);
      if (line === this.lines - 1) {
        row.append(this.end());
        return row;
      }
      const text = element('span', 'rckp-hex-text');
      text.setAttribute('role', 'gridcell');
      const stop = Math.min(start + this.columns, this.blob.size);
      for (let at = start; at < stop; at += 1) {
        const byte = this.byte(at);
        const cell = element('span', '', byte === null ? '··' : hexadecimal(byte, 2));
        cell.setAttribute('role', 'gridcell');
        cell.id = `rckp-byte-${at}`;
        const letter = element('span', '', byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');
        this.paint(cell, letter, at);
        if (at - start === this.columns / 2) cell.classList.add('half');
        row.append(cell);
        text.append(letter);
      }
      row.style.setProperty('--missing', String(start + this.columns - stop));
      row.append(text);
      return row;
    }

    paint(cell, letter, at) {
      const part = this.partAt(at);
      const { error } = this;
      const isBad =
        error && error.code !== 'truncated' && at >= error.offset && at < error.offset + error.length;
      for (const each of [cell, letter]) {
        each.dataset.at = String(at);
        each.classList.toggle('bad', Boolean(isBad));
        each.classList.toggle('cursor', at === this.cursor && each === cell);
        each.classList.toggle('under', at === this.cursor);
        if (!part) continue;
        each.dataset.field = part.field;
        each.classList.add(`hue-${part.number % HUES}`, `role-${part.role}`);
        each.classList.toggle('selected', part.field === this.selected);
        each.classList.toggle('pointed', part.field === this.pointed);
        if (at === part.start) each.classList.add('first');
      }
      if (part && part.field === this.selected) cell.setAttribute('aria-selected', 'true');
    }

    /** The last row: where the file ends, and whether it should. */
    end() {
      const { error, blob } = this;
      const cut = error && error.code === 'truncated';
      const missing = cut ? error.wanted - error.available : 0;
      const text = cut
        ? `▲ the file ends here, ${count(missing, 'byte')} too early`
        : `end of the file: ${count(blob.size, 'byte')}`;
      const cell = element('span', cut ? 'rckp-hex-end bad' : 'rckp-hex-end', text);
      cell.setAttribute('role', 'gridcell');
      cell.id = `rckp-byte-${blob.size}`;
      if (this.cursor === blob.size) cell.classList.add('cursor');
      return cell;
    }

    /** A byte, or null if it has yet to be read; then its page is read. */
    byte(at) {
      const number = Math.floor(at / PAGE);
      const page = this.pages.get(number);
      if (page) return page[at - number * PAGE];
      if (page === undefined) this.load(number);
      return null;
    }

    async load(number) {
      const { blob, pages } = this;
      pages.set(number, null);
      if (pages.size > PAGES) pages.delete(pages.keys().next().value);
      try {
        const slice = blob.slice(number * PAGE, (number + 1) * PAGE);
        pages.set(number, new Uint8Array(await slice.arrayBuffer()));
        if (this.blob === blob) this.schedule();
      } catch {
        // The file changed or went away; whoever reads it as a whole says so.
      }
    }

    // What one does.

    key(event) {
      const width = this.columns;
      const { size } = this.blob;
      const screen = Math.max(1, Math.floor(this.container.clientHeight / this.rowHeight) - 1);
      const all = event.ctrlKey || event.metaKey;
      const column = this.cursor % width;
      const steps = {
        ArrowLeft: -1,
        ArrowRight: 1,
        ArrowUp: -width,
        ArrowDown: width,
        PageUp: -width * screen,
        PageDown: width * screen,
        Home: all ? -this.cursor : -column,
        End: all ? size - this.cursor : width - 1 - column,
      };
      if (!(event.key in steps) || event.altKey) return;
      event.preventDefault();
      const target = this.cursor + steps[event.key];
      const isLine = ['ArrowUp', 'ArrowDown'].includes(event.key);
      if (isLine && (target < 0 || target > size)) return;
      this.moved(Math.max(0, Math.min(target, size)));
    }

    clicked(event) {
      const at = offsetOf(event);
      if (at !== null) this.moved(at);
    }
  }

  function offsetOf(event) {
    const cell = event.target.closest('[data-at]');
    return cell ? Number(cell.dataset.at) : null;
  }

  function element(tag, className, text = '') {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  }

  Object.assign(globalThis.rckp, { HexView, element });
})();
