/* Injects one fault into a program through its libraries (LD_PRELOAD): no hook stands in the program itself.
 *
 * RAPPORT_FAULT=action:call:number[:count]
 *   action  kill    the process kills itself with SIGKILL instead of making the call (odd number) or after it (even)
 *           fail    the call fails with EIO, `count` times (default 1)
 *           full    the call fails with ENOSPC, `count` times: a full disk
 *   call    sync (fsync, fdatasync), write (write, pwrite, writev, pwritev, posix_fallocate: to files), rename,
 *           send (send, sendto, sendmsg: to sockets), seal (EVP_PKEY_sign), statement (sqlite3_step, PQsendQueryPrepared)
 *   number  the fault happens at the number-th call of that kind
 * RAPPORT_FAULT_PATH limits sync, write and rename to files whose path contains the text.
 * RAPPORT_FAULT_SWITCH names a file: `full` and `fail` hit every call while it exists, and none otherwise. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { none, kill_it, fail_it, fill_it };
static enum action action;
static char call_name[16];
static long at_number, times = 1;
static const char* path_part;
static const char* switch_file;
static atomic_long calls;

/* PostgreSQL writes its process titles over its environment. */
static char const* copy_of(char const* text) { return text ? strdup(text) : NULL; }

__attribute__((constructor)) static void read_plan(void) {
    char const* plan = getenv("RAPPORT_FAULT");
    char verb[16] = "";
    path_part = copy_of(getenv("RAPPORT_FAULT_PATH"));
    switch_file = copy_of(getenv("RAPPORT_FAULT_SWITCH"));
    if (!plan || sscanf(plan, "%15[^:]:%15[^:]:%ld:%ld", verb, call_name, &at_number, &times) < 3) return;
    action = !strcmp(verb, "kill") ? kill_it : !strcmp(verb, "fail") ? fail_it : !strcmp(verb, "full") ? fill_it : none;
}

static int concerns(int fd) {
    char link[64], path[512];
    ssize_t n;
    if (!path_part) return 1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return strstr(path, path_part) != NULL;
}

/* 0: make the call; -1: it has failed (errno is set). Kills before the call, or arranges to be killed after it. */
static int fault(char const* call, int* kill_after) {
    long n;
    *kill_after = 0;
    if (action == none || strcmp(call, call_name) != 0) return 0;
    if (switch_file && action != kill_it) {
        if (access(switch_file, F_OK) != 0) return 0;
    } else {
        n = atomic_fetch_add(&calls, 1) + 1;
        if (n < at_number || n >= at_number + times) return 0;
    }
    if (action == kill_it) {
        if (at_number % 2) kill(getpid(), SIGKILL);
        *kill_after = 1;
        return 0;
    }
    errno = action == fill_it ? ENOSPC : EIO;
    return -1;
}

#define REAL(name) (real ? real : (real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)))
#define WITH_FAULT(name, kind, condition, failed, type, ...)        \
    static __typeof__(&name) real;                                  \
    int kill_after = 0;                                             \
    int const saved = errno;                                        \
    if ((condition) && fault(kind, &kill_after)) return failed;     \
    errno = saved;                                                  \
    type const result = REAL(name)(__VA_ARGS__);                    \
    if (kill_after) kill(getpid(), SIGKILL);                        \
    return result

int fsync(int fd) { WITH_FAULT(fsync, "sync", concerns(fd), -1, int, fd); }
int fdatasync(int fd) { WITH_FAULT(fdatasync, "sync", concerns(fd), -1, int, fd); }

static int is_file(int fd) {
    struct stat s;
    return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && concerns(fd);
}
static int is_socket(int fd) {
    struct stat s;
    return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);
}
#define FILE_CALL(name, parameters, ...) \
    ssize_t name parameters { WITH_FAULT(name, "write", is_file(fd), -1, ssize_t, __VA_ARGS__); }
FILE_CALL(write, (int fd, void const* b, size_t n), fd, b, n)
FILE_CALL(pwrite, (int fd, void const* b, size_t n, off_t o), fd, b, n, o)
FILE_CALL(pwrite64, (int fd, void const* b, size_t n, off64_t o), fd, b, n, o)
FILE_CALL(writev, (int fd, struct iovec const* v, int n), fd, v, n)
FILE_CALL(pwritev, (int fd, struct iovec const* v, int n, off_t o), fd, v, n, o)
int posix_fallocate(int fd, off_t o, off_t n) { WITH_FAULT(posix_fallocate, "write", is_file(fd), errno, int, fd, o, n); }

int rename(char const* from, char const* to) {
    WITH_FAULT(rename, "rename", !path_part || strstr(to, path_part), -1, int, from, to);
}

#define SOCKET_CALL(name, parameters, ...) \
    ssize_t name parameters { WITH_FAULT(name, "send", is_socket(fd), -1, ssize_t, __VA_ARGS__); }
SOCKET_CALL(send, (int fd, void const* b, size_t n, int f), fd, b, n, f)
SOCKET_CALL(sendto, (int fd, void const* b, size_t n, int f, struct sockaddr const* a, socklen_t l), fd, b, n, f, a, l)
SOCKET_CALL(sendmsg, (int fd, struct msghdr const* m, int f), fd, m, f)

/* Of libraries that the program links: declared here, so that the shim needs none of their headers. */
int EVP_PKEY_sign(void* c, unsigned char* s, size_t* sn, unsigned char const* t, size_t tn);
int EVP_PKEY_sign(void* c, unsigned char* s, size_t* sn, unsigned char const* t, size_t tn) {
    WITH_FAULT(EVP_PKEY_sign, "seal", 1, 0, int, c, s, sn, t, tn);
}
int sqlite3_step(void* statement);
int sqlite3_step(void* statement) { WITH_FAULT(sqlite3_step, "statement", 1, 10 /* SQLITE_IOERR */, int, statement); }
int PQsendQueryPrepared(void* c, char const* s, int n, char const* const* v, int const* l, int const* f, int r);
int PQsendQueryPrepared(void* c, char const* s, int n, char const* const* v, int const* l, int const* f, int r) {
    WITH_FAULT(PQsendQueryPrepared, "statement", 1, 0, int, c, s, n, v, l, f, r);
}
