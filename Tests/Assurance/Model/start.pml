/* Which node owns which step. Neighbouring steps belong to different nodes; a node may come
   again. Nodes are numbered in the order of their first step, which leaves no route out. */

#if STEPS == 2
#define CHOOSE_ROUTE
#elif STEPS == 3
#define CHOOSE_ROUTE if :: true :: owner[2] = 0 fi;
#elif STEPS == 4
#define CHOOSE_ROUTE \
    if \
    :: true :: owner[3] = 0 :: owner[3] = 1 \
    :: owner[2] = 0; owner[3] = 1 :: owner[2] = 0; owner[3] = 2 \
    fi;
#endif

init {
    atomic {
        owner[1] = 1;
#if STEPS > 2
        owner[2] = 2;
#endif
#if STEPS > 3
        owner[3] = 3;
#endif
        CHOOSE_ROUTE
        /* No process acts before this ends: it is one action. */
        run World();
#ifdef PROGRESS
        EACH_PAIR(RUN_PAIR)
        EACH_NODE(RUN_DISK)
        EACH_STEP(RUN_TIMER)
#ifdef DECIDES_LATER
        EACH_STEP(RUN_OUTSIDE)
#endif
#endif
    }
}
