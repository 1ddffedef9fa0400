/* identity.md: FNV-1a and the two signature hashes. */
#include "rckp.h"

uint64_t rckp_hash_on(uint64_t hash, const void *bytes, size_t n)       /* IDENT-1 */
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ b[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static bool pair(rckp_string a, const char *a_name, rckp_string b, const char *b_name,
                 uint64_t *hash, rckp_error *e)
{
    if (rckp_valid_up_to(a.data, a.len) < a.len)                        /* IDENT-3 */
        return rckp_fail(e, "lone-surrogate", a_name);
    if (rckp_valid_up_to(b.data, b.len) < b.len)
        return rckp_fail(e, "lone-surrogate", b_name);
    *hash = rckp_hash_on(RCKP_HASH_START, a.data, a.len);               /* IDENT-2 */
    *hash = rckp_hash_on(*hash, "|", 1);
    *hash = rckp_hash_on(*hash, b.data, b.len);
    return true;
}

bool rckp_signature_hashes(const rckp_identity *id, uint64_t *algorithm, uint64_t *problem,
                           rckp_error *e)
{
    return pair(id->algorithm_name, "algorithm_name", id->algorithm_parameters,
                "algorithm_parameters", algorithm, e)
        && pair(id->problem_description, "problem_description", id->problem_parameters,
                "problem_parameters", problem, e);
}
