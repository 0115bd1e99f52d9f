/* Injects one fault into a program through the C library (LD_PRELOAD): no hook stands in the program itself.
 *
 * RAPPORT_FAULT=action:call:number[:count]
 *   action  kill    the process kills itself with SIGKILL instead of (half of the time: after) making the call
 *           fail    the call fails with EIO, `count` times (default 1)
 *           full    the call fails with ENOSPC, `count` times: a full disk
 *   call    sync (fsync, fdatasync), write (write, pwrite), rename, send (send, sendmsg, writev to a socket)
 *   number  the fault happens at the number-th call of that kind
 * RAPPORT_FAULT_PATH limits sync, write and rename to descriptors whose path contains the text.
 * RAPPORT_FAULT_SWITCH names a file: while it exists, `full` and `fail` hit every call; the number is ignored. */
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

__attribute__((constructor)) static void read_plan(void) {
    char const* plan = getenv("RAPPORT_FAULT");
    char verb[16] = "";
    path_part = getenv("RAPPORT_FAULT_PATH");
    switch_file = getenv("RAPPORT_FAULT_SWITCH");
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

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WITH_FAULT(kind, condition, type, expression)     \
    int kill_after = 0;                                   \
    int const saved = errno;                              \
    if ((condition) && fault(kind, &kill_after)) return -1; \
    errno = saved;                                        \
    type const result = (expression);                     \
    if (kill_after) kill(getpid(), SIGKILL);              \
    return result

int fsync(int fd) { WITH_FAULT("sync", concerns(fd), int, REAL(fsync)(fd)); }
int fdatasync(int fd) { WITH_FAULT("sync", concerns(fd), int, REAL(fdatasync)(fd)); }

static int is_file(int fd) {
    struct stat s;
    return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && concerns(fd);
}
static int is_socket(int fd) {
    struct stat s;
    return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);
}
ssize_t write(int fd, void const* b, size_t n) { WITH_FAULT("write", is_file(fd), ssize_t, REAL(write)(fd, b, n)); }
ssize_t pwrite(int fd, void const* b, size_t n, off_t o) { WITH_FAULT("write", is_file(fd), ssize_t, REAL(pwrite)(fd, b, n, o)); }
ssize_t pwrite64(int fd, void const* b, size_t n, off64_t o) { WITH_FAULT("write", is_file(fd), ssize_t, REAL(pwrite64)(fd, b, n, o)); }
int rename(char const* from, char const* to) { WITH_FAULT("rename", !path_part || strstr(to, path_part), int, REAL(rename)(from, to)); }
ssize_t send(int fd, void const* b, size_t n, int f) { WITH_FAULT("send", is_socket(fd), ssize_t, REAL(send)(fd, b, n, f)); }
ssize_t sendmsg(int fd, struct msghdr const* m, int f) { WITH_FAULT("send", is_socket(fd), ssize_t, REAL(sendmsg)(fd, m, f)); }
