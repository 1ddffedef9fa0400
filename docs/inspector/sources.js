// Where files come from: a choice, a drop with directories in it, or the address of the page. A directory
// is read entry by entry, so that the page stays free.
(function () {
  'use strict';

  const MOST = 20000; // files that are taken up; the rest is counted

  /** The files of a choice as [{name, file}]; in a directory, the name has its path. */
  function chosen(list) {
    return Array.from(list, (file) => ({ name: file.webkitRelativePath || file.name, file }));
  }

  /**
   * The files of a drop. `told(number)` is called while directories are read. Returns {files, unread,
   * directories}: `unread` are the paths of directories and files that could not be read.
   */
  async function dropped(items, told = () => {}) {
    // All entries are taken before the first wait: afterwards the list is empty.
    const entries = [];
    const files = [];
    for (const item of items) {
      if (item.kind !== 'file') continue;
      const entry = item.webkitGetAsEntry ? item.webkitGetAsEntry() : null;
      const file = item.getAsFile();
      if (entry && entry.isDirectory) entries.push(entry);
      else if (file) files.push({ name: file.name, file });
    }
    const directories = entries.length;
    const unread = [];
    while (entries.length && files.length < MOST) {
      const entry = entries.pop();
      const path = entry.fullPath.replace(/^\//, '');
      try {
        if (entry.isFile) {
          files.push({ name: path, file: await new Promise((done, fail) => entry.file(done, fail)) });
        } else {
          entries.push(...(await children(entry)));
        }
      } catch {
        unread.push(path);
      }
      told(files.length);
    }
    return { files, unread, directories, cut: entries.length > 0 };
  }

  async function children(directory) {
    const reader = directory.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) return found;
      found.push(...some);
    }
  }

  /** The file in the address of the page, `#file=NAME,BASE64`, as {name, file}; or null. */
  function addressed(hash) {
    const match = /^#file=([^,]*),([A-Za-z0-9_-]*)$/.exec(hash);
    if (!match) return null;
    try {
      const text = atob(match[2].replace(/-/g, '+').replace(/_/g, '/'));
      const bytes = Uint8Array.from(text, (each) => each.charCodeAt(0));
      return { name: decodeURIComponent(match[1]), file: new Blob([bytes]) };
    } catch {
      return null;
    }
  }

  globalThis.rckp = Object.assign(globalThis.rckp || {}, { chosen, dropped, addressed, MOST });
})();
