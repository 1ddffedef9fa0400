#include "json.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32 };
typedef struct { const char *at, *end; } input;

static json *value(input *in, int depth);

static void blanks(input *in)
{
    while (in->at < in->end && strchr(" \t\r\n", *in->at) && *in->at)
        in->at++;
}

static bool eat(input *in, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(in->end - in->at) < n || memcmp(in->at, word, n) != 0)
        return false;
    in->at += n;
    return true;
}

static bool hex4(input *in, uint32_t *c)
{
    *c = 0;
    if (in->end - in->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        char d = *in->at++;
        const char *p = memchr(digits, d >= 'A' && d <= 'F' ? d + 32 : d, 16);
        if (!p)
            return false;
        *c = *c << 4 | (uint32_t)(p - digits);
    }
    return true;
}

static void put_scalar(buffer *out, uint32_t c)
{
    unsigned char b[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; c >>= 6)
        b[i] = 0x80 | (c & 0x3F);
    b[0] = first[n] | (unsigned char)c;
    put(out, b, n);
}

static bool escape(input *in, buffer *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (in->at == in->end)
        return false;
    char e = *in->at++;
    const char *p = e ? strchr(from, e) : NULL;
    if (p) {
        put(out, &to[p - from], 1);
        return true;
    }
    uint32_t c, low;
    if (e != 'u' || !hex4(in, &c) || (c >= 0xDC00 && c <= 0xDFFF))
        return false;
    if (c >= 0xD800 && c <= 0xDBFF) {       /* never half a pair */
        if (!eat(in, "\\u") || !hex4(in, &low) || low < 0xDC00 || low > 0xDFFF)
            return false;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    put_scalar(out, c);
    return true;
}

static bool string(input *in, unsigned char **text, size_t *len)
{
    buffer out = {0};
    if (!eat(in, "\""))
        return false;
    while (in->at < in->end && *in->at != '"') {
        const char *from = in->at;
        while (in->at < in->end && *in->at != '"' && *in->at != '\\'
               && (unsigned char)*in->at >= 0x20)
            in->at++;
        put(&out, from, (size_t)(in->at - from));
        if (in->at < in->end && *in->at != '"' && (!eat(in, "\\") || !escape(in, &out)))
            break;
    }
    put(&out, "", 1);                       /* a NUL behind, not counted */
    *text = out.data;
    *len = out.len - 1;
    return eat(in, "\"");                   /* otherwise json_free frees text */
}

static bool number(input *in, json *j)
{
    const char *from = in->at;
    while (in->at < in->end && *in->at && strchr("+-.0123456789eE", *in->at))
        in->at++;
    buffer out = {0};
    put(&out, from, (size_t)(in->at - from));
    j->type = J_NUMBER;
    j->len = out.len;
    put(&out, "", 1);
    j->text = out.data;
    return j->len > 0;
}

static bool members(input *in, json *j, int depth)
{
    bool object = eat(in, "{");
    const char *close = object ? "}" : "]";
    json **last = &j->child;
    j->type = object ? J_OBJECT : J_ARRAY;
    if (!object)
        eat(in, "[");
    blanks(in);
    if (eat(in, close))
        return true;
    do {
        unsigned char *key = NULL;
        size_t n = 0;
        blanks(in);
        bool ok = !object || string(in, &key, &n);
        blanks(in);
        ok = ok && (!object || eat(in, ":"));
        json *child = ok ? value(in, depth + 1) : NULL;
        if (!child) {
            free(key);
            return false;
        }
        child->key = key;
        child->key_len = n;
        *last = child;
        last = &child->next;
        blanks(in);
    } while (eat(in, ","));
    return eat(in, close);
}

static json *value(input *in, int depth)
{
    json *j = must_alloc(NULL, sizeof *j);
    *j = (json){0};
    bool ok;
    blanks(in);
    if (in->at == in->end || depth > DEEPEST) {
        ok = false;
    } else if (*in->at == '{' || *in->at == '[') {
        ok = members(in, j, depth);
    } else if (*in->at == '"') {
        j->type = J_STRING;
        ok = string(in, &j->text, &j->len);
    } else if (eat(in, "null")) {
        ok = true;
    } else if (eat(in, "true")) {
        j->type = J_TRUE;
        ok = true;
    } else if (eat(in, "false")) {
        j->type = J_FALSE;
        ok = true;
    } else {
        ok = number(in, j);
    }
    if (ok)
        return j;
    json_free(j);
    return NULL;
}

json *json_parse(const char *line, size_t n)
{
    input in = {line, line + n};
    json *j = value(&in, 0);
    blanks(&in);
    if (j && in.at == in.end)
        return j;
    json_free(j);
    return NULL;
}

void json_free(json *j)
{
    while (j) {
        json *next = j->next;
        json_free(j->child);
        free(j->text);
        free(j->key);
        free(j);
        j = next;
    }
}

const json *json_get(const json *object, const char *key)
{
    if (!object || object->type != J_OBJECT)
        return NULL;
    for (const json *m = object->child; m; m = m->next)
        if (m->key_len == strlen(key) && memcmp(m->key, key, m->key_len) == 0)
            return m;
    return NULL;
}

void json_string(buffer *out, const void *utf8, size_t n)
{
    const unsigned char *s = utf8;
    char hex[8];
    put_text(out, "\"");
    for (size_t i = 0; i < n; i++) {
        if (s[i] < 0x20 || s[i] == 0x7F) {
            snprintf(hex, sizeof hex, "\\u%04x", s[i]);
            put_text(out, hex);
        } else {
            if (s[i] == '"' || s[i] == '\\')
                put_text(out, "\\");
            put(out, &s[i], 1);
        }
    }
    put_text(out, "\"");
}
