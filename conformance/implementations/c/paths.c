/* paths.md: names of files, scopes, and the base directory. */
#include "rckp.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool harmless(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
        || c == '-' || c == '_';
}

/* PATH-1. One "_" for a scalar value: continuation bytes give nothing. */
static bool sanitise(rckp_string text, buffer *out, const char *field, rckp_error *e)
{
    buffer b = {0};
    if (rckp_valid_up_to(text.data, text.len) < text.len)
        return rckp_fail(e, "lone-surrogate", field);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.data[i];
        if (harmless(c))
            put(&b, &c, 1);
        else if ((c & 0xC0) != 0x80)
            put(&b, "_", 1);
    }
    size_t from = 0, to = b.len;
    while (from < to && b.data[from] == '_')
        from++;
    while (to > from && b.data[to - 1] == '_')
        to--;
    if (from == to)
        put_text(out, "unnamed");
    else
        put(out, b.data + from, to - from);
    free(b.data);
    return true;
}

bool rckp_file_name(rckp_string run_id, char **name, rckp_error *e)     /* PATH-4 */
{
    buffer out = {0};
    *name = NULL;
    put_text(&out, "run-");
    if (!sanitise(run_id, &out, "run_id", e)) {
        free(out.data);
        return false;
    }
    put_text(&out, ".ckpt");
    *name = take_text(&out);
    return true;
}

static char *directory(const char *prefix, rckp_string text, uint64_t hash,
                       const char *field, rckp_error *e)
{
    buffer out = {0};
    char hex[20];
    put_text(&out, prefix);
    if (!sanitise(text, &out, field, e)) {
        free(out.data);
        return NULL;
    }
    snprintf(hex, sizeof hex, "-%016" PRIx64, hash);
    put_text(&out, hex);
    return take_text(&out);
}

/* PATH-2, PATH-3: the hashes are those that the record stores. */
bool rckp_scope(rckp_string algorithm_name, rckp_string problem_description, uint64_t a,
                uint64_t p, char **alg, char **prob, rckp_error *e)
{
    *prob = NULL;
    *alg = directory("alg-", algorithm_name, a, "algorithm_name", e);
    if (!*alg)
        return false;
    *prob = directory("prob-", problem_description, p, "problem_description", e);
    if (*prob)
        return true;
    free(*alg);
    *alg = NULL;
    return false;
}

typedef struct { rckp_system system; const char *variable, *below; } state_dir;
static const state_dir state_dirs[] = {
    {SYS_LINUX, "XDG_STATE_HOME", "roma/checkpoints"},
    {SYS_LINUX, "HOME", ".local/state/roma/checkpoints"},
    {SYS_MACOS, "HOME", "Library/Application Support/roma/checkpoints"},
    {SYS_WINDOWS, "LOCALAPPDATA", "roma\\checkpoints"},
    {SYS_WINDOWS, "APPDATA", "roma\\checkpoints"},
    {SYS_OTHER, "HOME", ".roma/checkpoints"},
};

/* PATH-7: taken as it is; a separator is put in unless the value ends with one. */
static char *joined(rckp_system system, const char *value, const char *below)
{
    char last = value[strlen(value) - 1];
    bool windows = system == SYS_WINDOWS;
    if (last == '/' || (windows && last == '\\'))
        return join3(value, "", below);
    return join3(value, windows ? "\\" : "/", below);
}

char *rckp_base_dir(rckp_system system, const char *explicit_dir, const char *project,
                    rckp_getenv get, const void *self)                  /* PATH-6 */
{
    if (explicit_dir)
        return must_copy(explicit_dir);
    const char *value = get(self, "ROMA_CHECKPOINT_DIR");
    if (value && *value)
        return must_copy(value);
    for (size_t i = 0; i < sizeof state_dirs / sizeof *state_dirs; i++) {
        if (state_dirs[i].system != system)
            continue;
        value = get(self, state_dirs[i].variable);
        if (value && *value)
            return joined(system, value, state_dirs[i].below);
    }
    return must_copy(project ? project : "./.roma/checkpoints");
}
