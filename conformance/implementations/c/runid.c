/* run-ids.md: making run ids, and reading the timestamp from their end. */
#include "rckp.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t rckp_now_ms(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0 || t.tv_sec < 0)     /* RUN-3 */
        return 0;
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

char *rckp_generate_run_id(const char *algorithm_name)              /* RUN-1, RUN-2 */
{
    static atomic_uint_least64_t sequence;
    char tail[96];
    uint64_t n = atomic_fetch_add(&sequence, 1);
    snprintf(tail, sizeof tail, "-%ld-%020" PRIu64 "-%" PRIu64, (long)getpid(), n,
             rckp_now_ms());
    return join3(algorithm_name, tail, "");
}

/* RUN-6. 2^128 - 1 has 39 digits, so that comparing digits does without 128 bits. */
bool rckp_timestamp(rckp_string run_id, rckp_string *digits)
{
    static const char most[] = "340282366920938463463374607431768211455";
    size_t i = run_id.len;
    *digits = (rckp_string){NULL, 0};
    while (i > 0 && run_id.data[i - 1] != '-')
        i--;
    if (i == 0)
        return false;
    rckp_string t = {run_id.data + i, run_id.len - i};
    if (t.len > 0 && t.data[0] == '+')
        t = (rckp_string){t.data + 1, t.len - 1};
    if (t.len == 0)
        return false;
    for (size_t k = 0; k < t.len; k++)
        if (t.data[k] < '0' || t.data[k] > '9')
            return false;
    while (t.len > 1 && t.data[0] == '0')
        t = (rckp_string){t.data + 1, t.len - 1};
    if (t.len > 39 || (t.len == 39 && memcmp(t.data, most, 39) > 0))
        return false;
    *digits = t;
    return true;
}

int rckp_compare_timestamps(rckp_string run_id_a, rckp_string run_id_b)
{
    rckp_string a, b;
    if (!rckp_timestamp(run_id_a, &a))      /* RUN-7 */
        a = rckp_text("0");
    if (!rckp_timestamp(run_id_b, &b))
        b = rckp_text("0");
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return memcmp(a.data, b.data, a.len);
}
