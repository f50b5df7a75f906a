/* Stands between the program and the C library, so that the disk under its database fails on demand.
 *
 * TOMBOLA_DISK_DATABASE is the path of the database; whatever begins with it is its file, its log or its index. The file
 * TOMBOLA_DISK_MODE holds one word, which is read anew at each call:
 *
 *   works          everything does
 *   full           no file grows
 *   write          writes fail
 *   sync           syncs fail
 *   sync-database  syncs of the database file alone fail, as checkpoints do
 *   read           reads fail
 *
 * Once a sync or a write has failed, every later one, which there must not be, adds a byte to the file TOMBOLA_DISK_AFTER.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum file { OTHER, DATABASE, LOG, INDEX };

static char *mode_file, *after_file, *database;
static atomic_int has_failed;

static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static ssize_t (*real_pread)(int, void *, size_t, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off64_t);

static char *setting(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "%s is not set\n", name);
        abort();
    }
    return strdup(value);
}

__attribute__((constructor)) static void begin(void) {
    mode_file = setting("TOMBOLA_DISK_MODE");
    after_file = setting("TOMBOLA_DISK_AFTER");
    database = setting("TOMBOLA_DISK_DATABASE");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_pread = dlsym(RTLD_NEXT, "pread64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    /* Compiling processes have no database, and may not make the calls that are made here. */
    unsetenv("LD_PRELOAD");
}

static enum file file_of(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return OTHER;
    path[length] = 0;
    size_t common = strlen(database);
    if (strncmp(path, database, common) != 0) return OTHER;
    const char *ending = path + common;
    if (*ending == 0) return DATABASE;
    if (strcmp(ending, "-wal") == 0) return LOG;
    return strcmp(ending, "-shm") == 0 ? INDEX : OTHER;
}

static int mode_is(const char *word) {
    char mode[32] = {0};
    int file = open(mode_file, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, mode, sizeof mode - 1);
    close(file);
    return length > 0 && strcmp(mode, word) == 0;
}

static int fail(int error) {
    errno = error;
    return -1;
}

/* A write or a sync that the disk does not do, and after which none may follow. */
static int lose(void) {
    atomic_store(&has_failed, 1);
    return fail(EIO);
}

static void note_if_after(void) {
    if (!atomic_load(&has_failed)) return;
    int file = open(after_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, "x", 1) != 1) abort();
    close(file);
}

static int would_grow(int descriptor, off64_t end) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && end > status.st_size;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
    enum file file = file_of(descriptor);
    if (file != OTHER && mode_is("full") && would_grow(descriptor, offset + (off64_t)length)) return fail(ENOSPC);
    if (file == DATABASE || file == LOG) {
        note_if_after();
        if (mode_is("write")) return lose();
    }
    return real_pwrite(descriptor, bytes, length, offset);
}

ssize_t pread64(int descriptor, void *bytes, size_t length, off64_t offset) {
    enum file file = file_of(descriptor);
    if ((file == DATABASE || file == LOG) && mode_is("read")) return fail(EIO);
    return real_pread(descriptor, bytes, length, offset);
}

static int sync_by(int (*real)(int), int descriptor) {
    enum file file = file_of(descriptor);
    if (file == DATABASE || file == LOG) {
        note_if_after();
        if (mode_is("sync") || (file == DATABASE && mode_is("sync-database"))) return lose();
    }
    return real(descriptor);
}

int fsync(int descriptor) { return sync_by(real_fsync, descriptor); }

int fdatasync(int descriptor) { return sync_by(real_fdatasync, descriptor); }

int ftruncate64(int descriptor, off64_t length) {
    enum file file = file_of(descriptor);
    if (file != OTHER && mode_is("full") && would_grow(descriptor, length)) return fail(ENOSPC);
    if (file == DATABASE || file == LOG) {
        note_if_after();
        if (mode_is("write")) return lose();
    }
    return real_ftruncate(descriptor, length);
}
