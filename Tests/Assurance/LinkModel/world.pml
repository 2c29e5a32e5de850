/* Who acts, in which order: anybody, in any order. Every action is one step of a node. */

#if STEPS == 2
#define EACH_STEP(X) X(0) X(1)
#define EACH_PAIR(X) X(0, 1)
#elif STEPS == 3
#define EACH_STEP(X) X(0) X(1) X(2)
#define EACH_PAIR(X) X(0, 1) X(1, 2)
#elif STEPS == 4
#define EACH_STEP(X) X(0) X(1) X(2) X(3)
#define EACH_PAIR(X) X(0, 1) X(1, 2) X(2, 3)
#endif

/* Whether the participant may say `later`. */
#ifdef DECIDES_LATER
#define canBeLater true
#else
#define canBeLater false
#endif

#define canTakeFromPrevious(s) (takenOnward[s] < shownOnward(s - 1))
#define canTakeFromNext(s)     (takenBack[s] < shownBack(s + 1))
#define isAsked(s)    (asked[s] && (memory[s] == deciding || memory[s] == unknown))

#define TAKE(a, b) \
    :: d_step { canTakeFromPrevious(b) -> takeFromPrevious(b, agree) } \
    :: d_step { canTakeFromPrevious(b) && memory[b] == unknown -> takeFromPrevious(b, refuse) } \
    :: d_step { canBeLater && canTakeFromPrevious(b) && memory[b] == unknown -> \
        takeFromPrevious(b, later) } \
    :: d_step { canTakeFromNext(a) -> takeFromNext(a) }
#define FLUSH(s) :: d_step { ahead[s] -> flush(s) }
#define CRASH(s) :: d_step { !calm && ahead[s] -> crash(s); entry = 0 }
#define DECIDE(s) \
    :: d_step { isAsked(s) -> decide(s, true); entry = 0 } \
    :: d_step { isAsked(s) -> decide(s, false); entry = 0 }
#define DEADLINE(s) :: d_step { true -> act(deadline, s, agree); entry = 0 }

#define KEEP(s) :: d_step { !calm && canKeepMore(s) -> keep(s) }
#define LOSE(s) :: d_step { !calm && losses[s] > 0 -> lose(s) }

#ifdef PROGRESS
#include "calm.pml"
#endif

/* Everything that may happen and need not. */
proctype World() {
end:
    do
    /* A client's command, again if the node forgot it. One that is known changes nothing. */
    :: d_step { memory[0] == unknown -> performStep(0, agree); entry = 0 }
    :: d_step { memory[0] == unknown -> performStep(0, refuse); entry = 0 }
    :: d_step { canBeLater && memory[0] == unknown -> performStep(0, later); entry = 0 }
    /* The client or the origin's deadline gives the saga up. */
    :: d_step { (memory[0] == reserved || memory[0] == deciding) && !abandoned[0] ->
        act(abandon, 0, agree); entry = 0 }
#ifdef DECIDES_LATER
    EACH_STEP(DECIDE)
#endif
    EACH_STEP(CRASH)
#ifdef LOSS
    EACH_STEP(KEEP)
    EACH_STEP(LOSE)
#endif
#ifndef PROGRESS
    EACH_PAIR(TAKE)
    EACH_STEP(FLUSH)
    EACH_STEP(DEADLINE)
#else
    :: d_step { !calm -> calm = true }
    /* Weak fairness must not force it to do any of the above. */
    :: d_step { calm -> entry = 0 }
#endif
    od
}

/* Who will lose: any node, or LOSER; with a second loss any node again, the same one too. */
#define IS_LOSER(s) :: losses[s]++
#ifdef LOSER
#define CHOOSE_LOSER losses[LOSER]++;
#elif defined(LOSS)
#define CHOOSE_LOSER if EACH_STEP(IS_LOSER) fi;
#else
#define CHOOSE_LOSER
#endif
#ifdef SECOND_LOSS
#define CHOOSE_SECOND if EACH_STEP(IS_LOSER) fi;
#else
#define CHOOSE_SECOND
#endif

init {
    atomic {
        CHOOSE_LOSER
        CHOOSE_SECOND
        /* No process acts before this ends: it is one action. */
        run World();
#ifdef PROGRESS
        EACH_PAIR(RUN_PAIR)
        EACH_STEP(RUN_STEP)
#endif
    }
}
