/* decoding.md: bytes to a record or to one fault, part by part (DEC-1), from a stream. */
#include "rckp.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 4096, FIRST_PIECE = 65536 };

typedef struct {
    rckp_source src;
    unsigned char ahead[AHEAD];         /* read but not yet taken: from..to */
    size_t from, to;
    uint64_t pos;                       /* LIM-2: 64 bits whatever size_t is */
    rckp_outcome outcome;               /* RCKP_DECODED while all is well */
    rckp_error *e;
} reader;

/* Up to n bytes, fewer only at the end of the file or when reading fails. */
static size_t get(reader *d, unsigned char *to, size_t n)
{
    size_t got = 0;
    while (got < n) {
        if (d->from < d->to) {
            size_t some = d->to - d->from < n - got ? d->to - d->from : n - got;
            memcpy(to + got, d->ahead + d->from, some);
            d->from += some;
            got += some;
            continue;
        }
        bool direct = n - got >= AHEAD;
        ssize_t r = d->src.pull(d->src.self, direct ? to + got : d->ahead,
                                direct ? n - got : AHEAD);
        if (r < 0) {
            d->outcome = RCKP_BROKEN;
            rckp_fail_sys(d->e, "unreadable", errno);
        }
        if (r <= 0)
            break;
        if (direct) {
            got += (size_t)r;
        } else {
            d->from = 0;
            d->to = (size_t)r;
        }
    }
    return got;
}

static bool fault(reader *d, const char *code, const rckp_field *f, uint64_t offset)
{
    d->outcome = RCKP_FAULTY;
    *d->e = (rckp_error){.code = code, .field = f->name, .has_offset = true,
                         .offset = offset};
    return false;
}

/* DEC-2: the offset is that of the first byte of the part. */
static bool truncated(reader *d, const rckp_field *f, uint64_t wanted, uint64_t available)
{
    if (d->outcome == RCKP_BROKEN)      /* not the end of the file, but a failure */
        return false;
    fault(d, "truncated", f, d->pos);
    d->e->has_sizes = true;
    d->e->wanted = wanted;
    d->e->available = available;
    return false;
}

static bool take(reader *d, const rckp_field *f, unsigned char *to, size_t n)
{
    size_t got = get(d, to, n);
    if (got < n)
        return truncated(d, f, n, got);
    d->pos += n;
    return true;
}

static bool take_integer(reader *d, const rckp_field *f, size_t n, uint64_t *value)
{
    unsigned char b[8];
    if (!take(d, f, b, n))
        return false;
    *value = 0;
    for (size_t i = n; i-- > 0;)        /* TYPE-1: little-endian */
        *value = *value << 8 | b[i];
    return true;
}

/* LIM-1: the buffer starts small and doubles only once it is full of bytes that were read. */
static bool grow(reader *d, rckp_string *s, size_t *cap, uint64_t declared)
{
    uint64_t next = *cap ? 2 * (uint64_t)*cap : FIRST_PIECE;
    if (next > declared)
        next = declared;
    unsigned char *bigger = next > SIZE_MAX ? NULL : realloc(s->data, (size_t)next);
    if (!bigger) {
        d->outcome = RCKP_BROKEN;       /* LIM-4: never one of the six faults */
        return rckp_fail_sys(d->e, NULL, ENOMEM);
    }
    s->data = bigger;
    *cap = (size_t)next;
    return true;
}

static bool take_string(reader *d, const rckp_field *f, rckp_string *s)
{
    uint64_t declared;
    size_t cap = 0;
    if (!take_integer(d, f, 4, &declared))
        return false;
    while (s->len < declared) {
        if (s->len == cap && !grow(d, s, &cap, declared))
            return false;
        size_t got = get(d, s->data + s->len, cap - s->len);
        s->len += got;
        if (s->len < cap)
            return truncated(d, f, declared, s->len);
    }
    size_t valid = rckp_valid_up_to(s->data, s->len);
    if (valid < s->len)                 /* DEC-4, judged only when the content is complete */
        return fault(d, "invalid-utf8", f, d->pos + valid);
    d->pos += declared;
    return true;
}

static bool take_option(reader *d, const rckp_field *f, rckp_option *o)
{
    unsigned char flag;
    uint64_t at = d->pos;
    if (!take(d, f, &flag, 1))
        return false;
    if (flag > 1)                       /* DEC-5 */
        return fault(d, "invalid-option-flag", f, at);
    o->present = flag == 1;
    return flag == 0 || take_string(d, f, &o->text);
}

static bool take_status(reader *d, const rckp_field *f, rckp_status *s)
{
    unsigned char byte;
    uint64_t at = d->pos;
    if (!take(d, f, &byte, 1))
        return false;
    if (byte > 3)                       /* DEC-6 */
        return fault(d, "invalid-status", f, at);
    *s = (rckp_status)byte;
    return true;
}

static bool take_magic(reader *d, const rckp_field *f)
{
    unsigned char b[4];
    if (!take(d, f, b, 4))
        return false;
    return memcmp(b, rckp_magic, 4) == 0 || fault(d, "bad-magic", f, 0);    /* DEC-3 */
}

static bool take_end(reader *d, const rckp_field *f)
{
    unsigned char b;
    if (get(d, &b, 1) == 1)
        return fault(d, "trailing-bytes", f, d->pos);                       /* DEC-7 */
    return d->outcome == RCKP_DECODED;
}

static bool take_field(reader *d, const rckp_field *f, rckp_record *r)
{
    void *at = (char *)r + f->at;
    switch (f->type) {
    case T_MAGIC:  return take_magic(d, f);
    case T_U64:    return take_integer(d, f, 8, at);
    case T_STRING: return take_string(d, f, at);
    case T_OPTION: return take_option(d, f, at);
    case T_STATUS: return take_status(d, f, at);
    case T_END:    return take_end(d, f);
    }
    return false;
}

rckp_outcome rckp_decode_from(rckp_source src, rckp_stop stop, const void *stop_self,
                              rckp_record *r, rckp_error *e)
{
    reader d = {.src = src, .outcome = RCKP_DECODED, .e = e};
    *r = (rckp_record){0};
    for (int f = 0; f < RCKP_FIELDS; f++) {
        if (!take_field(&d, &rckp_layout[f], r)) {
            rckp_record_free(r);        /* DEC-8 */
            return d.outcome;
        }
        if (stop && f != F_END && stop(stop_self, f, r))
            return RCKP_STOPPED;
    }
    return RCKP_DECODED;
}

typedef struct { const unsigned char *at; size_t left; } memory;

static ssize_t pull_memory(void *self, unsigned char *to, size_t n)
{
    memory *m = self;
    size_t some = n < m->left ? n : m->left;
    if (some)
        memcpy(to, m->at, some);
    m->at += some;
    m->left -= some;
    return (ssize_t)some;
}

bool rckp_decode(const unsigned char *file, size_t n, rckp_record *r, rckp_error *e)
{
    memory m = {file, n};
    return rckp_decode_from((rckp_source){pull_memory, &m}, NULL, NULL, r, e)
        == RCKP_DECODED;
}
