/* protocol.md: questions from standard input, answers to standard output. Nothing here
   judges; everything is asked of the functions in rckp.h. */
#include "json.h"
#include "rckp.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers ------------------------------------------------------------------------ */

typedef struct {
    const json *q;
    buffer out;
    buffer scratch[64];             /* decoded values of this question, freed after it */
    size_t used;
} ask;

static void key(ask *a, const char *name)
{
    put_text(&a->out, ",");
    json_string(&a->out, name, strlen(name));
    put_text(&a->out, ":");
}

static void begin(ask *a, const char *type)
{
    const json *id = json_get(a->q, "id");
    a->out.len = 0;
    put_text(&a->out, "{\"type\":");
    json_string(&a->out, type, strlen(type));
    key(a, "id");
    json_string(&a->out, id && id->text ? id->text : (unsigned char *)"", id ? id->len : 0);
}

static void say_text(ask *a, const char *name, rckp_string s)
{
    key(a, name);
    json_string(&a->out, s.data, s.len);
}

static void say_integer(ask *a, const char *name, uint64_t n)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, n);
    say_text(a, name, rckp_text(digits));
}

static void put_hex(ask *a, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *b = bytes;
    put_text(&a->out, "\"");
    for (size_t i = 0; i < n; i++) {
        char two[2] = {digits[b[i] >> 4], digits[b[i] & 15]};
        put(&a->out, two, 2);
    }
    put_text(&a->out, "\"");
}

static void say_hex(ask *a, const char *name, const char *text)
{
    key(a, name);
    put_hex(a, text, strlen(text));
}

static void say_paths(ask *a, const char *name, const char *base, const strings *s)
{
    key(a, name);
    put_text(&a->out, "[");
    for (size_t i = 0; i < s->count; i++) {
        char *path = rckp_below(base, s->item[i]);
        put_text(&a->out, i ? "," : "");
        put_hex(a, path, strlen(path));
        free(path);
    }
    put_text(&a->out, "]");
}

static void say_error(ask *a, const rckp_error *e)
{
    begin(a, "error");
    if (e->code)
        say_text(a, "code", rckp_text(e->code));
    if (e->field)
        say_text(a, "field", rckp_text(e->field));
    if (e->has_offset)
        say_integer(a, "offset", e->offset);
    if (e->has_sizes) {
        say_integer(a, "wanted", e->wanted);
        say_integer(a, "available", e->available);
    }
}

static void unsupported(ask *a, const char *reason)
{
    begin(a, "unsupported");
    say_text(a, "reason", rckp_text(reason));
}

static void say_option(ask *a, const char *name, const rckp_option *o)
{
    if (o->present) {
        say_text(a, name, o->text);
    } else {
        key(a, name);
        put_text(&a->out, "null");
    }
}

static void say_record(ask *a, const rckp_record *r)
{
    key(a, "record");
    size_t brace = a->out.len;
    for (int f = F_CREATED; f < F_END; f++) {
        const rckp_field *field = &rckp_layout[f];
        const void *at = (const char *)r + field->at;
        if (field->type == T_U64)
            say_integer(a, field->name, *(const uint64_t *)at);
        else if (field->type == T_STRING)
            say_text(a, field->name, *(const rckp_string *)at);
        else if (field->type == T_OPTION)
            say_option(a, field->name, at);
        else
            say_text(a, field->name,
                     rckp_text(rckp_status_names[*(const rckp_status *)at]));
    }
    a->out.data[brace] = '{';               /* instead of the first comma */
    put_text(&a->out, "}");
}

/* ---- questions ---------------------------------------------------------------------- */

static rckp_string text_of(const json *j)
{
    return (rckp_string){j->text, j->len};
}

static buffer *scratch(ask *a)
{
    return a->used < 64 ? &a->scratch[a->used++] : NULL;
}

static int nibble(unsigned char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unhex(ask *a, const json *j, rckp_string *s)
{
    buffer *b = scratch(a);
    if (!b || !j || j->type != J_STRING || j->len % 2)
        return false;
    for (size_t i = 0; i < j->len; i += 2) {
        int high = nibble(j->text[i]), low = nibble(j->text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        unsigned char c = (unsigned char)(high << 4 | low);
        put(b, &c, 1);
    }
    put(b, "", 1);
    *s = (rckp_string){b->data, b->len - 1};
    return true;
}

/* A path: bytes without NUL. Null or missing: NULL, and *ok stays. */
static const char *path_of(ask *a, const char *name, bool *ok)
{
    rckp_string s;
    const json *j = json_get(a->q, name);
    if (!j || j->type == J_NULL)
        return NULL;
    if (!unhex(a, j, &s) || strlen((char *)s.data) != s.len) {
        *ok = false;
        return NULL;
    }
    return (char *)s.data;
}

/* UTF-16 to the bytes that a careless C program would have: pairs joined, single
   surrogates encoded as they are, so that the implementation has something to refuse. */
static bool utf16(ask *a, const json *j, rckp_string *s)
{
    rckp_string u;
    buffer *out = scratch(a);
    if (!out || !unhex(a, j, &u) || u.len % 2)
        return false;
    for (size_t i = 0; i < u.len; i += 2) {
        uint32_t c = (uint32_t)u.data[i] << 8 | u.data[i + 1], low = 0;
        if (i + 3 < u.len)
            low = (uint32_t)u.data[i + 2] << 8 | u.data[i + 3];
        if (c >= 0xD800 && c <= 0xDBFF && low >= 0xDC00 && low <= 0xDFFF) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        }
        unsigned char b[4] = {(unsigned char)(0xF0 | c >> 18), 0x80 | (c >> 12 & 0x3F),
                              0x80 | (c >> 6 & 0x3F), 0x80 | (c & 0x3F)};
        if (c >= 0x10000) {
            put(out, b, 4);
        } else if (c >= 0x800) {
            b[1] = (unsigned char)(0xE0 | c >> 12);
            put(out, b + 1, 3);
        } else if (c >= 0x80) {
            b[2] = (unsigned char)(0xC0 | c >> 6);
            put(out, b + 2, 2);
        } else {
            b[0] = (unsigned char)c;
            put(out, b, 1);
        }
    }
    *s = (rckp_string){out->data, out->len};
    return true;
}

static bool is_decimal(rckp_string s)
{
    size_t i = s.len > 0 && s.data[0] == '-';
    if (i == s.len)
        return false;
    for (; i < s.len; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    return true;
}

/* "Records with wrong values". */
static bool loose_of(ask *a, const rckp_field *f, const json *v, rckp_loose *l)
{
    if (v->type == J_NULL) {
        l->kind = L_ABSENT;
        return true;
    }
    if (v->type == J_STRING) {
        l->text = text_of(v);
        l->kind = L_TEXT;
        if (f->type == T_U64 && is_decimal(l->text))
            l->kind = L_INTEGER;
        for (int s = 0; f->type == T_STATUS && s < 4; s++)
            if (rckp_equal(l->text, rckp_text(rckp_status_names[s]))) {
                l->kind = L_STATUS;
                l->status = (rckp_status)s;
            }
        return true;
    }
    if (v->type != J_OBJECT || !v->child || v->child->type != J_STRING)
        return false;
    static const struct { const char *name; rckp_kind kind; } kinds[] = {
        {"boolean", L_BOOLEAN}, {"float", L_FLOAT}, {"integer", L_INTEGER},
        {"text", L_TEXT}, {"bytes", L_BYTES},
    };
    l->text = text_of(v->child);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp((char *)v->child->key, kinds[i].name) == 0) {
            l->kind = kinds[i].kind;
            return l->kind != L_INTEGER || is_decimal(l->text);
        }
    l->kind = L_TEXT;
    return strcmp((char *)v->child->key, "utf16") == 0 && utf16(a, v->child, &l->text);
}

static const rckp_field *field_named(const json *m)
{
    for (int f = F_CREATED; f < F_END; f++)
        if (rckp_equal((rckp_string){m->key, m->key_len}, rckp_text(rckp_layout[f].name)))
            return &rckp_layout[f];
    return NULL;
}

/* 1: a record; 0: refused; -1: the question cannot be understood. */
static int record_of(ask *a, rckp_record *r, rckp_error *e)
{
    const json *j = json_get(a->q, "record");
    rckp_loose loose[RCKP_FIELDS] = {{L_MISSING, {NULL, 0}, RCKP_RUNNING}};
    const char *unknown = NULL;
    if (!j || j->type != J_OBJECT)
        return -1;
    for (const json *m = j->child; m; m = m->next) {
        const rckp_field *f = field_named(m);
        if (!f)
            unknown = unknown ? unknown : (char *)m->key;
        else if (!loose_of(a, f, m, &loose[f - rckp_layout]))
            return -1;
    }
    return rckp_from_loose(loose, unknown, r, e);
}

static bool identity_of(ask *a, rckp_identity *id)
{
    static const char *const names[] = {"algorithm_name", "algorithm_parameters",
                                        "problem_description", "problem_parameters"};
    rckp_string *to[] = {&id->algorithm_name, &id->algorithm_parameters,
                         &id->problem_description, &id->problem_parameters};
    for (int i = 0; i < 4; i++) {
        const json *j = json_get(a->q, names[i]);
        if (j && j->type == J_STRING)
            *to[i] = text_of(j);
        else if (!j || !utf16(a, json_get(j, "utf16"), to[i]))
            return false;
    }
    return true;
}

/* Saturating: *beyond is set where 64 bits do not suffice. */
static bool integer_of(ask *a, const char *name, uint64_t *n, bool *beyond)
{
    const json *j = json_get(a->q, name);
    *n = 0;
    *beyond = false;
    if (!j || j->type != J_STRING || !is_decimal(text_of(j)))
        return false;
    for (size_t i = 0; i < j->len; i++) {
        unsigned digit = (unsigned)j->text[i] - '0';
        if (digit > 9)
            return false;
        if (*n > (UINT64_MAX - digit) / 10)
            *beyond = true;
        *n = *beyond ? UINT64_MAX : *n * 10 + digit;
    }
    return true;
}

/* ---- one function for each op; false: the question lacks something -------------------- */

static bool do_decode(ask *a)
{
    rckp_string bytes;
    rckp_record r;
    rckp_error e;
    if (!unhex(a, json_get(a->q, "bytes"), &bytes))
        return false;
    if (!rckp_decode(bytes.data, bytes.len, &r, &e)) {
        say_error(a, &e);
        return true;
    }
    begin(a, "ok");
    say_record(a, &r);
    rckp_record_free(&r);
    return true;
}

static bool do_encode(ask *a)
{
    rckp_record r;
    rckp_error e = {0};
    unsigned char *bytes = NULL;
    size_t n;
    int got = record_of(a, &r, &e);
    if (got < 0)
        return false;
    if (got == 0 || !rckp_encode(&r, &bytes, &n, &e)) {
        say_error(a, &e);
        return true;
    }
    begin(a, "ok");
    key(a, "bytes");
    put_hex(a, bytes, n);
    free(bytes);
    return true;
}

static bool do_hashes(ask *a)
{
    rckp_identity id;
    rckp_error e;
    uint64_t alg, prob;
    if (!identity_of(a, &id))
        return false;
    if (!rckp_signature_hashes(&id, &alg, &prob, &e)) {
        say_error(a, &e);
        return true;
    }
    begin(a, "ok");
    say_integer(a, "algorithm_signature_hash", alg);
    say_integer(a, "problem_signature_hash", prob);
    return true;
}

static bool do_timestamp(ask *a)
{
    const json *id = json_get(a->q, "run_id");
    rckp_string digits;
    if (!id || id->type != J_STRING)
        return false;
    rckp_option o = {.present = rckp_timestamp(text_of(id), &digits), .text = digits};
    begin(a, "ok");
    say_option(a, "timestamp", &o);
    return true;
}

static bool do_file_name(ask *a)
{
    const json *id = json_get(a->q, "run_id");
    char *name;
    rckp_error e;
    if (!id || id->type != J_STRING)
        return false;
    if (!rckp_file_name(text_of(id), &name, &e)) {
        say_error(a, &e);
        return true;
    }
    begin(a, "ok");
    say_hex(a, "name", name);
    free(name);
    return true;
}

static bool do_scope(ask *a)
{
    const json *name = json_get(a->q, "algorithm_name");
    const json *problem = json_get(a->q, "problem_description");
    uint64_t ha, hp;
    bool beyond_a, beyond_p;
    char *alg, *prob;
    rckp_error e;
    if (!name || name->type != J_STRING || !problem || problem->type != J_STRING
        || !integer_of(a, "algorithm_signature_hash", &ha, &beyond_a)
        || !integer_of(a, "problem_signature_hash", &hp, &beyond_p) || beyond_a || beyond_p)
        return false;
    if (!rckp_scope(text_of(name), text_of(problem), ha, hp, &alg, &prob, &e)) {
        say_error(a, &e);
        return true;
    }
    char *path = join3(alg, "/", prob);
    begin(a, "ok");
    say_hex(a, "path", path);
    free(path);
    free(alg);
    free(prob);
    return true;
}

static const char *get_variable(const void *self, const char *name)
{
    const json *v = json_get(self, name);
    return v && v->type == J_STRING ? (char *)v->text : NULL;
}

static bool do_base_dir(ask *a)
{
    static const char *const systems[] = {"linux", "macos", "windows", "other"};
    const json *system = json_get(a->q, "system");
    bool ok = true;
    const char *explicit_dir = path_of(a, "explicit", &ok);
    const char *project = path_of(a, "project", &ok);
    int s = 0;
    while (s < 4 && (!system || system->type != J_STRING
                     || strcmp((char *)system->text, systems[s]) != 0))
        s++;
    if (!ok || s == 4)
        return false;
    char *path = rckp_base_dir((rckp_system)s, explicit_dir, project, get_variable,
                               json_get(a->q, "environment"));
    begin(a, "ok");
    say_hex(a, "path", path);
    free(path);
    return true;
}

static bool do_files(ask *a)
{
    bool ok = true;
    const char *base = path_of(a, "base", &ok);
    strings files = {0}, reported = {0};
    rckp_error e;
    if (!ok || !base)
        return false;
    if (rckp_files(base, &files, &reported, &e)) {
        begin(a, "ok");
        say_paths(a, "paths", base, &files);
        say_paths(a, "reported", base, &reported);
    } else {
        say_error(a, &e);
    }
    strings_free(&files);
    strings_free(&reported);
    return true;
}

static bool do_read(ask *a)
{
    bool ok = true;
    const char *path = path_of(a, "path", &ok);
    rckp_record r;
    rckp_error e;
    if (!ok || !path)
        return false;
    if (!rckp_read(path, &r, &e)) {
        say_error(a, &e);
        return true;
    }
    begin(a, "ok");
    say_record(a, &r);
    rckp_record_free(&r);
    return true;
}

static bool do_write(ask *a)
{
    bool ok = true;
    const char *base = path_of(a, "base", &ok);
    rckp_record r;
    rckp_error e = {0};
    char *path = NULL;
    int got = record_of(a, &r, &e);
    if (!ok || !base || got < 0)
        return false;
    if (got == 0 || !rckp_write(base, &r, DURABLE_FULL, &path, &e)) {
        say_error(a, &e);
    } else {
        begin(a, "ok");
        say_hex(a, "path", path);
    }
    free(path);
    return true;
}

static bool do_delete(ask *a)
{
    bool ok = true, removed;
    const char *base = path_of(a, "base", &ok), *path = path_of(a, "path", &ok);
    rckp_error e;
    if (!ok || !base || !path)
        return false;
    if (!rckp_delete(base, path, DURABLE_FULL, &removed, &e)) {
        say_error(a, &e);
        return true;
    }
    begin(a, "ok");
    key(a, "removed");
    put_text(&a->out, removed ? "true" : "false");
    return true;
}

static bool purge_with(ask *a, bool by_age)
{
    bool ok = true, beyond;
    const char *base = path_of(a, "base", &ok);
    strings failures = {0};
    uint64_t n, removed;
    rckp_error e;
    if (!ok || !base || !integer_of(a, by_age ? "age" : "before", &n, &beyond))
        return false;
    if (by_age)
        ok = rckp_purge_age(base, n, DURABLE_FULL, &removed, &failures, &e);
    else
        ok = rckp_purge(base, (rckp_time){beyond, n}, DURABLE_FULL, &removed, &failures,
                        &e);
    if (ok) {
        begin(a, "ok");
        say_integer(a, "removed", removed);
    } else {
        say_error(a, &e);
    }
    strings_free(&failures);
    return true;
}

static bool do_purge(ask *a)
{
    return purge_with(a, false);
}

static bool do_purge_age(ask *a)
{
    return purge_with(a, true);
}

static bool do_list(ask *a)
{
    bool ok = true;
    const char *base = path_of(a, "base", &ok);
    rckp_identity id;
    rckp_found found;
    strings reported = {0}, paths = {0};
    rckp_error e;
    if (!ok || !base || !identity_of(a, &id))
        return false;
    if (rckp_resumable(base, &id, &found, &reported, &e)) {
        for (size_t i = 0; i < found.count; i++)
            strings_add(&paths, must_copy(found.item[i].path));
        begin(a, "ok");
        say_paths(a, "paths", base, &paths);
        say_paths(a, "reported", base, &reported);
    } else {
        say_error(a, &e);
    }
    rckp_found_free(&found);
    strings_free(&reported);
    strings_free(&paths);
    return true;
}

/* The terminal of this adapter: the answer is in the question. */
static bool typed(void *self, const rckp_found *found, size_t *index, rckp_error *e)
{
    const json *answer = self;
    rckp_string line = {NULL, 0};
    if (answer->type == J_STRING)
        line = text_of(answer);
    char *shown = rckp_show(found, rckp_now_ms());          /* SEL-9 */
    fputs(shown, stderr);
    free(shown);
    return rckp_choose(found, answer->type == J_STRING ? &line : NULL, index, e);
}

static bool do_select(ask *a)
{
    bool ok = true;
    const char *base = path_of(a, "base", &ok);
    const json *answer = json_get(a->q, "answer"), *named = json_get(a->q, "run_id");
    rckp_ask choose = named ? rckp_named : answer ? typed : NULL;
    rckp_string run_id = {NULL, 0};
    rckp_identity id;
    strings reported = {0};
    char *path;
    rckp_error e;
    if (!ok || !base || !identity_of(a, &id))
        return false;
    if (named)
        run_id = text_of(named);
    void *self = named ? (void *)&run_id : (void *)(uintptr_t)answer;
    if (!rckp_select(base, &id, choose, self, &path, &reported, &e)) {
        say_error(a, &e);
    } else if (begin(a, "ok"), path) {
        say_hex(a, "selected", path);
    } else {
        key(a, "selected");
        put_text(&a->out, "null");
    }
    free(path);
    strings_free(&reported);
    return true;
}

static const struct { const char *op; bool (*answer)(ask *); } ops[] = {
    {"decode", do_decode}, {"encode", do_encode}, {"signature-hashes", do_hashes},
    {"run-id-timestamp", do_timestamp}, {"file-name", do_file_name},
    {"scope-path", do_scope}, {"base-dir", do_base_dir}, {"files", do_files},
    {"read", do_read}, {"write", do_write}, {"delete", do_delete}, {"purge", do_purge},
    {"purge-age", do_purge_age}, {"list", do_list}, {"select", do_select},
};

static void answer_run(ask *a)
{
    static uint64_t usual_wait;
    uint64_t wait;
    bool beyond;
    const json *op = json_get(a->q, "op");
    usual_wait = usual_wait ? usual_wait : rckp_lock_wait_ms;
    rckp_lock_wait_ms = integer_of(a, "lock_timeout", &wait, &beyond) ? wait : usual_wait;
    for (size_t i = 0; op && op->type == J_STRING && i < sizeof ops / sizeof *ops; i++)
        if (strcmp((char *)op->text, ops[i].op) == 0) {
            if (!ops[i].answer(a))
                unsupported(a, "The question lacks something or cannot be expressed.");
            return;
        }
    unsupported(a, "There is no such op here.");
}

/* False: bye. */
static bool answer(const json *q, FILE *out)
{
    ask a = {.q = q};
    const json *type = json_get(q, "type");
    const char *t = type && type->type == J_STRING ? (char *)type->text : "";
    bool go_on = strcmp(t, "bye") != 0;
    if (strcmp(t, "hello") == 0)
        put_text(&a.out, "{\"type\":\"hello\",\"name\":\"rckp-c\",\"version\":\"1.0\","
                 "\"language\":\"C\",\"classes\":[\"reader\",\"writer\",\"identity\","
                 "\"store\",\"selection\"]}");
    else if (go_on)
        answer_run(&a);
    if (a.out.len && strcmp(t, "hello") != 0)
        put_text(&a.out, "}");
    if (a.out.len) {
        put_text(&a.out, "\n");
        fwrite(a.out.data, 1, a.out.len, out);
        fflush(out);
    }
    for (size_t i = 0; i < a.used; i++)
        free(a.scratch[i].data);
    free(a.out.data);
    return go_on;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    bool go_on = true;
    while (go_on && (n = getline(&line, &cap, stdin)) > 0) {
        json *q = json_parse(line, (size_t)n);
        if (q)
            go_on = answer(q, stdout);
        else
            fputs("no JSON\n", stderr);
        json_free(q);
    }
    free(line);
    return 0;
}
