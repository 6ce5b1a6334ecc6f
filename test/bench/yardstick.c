/*
 * The physical limit of looking at /proc: reads stat, cmdline and cgroup of every process once, by getdents64, openat,
 * read and close, and does nothing with what it read.
 *
 *   yardstick ROUNDS     prints one line for each round: NANOSECONDS PROCESSES FILES
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char entries[1 << 16];
static char content[1 << 16];
static const char *const names[] = {"stat", "cmdline", "cgroup"};

static long files_of(int proc, const char *pid)
{
    long opened = 0;
    char path[NAME_MAX + 16];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", pid, names[i]);
        int file = openat(proc, path, O_RDONLY);
        if (file < 0) continue; /* it ended meanwhile */
        while (read(file, content, sizeof content) == (ssize_t)sizeof content) {}
        close(file);
        opened++;
    }
    return opened;
}

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv)
{
    for (int rounds = argc > 1 ? atoi(argv[1]) : 1; rounds > 0; rounds--) {
        long processes = 0, files = 0;
        long long begun = now();
        int proc = open("/proc", O_RDONLY | O_DIRECTORY);
        if (proc < 0) {
            perror("/proc");
            return 1;
        }
        for (long length; (length = syscall(SYS_getdents64, proc, entries, sizeof entries)) > 0;) {
            for (long at = 0; at < length;) {
                struct dirent64 *entry = (struct dirent64 *)(entries + at);
                at += entry->d_reclen;
                if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
                processes++;
                files += files_of(proc, entry->d_name);
            }
        }
        close(proc);
        printf("%lld %ld %ld\n", now() - begun, processes, files);
    }
    return 0;
}
