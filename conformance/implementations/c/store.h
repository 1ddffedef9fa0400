/* What store.c, write.c and selection.c share; not for users. */
#ifndef STORE_H
#define STORE_H
#include "rckp.h"
#include <sys/stat.h>

enum { OPEN_DIR = 1, OPEN_NEW = 2 };

/* A descriptor of the directory that holds the last component of relative, or -1 with
   errno (ENOTDIR or ELOOP: something on the way is no directory or a link). *name points
   into relative. */
int store_descend(int base_fd, const char *relative, const char **name);
int store_open_directory(int at, const char *name, bool follow);
bool store_open_base(const char *base, int *fd, rckp_error *e);             /* STORE-6 */

int store_flush_file(int fd);
bool store_flush_directory(int fd);

/* As rckp_files. unread: the first error that may hide a checkpoint, 0 if there is none. */
bool store_list(const char *base, strings *files, strings *reported, int *unread,
                rckp_error *e);
bool store_hides(int error);            /* whether a checkpoint may be behind it (SEL-8) */
/* A regular file, opened without waiting; missing, not-a-file, unreadable (STORE-11). */
bool store_open_file(int at, const char *name, bool follow, int *fd, struct stat *st,
                     rckp_error *e);
/* Decodes an open file; changed-while-read when it was not the same file at the end. */
rckp_outcome store_decode(int fd, const struct stat *st, rckp_stop stop, const void *self,
                          rckp_record *r, rckp_error *e);
bool store_unchanged(const struct stat *a, const struct stat *b);

/* SAFE-6. True without *held where there are no such locks. */
bool store_lock(int directory_fd, bool *held, rckp_error *e);
void store_close(int fd);                                       /* keeps errno, unlocks */
#endif
