/* store.md: listing, reading, deleting, purging. Everything below the base goes through
   descriptors of directories (openat) and never follows a link (STORE-3). */
#include "store.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { DEEPEST = 100,               /* STORE-9: deeper ones are reported */
       LOCK_STEP_MS = 10 };

uint64_t rckp_lock_wait_ms = 30000;      /* SAFE-6 */

/* ---- opening ------------------------------------------------------------------------ */

void store_close(int fd)
{
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
}

int store_open_directory(int at, const char *name, bool follow)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK
                  | (follow ? 0 : O_NOFOLLOW));
}

bool store_open_base(const char *base, int *fd, rckp_error *e)
{
    *fd = store_open_directory(AT_FDCWD, base, true);
    if (*fd >= 0)
        return true;
    return rckp_fail_sys(e, errno == ENOENT ? "missing" : errno == ENOTDIR
                         ? "not-a-directory" : "unreadable", errno);
}

int store_descend(int base_fd, const char *relative, const char **name)
{
    int fd = fcntl(base_fd, F_DUPFD_CLOEXEC, 0);
    const char *slash;
    while (fd >= 0 && (slash = strchr(relative, '/')) != NULL) {
        char component[NAME_MAX + 1];
        size_t n = (size_t)(slash - relative);
        if (n > NAME_MAX) {
            store_close(fd);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(component, relative, n);
        component[n] = '\0';
        int next = store_open_directory(fd, component, false);
        store_close(fd);
        fd = next;
        relative = slash + 1;
    }
    *name = relative;
    return fd;
}

bool store_open_file(int at, const char *name, bool follow, int *fd, struct stat *st,
                     rckp_error *e)
{
    *fd = -1;
    /* STORE-4: look first, so that nothing but a regular file is opened ... */
    if (fstatat(at, name, st, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return rckp_fail_sys(e, errno == ENOENT || errno == ENOTDIR ? "missing"
                             : "unreadable", errno);
    if (!S_ISREG(st->st_mode))
        return rckp_fail_sys(e, "not-a-file", 0);
    /* ... and do not wait if another thing has taken its place since. */
    *fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
                 | (follow ? 0 : O_NOFOLLOW));
    if (*fd < 0)
        return rckp_fail_sys(e, errno == ENOENT ? "missing" : errno == ELOOP && !follow
                             ? "not-a-file" : "unreadable", errno);
    int unread = fstat(*fd, st) == 0 ? 0 : errno;
    if (!unread && S_ISREG(st->st_mode))
        return true;
    store_close(*fd);
    *fd = -1;
    return rckp_fail_sys(e, unread ? "unreadable" : "not-a-file", unread);
}

static ssize_t pull_fd(void *self, unsigned char *to, size_t n)
{
    ssize_t r;
    do
        r = read(*(int *)self, to, n > (1u << 30) ? 1u << 30 : n);
    while (r < 0 && errno == EINTR);
    return r;
}

bool store_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size
        && a->st_mtim.tv_sec == b->st_mtim.tv_sec
        && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A call that a signal interrupts has not failed (SAFE-14). */
int store_flush_file(int fd)
{
    int r;
    do
        r = fsync(fd);
    while (r != 0 && errno == EINTR);
    return r;
}

/* A file system that does not flush directories does not need it. */
bool store_flush_directory(int fd)
{
    return store_flush_file(fd) == 0 || errno == EINVAL;
}

rckp_outcome store_decode(int fd, const struct stat *st, rckp_stop stop, const void *self,
                          rckp_record *r, rckp_error *e)
{
    struct stat after;
    rckp_outcome o = rckp_decode_from((rckp_source){pull_fd, &fd}, stop, self, r, e);
    if (o == RCKP_DECODED || o == RCKP_FAULTY) {
        int unread = fstat(fd, &after) == 0 ? 0 : errno;
        if (unread || !store_unchanged(st, &after)) {                   /* LIM-8 */
            rckp_record_free(r);
            rckp_fail_sys(e, unread ? "unreadable" : "changed-while-read", unread);
            return RCKP_BROKEN;
        }
    }
    return o;
}

bool store_lock(int directory_fd, bool *held, rckp_error *e)
{
    struct timespec step = {0, LOCK_STEP_MS * 1000000L};
    for (uint64_t waited = 0; ; waited += LOCK_STEP_MS) {
        *held = flock(directory_fd, LOCK_EX | LOCK_NB) == 0;
        if (*held)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR) {       /* no such locks here */
            fprintf(stderr, "rckp: writing without a lock: %s\n", strerror(errno));
            return true;
        }
        if (waited >= rckp_lock_wait_ms)
            return rckp_fail_sys(e, "lock-timeout", EWOULDBLOCK);
        nanosleep(&step, NULL);
    }
}

/* ---- listing ------------------------------------------------------------------------ */

char *rckp_below(const char *base, const char *relative)
{
    size_t n = strlen(base);
    return join3(base, n > 0 && base[n - 1] == '/' ? "" : "/", relative);
}

static int by_bytes(const void *a, const void *b)           /* strcmp compares unsigned */
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* False, and errno, when not every entry could be read. */
static bool sorted_names(DIR *d, strings *names)
{
    struct dirent *entry;
    while (errno = 0, (entry = readdir(d)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strings_add(names, must_copy(entry->d_name));
    int error = errno;
    if (names->count)
        qsort(names->item, names->count, sizeof *names->item, by_bytes);
    errno = error;
    return error == 0;
}

static bool is_checkpoint_name(const char *name)            /* STORE-1 */
{
    size_t n = strlen(name);
    return n > 5 && memcmp(name + n - 5, ".ckpt", 5) == 0;
}

/* unread: the first error that may hide a checkpoint, 0 if there is none (SEL-8). */
typedef struct { strings *files, *reported; int unread; } listing;
static bool walk(listing *l, int fd, const char *prefix, int depth);

static void unread(listing *l, const char *path, int error)
{
    strings_add(l->reported, must_copy(path));              /* STORE-7, STORE-8 */
    if (store_hides(error) && !l->unread)
        l->unread = error;
}

bool store_hides(int error)
{
    return error != 0 && error != ENOENT && error != EACCES;
}

static void visit(listing *l, int at, const char *prefix, const char *name, int depth)
{
    struct stat st;
    char *path = *prefix ? join3(prefix, "/", name) : must_copy(name);
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)                                /* gone meanwhile: nothing lost */
            unread(l, path, errno);
    } else if (S_ISDIR(st.st_mode)) {                       /* STORE-2 */
        int fd = depth < DEEPEST ? store_open_directory(at, name, false) : -1;
        if (depth >= DEEPEST)                               /* STORE-9 */
            unread(l, path, 0);
        else if (fd < 0 ? errno != ENOENT && errno != ENOTDIR && errno != ELOOP
                        : !walk(l, fd, path, depth + 1))
            unread(l, path, errno);
    } else if (S_ISREG(st.st_mode) && is_checkpoint_name(name)) {
        strings_add(l->files, must_copy(path));
    }
    free(path);
}

/* Takes fd over. False, and errno, when not every entry could be read. */
static bool walk(listing *l, int fd, const char *prefix, int depth)
{
    strings names = {0};
    DIR *d = fdopendir(fd);
    if (!d) {
        store_close(fd);
        return false;
    }
    int error = sorted_names(d, &names) ? 0 : errno;
    for (size_t i = 0; i < names.count; i++)                /* STORE-5 */
        visit(l, dirfd(d), prefix, names.item[i], depth);
    strings_free(&names);
    closedir(d);
    errno = error;
    return error == 0;
}

bool store_list(const char *base, strings *files, strings *reported, int *unread,
                rckp_error *e)
{
    int fd;
    listing l = {files, reported, 0};
    if (!store_open_base(base, &fd, e))
        return false;
    bool whole = walk(&l, fd, "", 0) || rckp_fail_sys(e, "unreadable", errno);
    *unread = l.unread;
    return whole;
}

bool rckp_files(const char *base, strings *files, strings *reported, rckp_error *e)
{
    int unread;
    return store_list(base, files, reported, &unread, e);
}

/* ---- reading one file --------------------------------------------------------------- */

bool rckp_read(const char *path, rckp_record *r, rckp_error *e)         /* STORE-10 */
{
    int fd;
    struct stat st;
    *r = (rckp_record){0};
    if (!store_open_file(AT_FDCWD, path, true, &fd, &st, e))
        return false;
    rckp_outcome o = store_decode(fd, &st, NULL, NULL, r, e);
    store_close(fd);
    return o == RCKP_DECODED;
}

/* ---- deleting ----------------------------------------------------------------------- */

/* The next component of a path, its length in *length: empty ones and "." do not count. */
static const char *component(const char *at, size_t *length)
{
    for (;; at += *length) {
        at += strspn(at, "/");
        *length = strcspn(at, "/");
        if (*length != 1 || at[0] != '.')
            return at;
    }
}

/* The components of path below base joined by one "/" each, or NULL (outside-base). */
static char *below(const char *base, const char *path)
{
    size_t n, m;
    for (;;) {
        base = component(base, &n);
        if (n == 0)
            break;
        path = component(path, &m);
        if (m != n || memcmp(base, path, n) != 0)
            return NULL;
        base += n;
        path += m;
    }
    buffer out = {0};
    bool good = true;
    while (path = component(path, &m), m && good) {
        good = m != 2 || memcmp(path, "..", 2) != 0;
        if (out.len)
            put(&out, "/", 1);
        put(&out, path, m);
        path += m;
    }
    if (good && out.len)
        return take_text(&out);
    free(out.data);
    return NULL;
}

/* The base may also be named by the path that it leads to (STORE-13). */
static char *below_base(const char *base, const char *path)
{
    char *relative = below(base, path), *real = relative ? NULL : realpath(base, NULL);
    if (real)
        relative = below(real, path);
    free(real);
    return relative;
}

/* SAFE-6, SAFE-13: removes name, which is no directory. *removed is false if it was gone. */
static bool remove_locked(int directory, const char *name, rckp_durability d,
                          bool *removed, rckp_error *e)
{
    bool held;
    if (!store_lock(directory, &held, e))
        return false;
    if (unlinkat(directory, name, 0) != 0)
        return errno == ENOENT || rckp_fail_sys(e, errno == EISDIR ? "not-a-file"
                                                : "not-removed", errno);
    *removed = true;
    if (d == DURABLE_FULL && !store_flush_directory(directory))
        return rckp_fail_sys(e, "durability-uncertain", errno);
    return true;
}

bool rckp_delete(const char *base, const char *path, rckp_durability d, bool *removed,
                 rckp_error *e)
{
    int base_fd, directory;
    struct stat st;
    const char *name;
    *removed = false;
    char *relative = below_base(base, path);
    if (!relative)
        return rckp_fail(e, "outside-base", NULL);
    if (!store_open_base(base, &base_fd, e)) {
        if (strcmp(e->code, "unreadable") == 0)     /* STORE-13: whatever else keeps it */
            rckp_fail_sys(e, "not-removed", errno);
        free(relative);                     /* STORE-12: the base is on the way, too */
        return strcmp(e->code, "missing") == 0;
    }
    directory = store_descend(base_fd, relative, &name);
    bool ok = false;
    if (directory < 0)
        ok = errno == ENOENT || rckp_fail_sys(e, errno == ENOTDIR || errno == ELOOP
                                              ? "not-a-directory" : "not-removed", errno);
    else if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        ok = errno == ENOENT || rckp_fail_sys(e, "not-removed", errno);
    else if (S_ISDIR(st.st_mode))           /* STORE-14 */
        rckp_fail_sys(e, "not-a-file", 0);
    else
        ok = remove_locked(directory, name, d, removed, e);
    store_close(directory);
    store_close(base_fd);
    free(relative);
    return ok;
}

/* ---- purging ------------------------------------------------------------------------ */

typedef struct {
    int base_fd;
    rckp_time before;
    rckp_durability durability;
    uint64_t removed;
    strings *failures, touched;             /* touched: directories to be flushed */
} purge;

static bool young(const purge *p, uint64_t created)
{
    return !p->before.beyond && created >= p->before.ms;
}

static bool stop_young(const void *self, int field, const rckp_record *r)   /* STORE-22 */
{
    return field == F_CREATED && young(self, r->created_at_ms);
}

static void touch(purge *p, const char *relative, const char *name)
{
    strings *t = &p->touched;
    buffer b = {0};
    put(&b, relative, (size_t)(name - relative));   /* with its "/": "." makes it a path */
    put_text(&b, ".");
    char *path = take_text(&b);
    if (t->count && strcmp(t->item[t->count - 1], path) == 0)
        free(path);
    else
        strings_add(t, path);
}

/* STORE-17: only what was judged, and unchanged, while the directory is locked. */
static bool purge_judged(purge *p, int directory, const char *relative, const char *name,
                         const struct stat *judged)
{
    rckp_error e;
    struct stat now;
    bool held;
    if (!store_lock(directory, &held, &e))
        return false;
    if (fstatat(directory, name, &now, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    if (!store_unchanged(judged, &now))
        return true;
    if (unlinkat(directory, name, 0) != 0)
        return errno == ENOENT;
    p->removed++;
    touch(p, relative, name);
    return true;
}

/* False when something failed, except that the file is gone or has become another. */
static bool purge_one(purge *p, const char *relative)
{
    const char *name;
    int fd;
    struct stat st;
    rckp_record r;
    rckp_error e;
    int directory = store_descend(p->base_fd, relative, &name);
    if (directory < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
    bool ok = true;
    if (!store_open_file(directory, name, false, &fd, &st, &e)) {
        ok = strcmp(e.code, "unreadable") != 0;
    } else {
        rckp_outcome o = store_decode(fd, &st, stop_young, p, &r, &e);
        if (o == RCKP_BROKEN)
            ok = e.code && strcmp(e.code, "changed-while-read") == 0;
        if (o == RCKP_DECODED)              /* STORE-16: never a faulty one */
            ok = purge_judged(p, directory, relative, name, &st);
        rckp_record_free(&r);
        store_close(fd);
    }
    store_close(directory);
    return ok;
}

static void flush_touched(purge *p)         /* SAFE-13; once each, SAFE-14 */
{
    for (size_t i = 0; i < p->touched.count; i++) {
        const char *name;
        int fd = store_descend(p->base_fd, p->touched.item[i], &name);
        if (fd >= 0 && !store_flush_directory(fd))
            strings_add(p->failures, must_copy(p->touched.item[i]));
        store_close(fd);
    }
}

bool rckp_purge(const char *base, rckp_time before, rckp_durability d, uint64_t *removed,
                strings *failures, rckp_error *e)
{
    strings files = {0};
    purge p = {.before = before, .durability = d, .failures = failures};
    *removed = 0;
    if (!rckp_files(base, &files, failures, e) || !store_open_base(base, &p.base_fd, e)) {
        strings_free(&files);
        return false;
    }
    for (size_t i = 0; i < files.count; i++)
        if (!purge_one(&p, files.item[i]))
            strings_add(failures, must_copy(files.item[i]));        /* STORE-18 */
    if (d == DURABLE_FULL)
        flush_touched(&p);
    store_close(p.base_fd);
    strings_free(&files);
    strings_free(&p.touched);
    *removed = p.removed;
    return failures->count == 0 || rckp_fail_sys(e, "purge-incomplete", 0);
}

bool rckp_purge_age(const char *base, uint64_t age, rckp_durability d, uint64_t *removed,
                    strings *failures, rckp_error *e)
{
    uint64_t now = rckp_now_ms();
    rckp_time before = {false, age > now ? 0 : now - age};          /* STORE-19 */
    return rckp_purge(base, before, d, removed, failures, e);
}
