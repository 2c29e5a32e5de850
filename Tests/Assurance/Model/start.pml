/* Which node owns which step. Neighbouring steps belong to different nodes; a node may come
   again. The first content's nodes are numbered in the order of their first step, which leaves no
   route out; the second's are any. */

#if STEPS == 2
#define CHOOSE_FIRST
#elif STEPS == 3
#define CHOOSE_FIRST if :: true :: owner[2] = 0 fi;
#elif STEPS == 4
#define CHOOSE_FIRST \
    if \
    :: true :: owner[3] = 0 :: owner[3] = 1 \
    :: owner[2] = 0; owner[3] = 1 :: owner[2] = 0; owner[3] = 2 \
    fi;
#endif

#define OPTION(at)  :: x = at
#define OTHER(at)   :: x != at -> y = at
#define CHOOSE_NEXT(at) if EACH_NODE(OTHER) fi; owner[at] = y; x = y; y = 0;

init {
    byte x, y;
    atomic {
        owner[1] = 1;
#if STEPS > 2
        owner[2] = 2;
#endif
#if STEPS > 3
        owner[3] = 3;
#endif
        CHOOSE_FIRST
#if STEPS2 > 0
        if EACH_NODE(OPTION) fi;
        owner[STEPS] = x;
        CHOOSE_NEXT(STEPS + 1)
#endif
#if STEPS2 > 2
        CHOOSE_NEXT(STEPS + 2)
#endif
#if STEPS2 > 3
        CHOOSE_NEXT(STEPS + 3)
#endif
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
        x = 0
    }
}
