/* SEL-9: the numbered list that a person is shown; LIM-5: nothing commands the terminal. */
#include "rckp.h"
#include <inttypes.h>
#include <stdio.h>

/* One scalar value of well-formed UTF-8. */
static uint32_t scalar(const unsigned char *b, size_t *n)
{
    *n = b[0] < 0x80 ? 1 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
    uint32_t c = *n == 1 ? b[0] : b[0] & (0x7Fu >> *n);
    for (size_t i = 1; i < *n; i++)
        c = c << 6 | (b[i] & 0x3Fu);
    return c;
}

static bool dangerous(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F)
        || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF
        || (c >= 0xE000 && c <= 0xF8FF) || c >= 0xE0000;
}

static void put_escaped(buffer *out, rckp_string s, int most)
{
    char hex[16];
    size_t n;
    for (size_t i = 0; i < s.len && most > 0; i += n, most--) {
        uint32_t c = scalar(s.data + i, &n);
        if (dangerous(c)) {
            snprintf(hex, sizeof hex, "\\u{%" PRIx32 "}", c);
            put_text(out, hex);
        } else {
            put(out, s.data + i, n);
        }
    }
}

char *rckp_show(const rckp_found *found, uint64_t now_ms)
{
    buffer out = {0};
    char line[160];
    for (size_t i = 0; i < found->count; i++) {
        const rckp_record *r = &found->item[i].record;
        uint64_t s = r->elapsed_millis / 1000;
        uint64_t age = now_ms > r->created_at_ms ? (now_ms - r->created_at_ms) / 1000 : 0;
        snprintf(line, sizeof line, "%zu  %" PRIu64 " s ago  %02" PRIu64 ":%02u:%02u  %s  ",
                 i + 1, age, s / 3600, (unsigned)(s / 60 % 60), (unsigned)(s % 60),
                 rckp_status_names[r->status]);
        put_text(&out, line);
        put_escaped(&out, r->step_state_payload, 80);
        put_text(&out, "\n");
    }
    put_text(&out, "0  start a new run\n");
    return take_text(&out);
}
