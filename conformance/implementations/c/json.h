/* A small JSON parser and writer for the adapter; the implementation proper has no JSON. */
#ifndef JSON_H
#define JSON_H
#include "util.h"

typedef enum { J_NULL, J_FALSE, J_TRUE, J_NUMBER, J_STRING, J_ARRAY, J_OBJECT } json_type;
typedef struct json {
    json_type type;
    unsigned char *text;            /* J_STRING: UTF-8, with length; J_NUMBER: as written */
    size_t len;
    unsigned char *key;             /* of a member of an object */
    size_t key_len;
    struct json *child, *next;
} json;

json *json_parse(const char *line, size_t n);               /* NULL: no JSON */
void json_free(json *j);
const json *json_get(const json *object, const char *key);  /* NULL: no such member */
void json_string(buffer *out, const void *utf8, size_t n);  /* quoted and escaped */
#endif
