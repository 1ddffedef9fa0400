#include "util.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must_alloc(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (!p) {
        fputs("out of memory\n", stderr);
        exit(70);
    }
    return p;
}

char *must_copy(const char *text)
{
    size_t n = strlen(text) + 1;
    return memcpy(must_alloc(NULL, n), text, n);
}

char *join3(const char *a, const char *b, const char *c)
{
    buffer out = {0};
    put_text(&out, a);
    put_text(&out, b);
    put_text(&out, c);
    return take_text(&out);
}

void put(buffer *b, const void *data, size_t n)
{
    if (n == 0)
        return;
    if (n > b->cap - b->len) {
        size_t cap = b->cap ? b->cap : 64;
        while (cap - b->len < n)
            cap *= 2;
        b->data = must_alloc(b->data, cap);
        b->cap = cap;
    }
    memcpy(b->data + b->len, data, n);
    b->len += n;
}

void put_text(buffer *b, const char *text)
{
    put(b, text, strlen(text));
}

char *take_text(buffer *b)
{
    put(b, "", 1);
    char *text = (char *)b->data;
    *b = (buffer){0};
    return text;
}

void strings_add(strings *s, char *owned)
{
    if (s->count == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 16;
        s->item = must_alloc(s->item, s->cap * sizeof *s->item);
    }
    s->item[s->count++] = owned;
}

void strings_free(strings *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->item[i]);
    free(s->item);
    *s = (strings){0};
}
