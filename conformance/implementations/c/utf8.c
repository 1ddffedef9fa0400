/* decoding.md, "Well-formed UTF-8" (TYPE-5, DEC-4). */
#include "rckp.h"

typedef struct { unsigned char first, last, more, low, high; } row;
static const row table[] = {
    {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF}, {0xE1, 0xEC, 2, 0x80, 0xBF},
    {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF}, {0xF0, 0xF0, 3, 0x90, 0xBF},
    {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
};

static const row *row_of(unsigned char b)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].first <= b && b <= table[i].last)
            return &table[i];
    return NULL;                            /* 80..C1 and F5..FF start nothing */
}

size_t rckp_valid_up_to(const unsigned char *bytes, size_t n)
{
    size_t i = 0;
    while (i < n) {
        if (bytes[i] <= 0x7F) {
            i++;
            continue;
        }
        const row *r = row_of(bytes[i]);
        if (!r || n - i <= r->more)         /* the sequence needs 1 + more bytes; but */
            return i;                       /* whatever is wrong in it, i is the answer */
        if (bytes[i + 1] < r->low || bytes[i + 1] > r->high)
            return i;
        for (size_t k = 2; k <= r->more; k++)
            if (bytes[i + k] < 0x80 || bytes[i + k] > 0xBF)
                return i;
        i += 1 + (size_t)r->more;
    }
    return i;
}
