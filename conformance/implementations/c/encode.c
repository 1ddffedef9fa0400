/* encoding.md: a record to bytes, or to one error before any byte is made (ENC-7). */
#include "rckp.h"
#include <stdlib.h>
#include <string.h>

/* ENC-5, ENC-6: surrogates (here: anything but UTF-8) first, then the length (ENC-8). */
static bool check_text(rckp_string s, const char *field, rckp_error *e)
{
    if (rckp_valid_up_to(s.data, s.len) < s.len)
        return rckp_fail(e, "lone-surrogate", field);
    if ((uint64_t)s.len > UINT32_MAX)
        return rckp_fail(e, "string-too-long", field);
    return true;
}

/* ENC-3: a decimal integer of any size and sign to 64 bits. */
static bool to_u64(rckp_string digits, uint64_t *value)
{
    size_t i = digits.len > 0 && digits.data[0] == '-' ? 1 : 0;
    bool negative = i == 1;
    *value = 0;
    for (; i < digits.len; i++) {
        unsigned digit = (unsigned)(digits.data[i] - '0');
        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return !negative || *value == 0;
}

/* ENC-4, then range, surrogates, length (ENC-8). */
static bool convert(const rckp_field *f, const rckp_loose *v, void *at, rckp_error *e)
{
    switch (f->type) {
    case T_U64:
        if (v->kind != L_INTEGER)
            break;
        return to_u64(v->text, at) || rckp_fail(e, "integer-out-of-range", f->name);
    case T_STRING:
        if (v->kind != L_TEXT)
            break;
        *(rckp_string *)at = v->text;
        return check_text(v->text, f->name, e);
    case T_OPTION:
        if (v->kind == L_ABSENT)
            return true;
        if (v->kind != L_TEXT)
            break;
        *(rckp_option *)at = (rckp_option){true, v->text};
        return check_text(v->text, f->name, e);
    case T_STATUS:
        if (v->kind != L_STATUS)
            break;
        *(rckp_status *)at = v->status;
        return true;
    default:
        return true;
    }
    return rckp_fail(e, "wrong-type", f->name);
}

bool rckp_from_loose(const rckp_loose loose[RCKP_FIELDS], const char *unknown,
                     rckp_record *r, rckp_error *e)
{
    *r = (rckp_record){0};
    for (int f = F_CREATED; f < F_END; f++)     /* ENC-8: missing, unknown, then the rest */
        if (loose[f].kind == L_MISSING)
            return rckp_fail(e, "wrong-type", rckp_layout[f].name);
    if (unknown)
        return rckp_fail(e, "wrong-type", unknown);
    for (int f = F_CREATED; f < F_END; f++)
        if (!convert(&rckp_layout[f], &loose[f], (char *)r + rckp_layout[f].at, e))
            return false;
    return true;
}

static bool check(const rckp_field *f, const void *at, uint64_t *size, rckp_error *e)
{
    const rckp_option *o = at;
    const rckp_string *s = at;
    switch (f->type) {
    case T_MAGIC:
        *size += 4;
        return true;
    case T_U64:
        *size += 8;
        return true;
    case T_STRING:
        *size += 4 + (uint64_t)s->len;
        return check_text(*s, f->name, e);
    case T_OPTION:
        *size += o->present ? 5 + (uint64_t)o->text.len : 1;
        return !o->present || check_text(o->text, f->name, e);
    case T_STATUS:
        *size += 1;
        if ((unsigned)*(const rckp_status *)at > 3)
            return rckp_fail(e, "wrong-type", f->name);
        return true;
    case T_END:
        break;
    }
    return true;
}

static unsigned char *add_integer(unsigned char *out, uint64_t value, int n)
{
    for (; n > 0; n--, value >>= 8)             /* TYPE-1 */
        *out++ = value & 0xFF;
    return out;
}

static unsigned char *add_string(unsigned char *out, rckp_string s)
{
    out = add_integer(out, s.len, 4);
    if (s.len)
        memcpy(out, s.data, s.len);
    return out + s.len;
}

static unsigned char *add_field(unsigned char *out, const rckp_field *f, const void *at)
{
    const rckp_option *o = at;
    switch (f->type) {
    case T_MAGIC:
        memcpy(out, rckp_magic, 4);
        return out + 4;
    case T_U64:
        return add_integer(out, *(const uint64_t *)at, 8);
    case T_STRING:
        return add_string(out, *(const rckp_string *)at);
    case T_OPTION:                              /* ENC-2 */
        *out++ = o->present;
        return o->present ? add_string(out, o->text) : out;
    case T_STATUS:
        *out++ = (unsigned char)*(const rckp_status *)at;
        return out;
    case T_END:
        break;
    }
    return out;
}

bool rckp_encode(const rckp_record *r, unsigned char **out, size_t *n, rckp_error *e)
{
    uint64_t size = 0;
    *out = NULL;
    *n = 0;
    for (int f = 0; f < RCKP_FIELDS; f++)
        if (!check(&rckp_layout[f], (const char *)r + rckp_layout[f].at, &size, e))
            return false;
    unsigned char *to = size > SIZE_MAX ? NULL : malloc((size_t)size);
    if (!to)
        return rckp_fail(e, NULL, NULL);
    *out = to;
    *n = (size_t)size;
    for (int f = 0; f < RCKP_FIELDS; f++)
        to = add_field(to, &rckp_layout[f], (const char *)r + rckp_layout[f].at);
    return true;
}
