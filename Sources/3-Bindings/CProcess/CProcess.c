#include "CProcess.h"

#include <sys/resource.h>

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
