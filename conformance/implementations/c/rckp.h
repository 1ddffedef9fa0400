/* RCKP 1.0 in C: all five classes. Bytes and texts carry their length (TYPE-7: a NUL is
   a character like any other); functions that return bool give false and fill *e. */
#ifndef RCKP_H
#define RCKP_H
#include "util.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- record-layout.md ------------------------------------------------------------- */
typedef struct { unsigned char *data; size_t len; } rckp_string;
typedef struct { bool present; rckp_string text; } rckp_option;
typedef enum { RCKP_RUNNING, RCKP_COMPLETED, RCKP_FAILED, RCKP_INTERRUPTED } rckp_status;

typedef struct {
    uint64_t    created_at_ms;
    rckp_string run_id;
    uint64_t    random_seed;
    rckp_string algorithm_name, algorithm_parameters;
    rckp_string problem_description, problem_parameters;
    uint64_t    algorithm_signature_hash, problem_signature_hash;
    rckp_string step_state_payload;
    rckp_option seed_payload;
    uint64_t    elapsed_millis;
    rckp_status status;
    rckp_option error_message;
} rckp_record;

typedef enum { T_MAGIC, T_U64, T_STRING, T_OPTION, T_STATUS, T_END } rckp_type;
typedef struct { const char *name; rckp_type type; size_t at; } rckp_field;
enum { RCKP_FIELDS = 16, F_MAGIC = 0, F_CREATED = 1, F_RUN_ID = 2, F_ALGORITHM = 4,
       F_ALG_HASH = 8, F_PROB_HASH = 9, F_END = 15 };
extern const rckp_field rckp_layout[RCKP_FIELDS];       /* magic first, end last */
extern const char *const rckp_status_names[4];
extern const unsigned char rckp_magic[4];

void rckp_record_free(rckp_record *r);
rckp_string rckp_text(const char *c_string);            /* borrows */
bool rckp_equal(rckp_string a, rckp_string b);
int rckp_compare(rckp_string a, rckp_string b);         /* as unsigned bytes */

/* A fault, or an error; code is NULL where the specification has none (no memory). */
typedef struct {
    const char *code, *field;
    bool has_offset, has_sizes;
    uint64_t offset, wanted, available;
    int sys;                                            /* errno, or 0 */
} rckp_error;
bool rckp_fail(rckp_error *e, const char *code, const char *field);     /* false */
bool rckp_fail_sys(rckp_error *e, const char *code, int sys);           /* false */

/* ---- decoding.md ------------------------------------------------------------------- */
size_t rckp_valid_up_to(const unsigned char *bytes, size_t n);

typedef struct {
    ssize_t (*pull)(void *self, unsigned char *to, size_t n);   /* 0: end, -1: errno */
    void *self;
} rckp_source;
/* Asked after each field; true ends the reading there (STORE-22). */
typedef bool (*rckp_stop)(const void *self, int field, const rckp_record *so_far);
typedef enum {
    RCKP_DECODED,       /* *r is the record                                            */
    RCKP_STOPPED,       /* the stop function said so; *r holds the fields so far       */
    RCKP_FAULTY,        /* one of the six faults; *r is empty (DEC-8)                  */
    RCKP_BROKEN         /* reading failed, or no memory: not a fault of the file (LIM-4) */
} rckp_outcome;
rckp_outcome rckp_decode_from(rckp_source src, rckp_stop stop, const void *stop_self,
                              rckp_record *r, rckp_error *e);
bool rckp_decode(const unsigned char *file, size_t n, rckp_record *r, rckp_error *e);

/* ---- encoding.md ------------------------------------------------------------------- */
/* A value of a caller without static types, such as one that reads JSON. */
typedef enum { L_MISSING, L_ABSENT, L_INTEGER, L_TEXT, L_STATUS, L_BOOLEAN, L_FLOAT,
               L_BYTES } rckp_kind;
typedef struct {
    rckp_kind kind;
    rckp_string text;       /* L_INTEGER: decimal, with sign; L_TEXT: bytes meant as UTF-8 */
    rckp_status status;
} rckp_loose;
/* loose[f] is the value of field f; unknown: a name that no record has, or NULL.
   The record borrows the texts. */
bool rckp_from_loose(const rckp_loose loose[RCKP_FIELDS], const char *unknown,
                     rckp_record *r, rckp_error *e);
bool rckp_encode(const rckp_record *r, unsigned char **out, size_t *n, rckp_error *e);

/* ---- identity.md ------------------------------------------------------------------- */
typedef struct {
    rckp_string algorithm_name, algorithm_parameters, problem_description, problem_parameters;
} rckp_identity;
#define RCKP_HASH_START UINT64_C(0xCBF29CE484222325)
uint64_t rckp_hash_on(uint64_t hash, const void *bytes, size_t n);
bool rckp_signature_hashes(const rckp_identity *id, uint64_t *algorithm, uint64_t *problem,
                           rckp_error *e);

/* ---- run-ids.md -------------------------------------------------------------------- */
char *rckp_generate_run_id(const char *algorithm_name);
uint64_t rckp_now_ms(void);
/* The timestamp as decimal digits without leading zeros, a part of run_id; none: len 0. */
bool rckp_timestamp(rckp_string run_id, rckp_string *digits);
int rckp_compare_timestamps(rckp_string run_id_a, rckp_string run_id_b);   /* RUN-7 */

/* ---- paths.md ---------------------------------------------------------------------- */
bool rckp_file_name(rckp_string run_id, char **name, rckp_error *e);
bool rckp_scope(rckp_string algorithm_name, rckp_string problem_description, uint64_t a,
                uint64_t p, char **alg, char **prob, rckp_error *e);
typedef enum { SYS_LINUX, SYS_MACOS, SYS_WINDOWS, SYS_OTHER } rckp_system;
typedef const char *(*rckp_getenv)(const void *self, const char *name);
char *rckp_base_dir(rckp_system system, const char *explicit_dir, const char *project,
                    rckp_getenv get, const void *self);

/* ---- store.md, writing.md ---------------------------------------------------------- */
extern uint64_t rckp_lock_wait_ms;         /* how long a store waits for a lock (SAFE-6) */
typedef enum { DURABLE_FULL, DURABLE_FILE, DURABLE_NONE } rckp_durability;  /* SAFE-15 */
/* A time in ms that may lie beyond what created_at_ms can hold. */
typedef struct { bool beyond; uint64_t ms; } rckp_time;

/* Paths in files and reported are relative to base. */
bool rckp_files(const char *base, strings *files, strings *reported, rckp_error *e);
bool rckp_read(const char *path, rckp_record *r, rckp_error *e);
bool rckp_delete(const char *base, const char *path, rckp_durability d, bool *removed,
                 rckp_error *e);
/* On purge-incomplete, *removed and failures are set, too (STORE-18). */
bool rckp_purge(const char *base, rckp_time before, rckp_durability d, uint64_t *removed,
                strings *failures, rckp_error *e);
bool rckp_purge_age(const char *base, uint64_t age, rckp_durability d, uint64_t *removed,
                    strings *failures, rckp_error *e);
/* The path of the file, base included; set on durability-uncertain, too (SAFE-13). */
bool rckp_write(const char *base, const rckp_record *r, rckp_durability d, char **path,
                rckp_error *e);
char *rckp_below(const char *base, const char *relative);

/* ---- selection.md ------------------------------------------------------------------ */
typedef struct { char *path; rckp_record record; size_t order; } rckp_entry;
typedef struct { rckp_entry *item; size_t count; } rckp_found;
bool rckp_resumable(const char *base, const rckp_identity *id, rckp_found *found,
                    strings *reported, rckp_error *e);
void rckp_found_free(rckp_found *f);
/* answer: NULL at the end of the input. *index: 0 for a new run, else counted from 1. */
bool rckp_choose(const rckp_found *found, const rckp_string *answer, size_t *index,
                 rckp_error *e);
/* ask may be NULL: no rule and no terminal (SEL-7). */
typedef bool (*rckp_ask)(void *self, const rckp_found *found, size_t *index, rckp_error *e);
/* *path is NULL when a new run is to be started. */
/* An rckp_ask that takes the newest checkpoint of the run whose id, an rckp_string, is its self,
   however many there are (SEL-11). */
bool rckp_named(void *self, const rckp_found *found, size_t *index, rckp_error *e);
bool rckp_select(const char *base, const rckp_identity *id, rckp_ask ask, void *self,
                 char **path, strings *reported, rckp_error *e);
/* SEL-9: what a person is shown before the question. */
char *rckp_show(const rckp_found *found, uint64_t now_ms);
#endif
