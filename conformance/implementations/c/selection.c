/* selection.md: what a run can resume from, in which order, and which one. */
#include "store.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct { rckp_string algorithm_name; uint64_t algorithm, problem; } wanted;

/* SEL-1, SEL-2 on the fields that have been read; STORE-22: stops at the first misfit. */
static bool misfit(const void *self, int field, const rckp_record *r)
{
    const wanted *w = self;
    return (field == F_ALGORITHM && !rckp_equal(r->algorithm_name, w->algorithm_name))
        || (field == F_ALG_HASH && r->algorithm_signature_hash != w->algorithm)
        || (field == F_PROB_HASH && r->problem_signature_hash != w->problem);
}

static rckp_outcome look(int base_fd, const char *relative, const wanted *w, rckp_record *r,
                         rckp_error *e)
{
    const char *name;
    int fd;
    struct stat st;
    rckp_outcome o = RCKP_BROKEN;
    *r = (rckp_record){0};
    int directory = store_descend(base_fd, relative, &name);
    if (directory < 0) {
        rckp_fail_sys(e, errno == ENOENT ? "missing" : "unreadable", errno);
        return o;
    }
    if (store_open_file(directory, name, false, &fd, &st, e)) {
        o = store_decode(fd, &st, misfit, w, r, e);
        store_close(fd);
    }
    store_close(directory);
    return o;
}

static int by_age(const void *a, const void *b)                         /* SEL-4 */
{
    const rckp_entry *x = a, *y = b;
    int c = rckp_compare_timestamps(x->record.run_id, y->record.run_id);
    if (c == 0)
        c = rckp_compare(x->record.run_id, y->record.run_id);
    if (c == 0)                             /* the files come in the order of STORE-5 */
        c = x->order < y->order ? -1 : 1;
    return c;
}

static void add(rckp_found *f, char *path, rckp_record r)
{
    f->item = must_alloc(f->item, (f->count + 1) * sizeof *f->item);
    f->item[f->count] = (rckp_entry){path, r, f->count};
    f->count++;
}

/* unread: the first error that may hide a checkpoint, 0 if there is none (SEL-8). */
static bool resumable(const char *base, const rckp_identity *id, rckp_found *found,
                      strings *reported, int *unread, rckp_error *e)
{
    wanted w = {.algorithm_name = id->algorithm_name};
    strings files = {0};
    int base_fd;
    *found = (rckp_found){0};
    if (!rckp_signature_hashes(id, &w.algorithm, &w.problem, e))
        return false;
    if (!store_list(base, &files, reported, unread, e) || !store_open_base(base, &base_fd, e)) {
        strings_free(&files);
        return false;                   /* with the store's code (STORE-6), see SEL-8 below */
    }
    for (size_t i = 0; i < files.count; i++) {
        rckp_record r;
        rckp_error why = {0};
        rckp_outcome o = look(base_fd, files.item[i], &w, &r, &why);
        if (o == RCKP_DECODED && r.status != RCKP_COMPLETED) {
            add(found, must_copy(files.item[i]), r);
            continue;
        }
        bool gone = why.code && strcmp(why.code, "missing") == 0;
        if (o == RCKP_FAULTY || (o == RCKP_BROKEN && !gone))            /* STORE-8 */
            strings_add(reported, must_copy(files.item[i]));
        if (o == RCKP_BROKEN && !*unread && store_hides(why.sys))
            *unread = why.sys;
        rckp_record_free(&r);
    }
    if (found->count)
        qsort(found->item, found->count, sizeof *found->item, by_age);
    store_close(base_fd);
    strings_free(&files);
    return true;
}

bool rckp_resumable(const char *base, const rckp_identity *id, rckp_found *found,
                    strings *reported, rckp_error *e)
{
    int unread;
    return resumable(base, id, found, reported, &unread, e);
}

void rckp_found_free(rckp_found *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->item[i].path);
        rckp_record_free(&f->item[i].record);
    }
    free(f->item);
    *f = (rckp_found){0};
}

/* ---- the answer of a person (SEL-10) ------------------------------------------------ */

static const char *const white_space[] = {      /* the property White_Space, in UTF-8 */
    "\t", "\n", "\v", "\f", "\r", " ", "\xC2\x85", "\xC2\xA0", "\xE1\x9A\x80",
    "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84",
    "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89",
    "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
    "\xE3\x80\x80",
};

/* The length of the white space character at the start, or at the end; 0 if none. */
static size_t space_at(rckp_string s, bool end)
{
    for (size_t i = 0; i < sizeof white_space / sizeof *white_space; i++) {
        size_t n = strlen(white_space[i]);
        if (n <= s.len && memcmp(end ? s.data + s.len - n : s.data, white_space[i], n) == 0)
            return n;
    }
    return 0;
}

static rckp_string trimmed(rckp_string s)
{
    size_t n;
    while ((n = space_at(s, false)) > 0)
        s = (rckp_string){s.data + n, s.len - n};
    while ((n = space_at(s, true)) > 0)
        s.len -= n;
    return s;
}

bool rckp_choose(const rckp_found *found, const rckp_string *answer, size_t *index,
                 rckp_error *e)
{
    *index = 0;
    if (!answer)
        return rckp_fail(e, "invalid-index", NULL);
    rckp_string s = trimmed(*answer);
    size_t i = s.len > 0 && s.data[0] == '+';
    uint64_t n = 0;
    if (i == s.len)
        return rckp_fail(e, "invalid-index", NULL);
    for (; i < s.len; i++) {
        unsigned digit = (unsigned)s.data[i] - '0';
        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return rckp_fail(e, "invalid-index", NULL);
        n = n * 10 + digit;
    }
    if (n > found->count)
        return rckp_fail(e, "index-out-of-range", NULL);
    *index = (size_t)n;
    return true;
}

bool rckp_named(void *self, const rckp_found *found, size_t *index, rckp_error *e)
{
    const rckp_string *run_id = self;
    for (*index = found->count; *index; --*index)
        if (rckp_equal(found->item[*index - 1].record.run_id, *run_id))
            return true;
    return rckp_fail(e, "no-such-run", NULL);
}

static bool choose_one(const rckp_found *found, rckp_ask ask, void *self, size_t *index,
                       rckp_error *e)
{
    *index = found->count;
    if (found->count < 2 && ask != rckp_named)                          /* SEL-5 */
        return true;
    if (!ask)                                                           /* SEL-7 */
        return rckp_fail(e, "choice-needed", NULL);
    return ask(self, found, index, e);                                  /* SEL-6 */
}

bool rckp_select(const char *base, const rckp_identity *id, rckp_ask ask, void *self,
                 char **path, strings *reported, rckp_error *e)
{
    rckp_found found;
    size_t index = 0;
    int unread;
    *path = NULL;
    if (!resumable(base, id, &found, reported, &unread, e)) {
        if (!e->field)                  /* SEL-8; a text that is none keeps its own code */
            rckp_fail_sys(e, "listing-failed", e->sys);
        return false;
    }
    if (found.count == 0 && unread)                                     /* SEL-8 */
        return rckp_fail_sys(e, "listing-failed", unread);
    bool ok = choose_one(&found, ask, self, &index, e);
    if (ok && index)
        *path = rckp_below(base, found.item[index - 1].path);
    rckp_found_free(&found);
    return ok;
}
