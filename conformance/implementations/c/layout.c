/* record-layout.md, primitive-types.md: the table that decoder and encoder walk (LAY-1). */
#include "rckp.h"
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(rckp_record, member)
const rckp_field rckp_layout[RCKP_FIELDS] = {
    {"magic", T_MAGIC, 0},
    {"created_at_ms", T_U64, AT(created_at_ms)},
    {"run_id", T_STRING, AT(run_id)},
    {"random_seed", T_U64, AT(random_seed)},
    {"algorithm_name", T_STRING, AT(algorithm_name)},
    {"algorithm_parameters", T_STRING, AT(algorithm_parameters)},
    {"problem_description", T_STRING, AT(problem_description)},
    {"problem_parameters", T_STRING, AT(problem_parameters)},
    {"algorithm_signature_hash", T_U64, AT(algorithm_signature_hash)},
    {"problem_signature_hash", T_U64, AT(problem_signature_hash)},
    {"step_state_payload", T_STRING, AT(step_state_payload)},
    {"seed_payload", T_OPTION, AT(seed_payload)},
    {"elapsed_millis", T_U64, AT(elapsed_millis)},
    {"status", T_STATUS, AT(status)},
    {"error_message", T_OPTION, AT(error_message)},
    {"end", T_END, 0},
};

/* TYPE-10; the index is the byte. */
const char *const rckp_status_names[4] = {"running", "completed", "failed", "interrupted"};
const unsigned char rckp_magic[4] = {0x52, 0x43, 0x4B, 0x50};           /* LAY-2 */

void rckp_record_free(rckp_record *r)
{
    for (int f = 0; f < RCKP_FIELDS; f++) {
        char *at = (char *)r + rckp_layout[f].at;
        if (rckp_layout[f].type == T_STRING)
            free(((rckp_string *)(void *)at)->data);
        if (rckp_layout[f].type == T_OPTION)
            free(((rckp_option *)(void *)at)->text.data);
    }
    *r = (rckp_record){0};
}

rckp_string rckp_text(const char *c_string)
{
    return (rckp_string){(unsigned char *)(uintptr_t)c_string, strlen(c_string)};
}

int rckp_compare(rckp_string a, rckp_string b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.data, b.data, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

bool rckp_equal(rckp_string a, rckp_string b)
{
    return rckp_compare(a, b) == 0;
}

bool rckp_fail(rckp_error *e, const char *code, const char *field)
{
    *e = (rckp_error){.code = code, .field = field};
    return false;
}

bool rckp_fail_sys(rckp_error *e, const char *code, int sys)
{
    *e = (rckp_error){.code = code, .sys = sys};
    return false;
}
