/* Growing buffers and lists of strings; bookkeeping only. */
#ifndef UTIL_H
#define UTIL_H
#include <stdbool.h>
#include <stddef.h>

typedef struct { unsigned char *data; size_t len, cap; } buffer;
typedef struct { char **item; size_t count, cap; } strings;

/* These end the program when there is no memory; they hold names and answers, never
   what a file declares (LIM-1: see grow() in decode.c). */
void *must_alloc(void *old, size_t size);
char *must_copy(const char *text);
char *join3(const char *a, const char *b, const char *c);

void put(buffer *b, const void *data, size_t n);
void put_text(buffer *b, const char *text);
char *take_text(buffer *b);                 /* its content as a C string; empties b */
void strings_add(strings *s, char *owned);
void strings_free(strings *s);
#endif
