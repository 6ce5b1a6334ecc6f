/*
 * A crowd of idle processes, with as little of everything else as there can be. It ends, whole, when its standard
 * input is closed. Under the name `containerd-shim-runc-v2` it is what looks like a shim.
 *
 *   crowd     reads lines, and writes one dot for each when it is done:
 *             plain COUNT                        that many children that wait
 *             container ID COUNT CGROUP.PROCS…   a child called as a shim of that container would be; its own children,
 *                                                COUNT of them, are moved into the given cgroups
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The child's life hangs on its parent's, so that none is left over, however the crowd ends. */
static pid_t fork_dependent(void)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        exit(1);
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(0);
    }
    return child;
}

static void wait_for_ever(void)
{
    for (;;) pause();
}

static void enter(char *const *cgroups)
{
    for (; *cgroups; cgroups++) {
        int file = open(*cgroups, O_WRONLY);
        if (file < 0 || write(file, "0", 1) != 1) {
            perror(*cgroups);
            _exit(1);
        }
        close(file);
    }
}

/* The first process leads a session of its own, as runc makes it; the others are its children. */
static void be_shim(int count, char *const *cgroups)
{
    int ready[2];
    if (pipe(ready) < 0) exit(1);
    if (fork_dependent() == 0) {
        setsid();
        enter(cgroups);
        for (int i = 1; i < count && fork_dependent() != 0; i++) {}
        close(ready[0]);
        close(ready[1]);
        wait_for_ever();
    }
    close(ready[1]);
    char nothing;
    while (read(ready[0], &nothing, 1) > 0) {}
    if (write(STDOUT_FILENO, ".", 1) != 1) exit(1);
    wait_for_ever();
}

static void start_container(const char *program, char *line)
{
    char *arguments[64] = {0};
    int length = 0;
    for (char *word = strtok(line, " \n"); word && length < 60; word = strtok(NULL, " \n")) arguments[length++] = word;
    if (length < 4) exit(2);
    if (fork_dependent() != 0) return;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    setenv("CROWD_COUNT", arguments[2], 1);
    char names[4096] = "";
    for (int i = 3; i < length; i++) {
        strncat(names, arguments[i], sizeof names - strlen(names) - 2);
        strcat(names, " ");
    }
    setenv("CROWD_CGROUPS", names, 1);
    execl(program, program, "-namespace", "moby", "-id", arguments[1], "-address", getenv("CROWD_CONTAINERD"), NULL);
    perror(program);
    _exit(1);
}

int main(int argc, char **argv)
{
    (void)argc;
    if (strstr(argv[0], "containerd-shim")) {
        char *cgroups[64] = {0};
        int length = 0;
        for (char *name = strtok(getenv("CROWD_CGROUPS"), " "); name; name = strtok(NULL, " ")) cgroups[length++] = name;
        be_shim(atoi(getenv("CROWD_COUNT")), cgroups);
    }
    char line[8192];
    char *shim = getenv("CROWD_SHIM");
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "container ", 10) == 0) {
            start_container(shim, line);
            continue; /* the shim writes the dot */
        }
        for (int count = atoi(line + strlen("plain ")); count > 0; count--) {
            if (fork_dependent() == 0) wait_for_ever();
        }
        if (write(STDOUT_FILENO, ".", 1) != 1) return 1;
    }
    return 0;
}
