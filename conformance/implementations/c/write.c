/* writing.md: the old checkpoint or the new one, whole, whatever happens. */
#include "store.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const rckp_record *record;
    rckp_durability durability;
    char *alg, *prob, *name;            /* the scope and the file's name */
    unsigned char *data;
    size_t size;
    int directory, temporary_fd;                      /* of the file; holds the lock */
    bool locked;
    char temporary[64];
    char kept[NAME_MAX + 1];                          /* a second name of what was in the way */
    rckp_error *e;
} job;

/* ---- names (SAFE-3, SAFE-5) --------------------------------------------------------- */

/* What the file system of the base, or of where it will be made, allows. */
static size_t name_limit(const char *base)
{
    char *at = must_copy(base);
    long limit = -1;
    for (size_t n = strlen(at); n > 0 && limit <= 0; ) {
        limit = pathconf(at, _PC_NAME_MAX);
        while (n > 0 && at[n - 1] != '/')
            n--;
        while (n > 1 && at[n - 1] == '/')
            n--;
        if (n == strlen(at))
            break;
        at[n] = '\0';
    }
    free(at);
    return limit > 0 ? (size_t)limit : 255;
}

static bool prepare(job *j, const char *base)
{
    const rckp_record *r = j->record;
    if (!rckp_encode(r, &j->data, &j->size, j->e)
        || !rckp_scope(r->algorithm_name, r->problem_description,
                       r->algorithm_signature_hash, r->problem_signature_hash, &j->alg,
                       &j->prob, j->e)
        || !rckp_file_name(r->run_id, &j->name, j->e))
        return false;
    size_t limit = name_limit(base);
    if (strlen(j->alg) > limit || strlen(j->prob) > limit || strlen(j->name) > limit)
        return rckp_fail_sys(j->e, "name-too-long", ENAMETOOLONG);
    return true;
}

#define TEMPORARY_START ".rckp-"
#define TEMPORARY_END ".tmp"

/* The name of a temporary file, 16 digits at random (SAFE-5). */
static bool temporary_name(char *to, size_t n)
{
    unsigned char random[8];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return false;
    size_t at = (size_t)snprintf(to, n, "%s", TEMPORARY_START);
    for (size_t i = 0; i < sizeof random; i++)
        at += (size_t)snprintf(to + at, n - at, "%02x", random[i]);
    snprintf(to + at, n - at, "%s", TEMPORARY_END);
    return true;
}

/* Unlike in every process, thread and boot; short whatever the run id. */
static void unique_name(char *to, size_t n, const char *start, const char *end)
{
    static atomic_uint_least64_t counter;
    struct timespec t = {0, 0};
    clock_gettime(CLOCK_REALTIME, &t);
    snprintf(to, n, "%s%ld-%" PRIx64 "%08lx-%" PRIu64 "%s", start, (long)getpid(),
             (uint64_t)t.tv_sec, (unsigned long)t.tv_nsec,
             (uint64_t)atomic_fetch_add(&counter, 1), end);
}

/* ---- directories (SAFE-2 to SAFE-4) ------------------------------------------------- */

static bool not_written(job *j)
{
    return rckp_fail_sys(j->e, errno == ENAMETOOLONG ? "name-too-long" : "not-written",
                         errno);
}

static bool flush(job *j, int fd)
{
    return j->durability != DURABLE_FULL || store_flush_directory(fd);
}

/* Whether a name in the path is too long, so that nothing is made for it (SAFE-3). */
static bool has_long_name(const char *path)
{
    while (*path) {
        size_t n = strcspn(path, "/");
        if (n > NAME_MAX)
            return true;
        path += n + (path[n] == '/');
    }
    return false;
}

/* The base with its parents; each that is made is flushed into the one above. */
static bool make_base(job *j, const char *base)
{
    if (has_long_name(base)) {
        errno = ENAMETOOLONG;
        return not_written(j);
    }
    char *at = must_copy(base);
    bool ok = true;
    for (char *c = at + 1; ok && at[0]; c++) {
        if (*c != '/' && *c != '\0')
            continue;
        bool last = *c == '\0';
        *c = '\0';
        if (mkdir(at, 0777) == 0) {
            char *slash = strrchr(at, '/');
            char *parent = must_copy(slash == at ? "/" : slash ? at : ".");
            if (slash && slash != at)
                parent[slash - at] = '\0';
            int fd = store_open_directory(AT_FDCWD, parent, true);
            ok = fd < 0 || flush(j, fd);    /* SAFE-15: one that cannot be opened is skipped */
            store_close(fd);
            free(parent);
        } else if (errno != EEXIST && errno != EISDIR && errno != EROFS
                   && errno != EACCES && errno != EPERM) {
            ok = false;             /* those that are there may answer with any of these */
        }
        if (last)
            break;
        *c = '/';
    }
    int saved = errno;
    free(at);
    errno = saved;
    if (!ok)
        rckp_fail_sys(j->e, errno == ENOTDIR || errno == ENOENT    /* a link leads nowhere */
                            ? "not-a-directory" : "not-written", errno);
    return ok;
}

static bool open_base(job *j, const char *base, int *fd)
{
    struct stat st;
    *fd = store_open_directory(AT_FDCWD, base, true);
    if (*fd < 0 && errno == ENOENT) {
        if (!make_base(j, base))
            return false;
        *fd = store_open_directory(AT_FDCWD, base, true);
    }
    if (*fd >= 0)
        return true;
    int saved = errno;              /* a link that leads nowhere is there, but no directory */
    bool dangling = saved == ENOENT && lstat(base, &st) == 0;
    errno = saved;
    if (saved == ENOTDIR || dangling)
        return rckp_fail_sys(j->e, "not-a-directory", saved);
    return not_written(j);
}

static int enter(job *j, int at, const char *name)
{
    if (mkdirat(at, name, 0777) != 0 && errno != EEXIST) {
        not_written(j);
        return -1;
    }
    int fd = store_open_directory(at, name, false);
    if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
        rckp_fail_sys(j->e, "not-a-directory", errno);
    else if (fd < 0)
        not_written(j);
    return fd;
}

/* The directory above the base; one that cannot be opened is skipped (SAFE-15). */
static bool flush_above_base(job *j, const char *base)
{
    char *above = must_copy(base);
    size_t n = strlen(above);
    while (n > 1 && above[n - 1] == '/')
        above[--n] = '\0';
    char *slash = strrchr(above, '/');
    if (slash)
        slash[slash == above] = '\0';
    int fd = store_open_directory(AT_FDCWD, slash ? above : ".", true);
    bool ok = fd < 0 || flush(j, fd);
    int saved = errno;
    store_close(fd);
    free(above);
    errno = saved;
    return ok;
}

/* The directories above are flushed also if they existed: whoever created them may have been
   killed before it could flush them (SAFE-15). Nothing here outlives a call, so that each
   write is the first. */
static bool enter_scope(job *j, const char *base)
{
    int base_fd;
    if (!open_base(j, base, &base_fd))
        return false;
    int alg = enter(j, base_fd, j->alg);
    j->directory = alg < 0 ? -1 : enter(j, alg, j->prob);
    if (j->directory >= 0 && j->durability == DURABLE_FULL
        && !(flush(j, alg) && flush(j, base_fd) && flush_above_base(j, base))) {
        not_written(j);
        store_close(j->directory);
        j->directory = -1;
    }
    store_close(alg);
    store_close(base_fd);
    return j->directory >= 0;
}

/* ---- what has the name (SAFE-8 to SAFE-10) ------------------------------------------ */

typedef enum { NOTHING, OURS, ANOTHER_RUN, DIRECTORY, ANYTHING, UNKNOWN } verdict;

static bool after_run_id(const void *self, int field, const rckp_record *r)
{
    (void)self, (void)r;
    return field == F_RUN_ID;
}

static verdict judge(const job *j, struct stat *st)
{
    int fd;
    rckp_record r;
    rckp_error e;
    if (fstatat(j->directory, j->name, st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? NOTHING : UNKNOWN;
    if (S_ISDIR(st->st_mode))
        return DIRECTORY;
    if (!S_ISREG(st->st_mode))
        return ANYTHING;
    if (!store_open_file(j->directory, j->name, false, &fd, st, &e)) {
        if (strcmp(e.code, "missing") == 0)
            return NOTHING;             /* gone in the meantime */
        return strcmp(e.code, "not-a-file") == 0 ? ANYTHING : UNKNOWN;
    }
    if (st->st_size == 0) {
        store_close(fd);
        return OURS;
    }
    verdict v = ANYTHING;
    int decoded = store_decode(fd, st, after_run_id, NULL, &r, &e);
    if (decoded == RCKP_BROKEN)
        v = UNKNOWN;                    /* a failure to read is no fault of the file */
    if (decoded == RCKP_STOPPED) {
        v = rckp_equal(r.run_id, j->record->run_id) ? OURS : ANOTHER_RUN;
        rckp_record_free(&r);
    }
    store_close(fd);
    return v;
}

/* ---- the temporary file ------------------------------------------------------------- */

static bool is_temporary(const char *name)
{
    size_t n = strlen(name), s = sizeof TEMPORARY_START - 1, t = sizeof TEMPORARY_END - 1;
    return n == s + 16 + t && memcmp(name, TEMPORARY_START, s) == 0     /* SAFE-17 */
        && strspn(name + s, "0123456789abcdef") == 16
        && memcmp(name + n - t, TEMPORARY_END, t) == 0;
}

/* SAFE-7: while the lock is held, no living writer of this kind has one here. */
static void remove_left_behind(int directory, bool held)
{
    enum { DAY = 86400 };
    struct dirent *entry;
    struct stat st;
    int fd = store_open_directory(directory, ".", false);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        store_close(fd);
        return;
    }
    while ((entry = readdir(d)) != NULL)
        if (is_temporary(entry->d_name)
            && fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG(st.st_mode) && (held || time(NULL) - st.st_mtime > DAY))
            unlinkat(directory, entry->d_name, 0);
    closedir(d);
}

static bool write_all(int fd, const unsigned char *data, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, data, n > (1u << 30) ? 1u << 30 : n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return false;
        data += w;
        n -= (size_t)w;
    }
    return true;
}

static bool not_permitted(void)
{
    return errno == EPERM || errno == EACCES || errno == EINVAL || errno == ENOSYS
        || errno == ENOTSUP;
}

/* Group, permissions and owner of another file, in this order (SAFE-16), through the
   descriptor: another file may have the temporary name by now (SAFE-18). Without the group,
   both the group and others get what both had. */
static bool inherit(const job *j, const struct stat *old)
{
    struct stat own;
    int fd = j->temporary_fd;
    mode_t mode = old->st_mode & 0777;
    bool kept = true;
    if (fstat(fd, &own) != 0)
        return false;
    if (own.st_gid != old->st_gid && fchown(fd, (uid_t)-1, old->st_gid) != 0) {
        if (!not_permitted())
            return false;
        mode_t both = mode >> 3 & mode & 07;
        mode = (mode & 0700) | both << 3 | both;
        kept = false;
    }
    if ((own.st_mode & 0777) != mode && fchmod(fd, mode) != 0)
        return false;
    if (own.st_uid != old->st_uid && fchown(fd, old->st_uid, (gid_t)-1) != 0) {
        if (!not_permitted())
            return false;
        kept = false;
    }
    if (!kept)
        fprintf(stderr, "rckp: owner or group of a checkpoint could not be kept\n");
    return true;
}

/* Some file systems report a full disk only when a descriptor is closed. */
static bool check_close(int fd)
{
    int copy = dup(fd);
    return copy >= 0 && close(copy) == 0;
}

static bool write_temporary(job *j)
{
    struct stat st, there;
    mode_t mode = 0666;                 /* never more open than what it will replace */
    if (fstatat(j->directory, j->name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
        mode &= there.st_mode | 0200;
        if (S_ISREG(there.st_mode))     /* nothing for a group that it does not have yet */
            mode &= 0700;
    }
    if (!temporary_name(j->temporary, sizeof j->temporary)) {
        j->temporary[0] = '\0';
        return not_written(j);
    }
    int fd = openat(j->directory, j->temporary,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        j->temporary[0] = '\0';
        return not_written(j);
    }
    bool ok = write_all(fd, j->data, j->size);
    if (ok && (fstat(fd, &st) != 0 || (uint64_t)st.st_size != j->size)) {
        errno = EIO;
        ok = false;
    }
    j->temporary_fd = fd;               /* open until it is published: SAFE-18 */
    if (ok && judge(j, &there) == OURS)
        ok = inherit(j, &there);
    if (ok)                             /* SAFE-14: once */
        ok = j->durability == DURABLE_NONE ? check_close(fd) : store_flush_file(fd) == 0;
    return ok || not_written(j);
}

/* SAFE-10: by a second name first, so that the first is never without a file. */
static bool keep(job *j)
{
    char tail[64], kept[NAME_MAX + 1];
    unique_name(tail, sizeof tail, ".kept-", "");
    int room = (int)(NAME_MAX - strlen(tail));
    snprintf(kept, sizeof kept, "%.*s%s", room, j->name, tail);
    if (linkat(j->directory, j->name, j->directory, kept, 0) == 0)
        strcpy(j->kept, kept);          /* to be removed if the write fails (SAFE-12) */
    else if (errno == EEXIST || errno == ENOENT
             || renameat(j->directory, j->name, j->directory, kept) != 0)
        return false;
    /* or a power cut may take this name, and leave that of the checkpoint */
    return j->durability == DURABLE_NONE || store_flush_directory(j->directory);
}

/* 1: yes, 0: no, -1: errno says why it cannot be known. */
static int leads_here(const job *j, const char *name)
{
    struct stat named, own;
    if (fstat(j->temporary_fd, &own) != 0)
        return -1;
    if (fstatat(j->directory, name, &named, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -1;
    return named.st_dev == own.st_dev && named.st_ino == own.st_ino;
}

static bool is_own(const job *j)                                        /* SAFE-18 */
{
    int leads = leads_here(j, j->temporary);
    if (leads == 0)
        errno = ESTALE;
    return leads == 1;
}

/* Without the lock, another writer of this run may have replaced it, or somebody removed it.
   If the name cannot be looked up, *late: a step after publication failed (SAFE-13). */
static bool is_published(const job *j, bool *late)                      /* SAFE-18 */
{
    struct stat st;
    int leads = leads_here(j, j->name);
    if (leads < 0)
        *late = true;
    if (leads != 0)
        return true;
    if (!j->locked) {
        verdict v = judge(j, &st);
        if (v == UNKNOWN)
            *late = true;
        if (v == NOTHING || v == OURS || v == UNKNOWN)
            return true;
    }
    if (fstatat(j->directory, j->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
        unlinkat(j->directory, j->name, 0);
    errno = ESTALE;
    return false;
}

static bool rename_temporary(job *j)
{
    if (!is_own(j))
        return false;
    if (renameat(j->directory, j->temporary, j->directory, j->name) != 0)
        return false;
    j->kept[0] = '\0';                  /* the only name now of what was in the way */
    return true;
}

/* 1: in its place, 0: judge again, -1: failed. *late: the name is there, but a step after
   it failed (SAFE-13). */
static int place_once(job *j, bool *late)
{
    struct stat st;
    switch (judge(j, &st)) {
    case NOTHING:
        if (!is_own(j))
            break;
        if (linkat(j->directory, j->temporary, j->directory, j->name, 0) == 0) {
            *late = unlinkat(j->directory, j->temporary, 0) != 0;
            return 1;
        }
        if (errno == EEXIST)
            return 0;
        if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK)
            break;
        if (rename_temporary(j))                    /* no links on this file system */
            return 1;
        break;
    case OURS:
        if (inherit(j, &st) && rename_temporary(j))     /* once more: it may be another one */
            return 1;
        break;
    case ANYTHING:
        if (!keep(j)) {
            if (errno == ENOENT)                    /* gone meanwhile */
                return 0;
            break;
        }
        if (rename_temporary(j))
            return 1;
        break;
    case ANOTHER_RUN:
        rckp_fail(j->e, "run-id-collision", NULL);
        return -1;
    case DIRECTORY:
        rckp_fail(j->e, "not-a-file", NULL);
        return -1;
    case UNKNOWN:
        break;
    }
    not_written(j);
    return -1;
}

static bool place(job *j)
{
    bool late = false;
    int placed;
    while ((placed = place_once(j, &late)) == 0)
        ;
    if (placed < 0)
        return false;
    if (!late)
        j->temporary[0] = '\0';
    if (!is_published(j, &late))
        return not_written(j);
    errno = EIO;
    if (!flush(j, j->directory) || late)
        return rckp_fail_sys(j->e, "durability-uncertain", errno);
    return true;
}

bool rckp_write(const char *base, const rckp_record *r, rckp_durability d, char **path,
                rckp_error *e)                                          /* SAFE-11 */
{
    job j = {.record = r, .durability = d, .directory = -1, .temporary_fd = -1, .e = e};
    *path = NULL;
    *e = (rckp_error){0};
    bool held;
    bool ok = prepare(&j, base) && enter_scope(&j, base)
           && store_lock(j.directory, &held, e);
    if (ok) {
        j.locked = held;
        remove_left_behind(j.directory, held);
        ok = write_temporary(&j) && place(&j);
    }
    if (!ok && j.temporary[0])                                          /* SAFE-12 */
        unlinkat(j.directory, j.temporary, 0);
    if (!ok && j.kept[0])
        unlinkat(j.directory, j.kept, 0);
    if (ok || (e->code && strcmp(e->code, "durability-uncertain") == 0)) {
        char *scope = join3(j.alg, "/", j.prob), *relative = join3(scope, "/", j.name);
        *path = rckp_below(base, relative);
        free(scope);
        free(relative);
    }
    store_close(j.temporary_fd);
    store_close(j.directory);                                           /* and unlocks */
    free(j.alg);
    free(j.prob);
    free(j.name);
    free(j.data);
    return ok;
}
