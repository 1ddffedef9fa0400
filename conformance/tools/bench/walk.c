/* The least there is to do to list a store, for `python -m conformance.tools.bench`: three calls a file.
 *
 *     walk DIRECTORY OFFSET BYTES
 *
 * Each line of standard input is a walk. It opens every regular file whose name ends in .ckpt,
 * reads its first 4096 bytes, closes it, and counts those that have the BYTES (in lower-case
 * hex) at the OFFSET. The answer is a line: files, files counted, nanoseconds.
 *
 * It knows nothing of the layout: in the stores that are measured, the identity lies at one place.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 4096, MOST = 2048 };
static const char SUFFIX[] = ".ckpt";

static unsigned char wanted[MOST];
static size_t wanted_at, wanted_size;
static long files, found;

static void look(int directory, const char *name)
{
    unsigned char head[HEAD];
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return;
    ssize_t size = pread(file, head, sizeof head, 0);
    close(file);
    files++;
    if (size >= (ssize_t)(wanted_at + wanted_size))
        found += !memcmp(head + wanted_at, wanted, wanted_size);
}

static void walk(int descriptor)
{
    DIR *directory = fdopendir(descriptor);
    struct dirent *entry;
    if (!directory)
        return;
    while ((entry = readdir(directory))) {
        const char *name = entry->d_name;
        size_t size = strlen(name), suffix = sizeof SUFFIX - 1;
        if (entry->d_type == DT_DIR && strcmp(name, ".") && strcmp(name, "..")) {
            int below = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (below >= 0)
                walk(below);
        } else if (entry->d_type == DT_REG && size > suffix &&
                   !memcmp(name + size - suffix, SUFFIX, suffix)) {
            look(descriptor, name);
        }
    }
    closedir(directory);
}

int main(int count, char **arguments)
{
    char *line = NULL;
    size_t room = 0;
    if (count != 4 || strlen(arguments[3]) > 2 * MOST)
        return 2;
    wanted_at = strtoul(arguments[2], NULL, 10);
    wanted_size = strlen(arguments[3]) / 2;
    for (size_t i = 0; i < wanted_size; i++) {
        char digits[3] = {arguments[3][2 * i], arguments[3][2 * i + 1], 0};
        wanted[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
    while (getline(&line, &room, stdin) > 0) {
        struct timespec start, stop;
        files = found = 0;
        clock_gettime(CLOCK_MONOTONIC, &start);
        walk(open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        clock_gettime(CLOCK_MONOTONIC, &stop);
        printf("%ld %ld %lld\n", files, found,
               (stop.tv_sec - start.tv_sec) * 1000000000LL + (stop.tv_nsec - start.tv_nsec));
        fflush(stdout);
    }
    free(line);
    return 0;
}
