#define _GNU_SOURCE
#include "CProcess.h"

#include <spawn.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

int giro_forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    int refused = setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
    // A limit of 0 does not stop a dump that is piped to a program.
    refused |= prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    return refused ? -1 : 0;
}

int giro_spawn_closing_files(void *actions) {
#if defined(__linux__)
    return posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#else
    // There POSIX_SPAWN_CLOEXEC_DEFAULT does it.
    return 0;
#endif
}
