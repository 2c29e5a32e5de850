/* Who acts, in which order: anybody, in any order. Every action is one step of a node. */

#ifdef NO_TIMERS
#define hasTimer(s) false
#elif defined(PROGRESS) && defined(TIMERS_LOST_AT_RESTART)
#define hasTimer(s) (!restarted[owner[s]])
#else
#define hasTimer(s) true
#endif
#define isSaid(m, s)  (((sent[s] | waiting[s]) & m) != 0)
#define canGiveUp(s)  (hasTimer(s) && ((memory[s] == reserved && !isSaid(abandon, s)) || \
    (memory[s] == deciding && !isSaid(stop, s))))
#define canAskOn(s)   (hasTimer(s) && memory[s] == reserved && !isSaid(reserve, s))
#define canAskOutside(s) (hasTimer(s) && memory[s] == deciding && !isSaid(ask, s))
#ifdef LATE
#define arriving(s)   (calm -> late[s] : sent[s])
#else
#define arriving(s)   (calm -> 0 : sent[s])
#endif
#define arrivingOutside(s) sent[s]

/* A line for each step, each pair of neighbours, each node: there are as many as steps, at most. */
#if STEPS == 2
#define EACH_PAIR(X) X(0, 1)
#define EACH_STEP(X) X(0) X(1)
#elif STEPS == 3
#define EACH_PAIR(X) X(0, 1) X(1, 2)
#define EACH_STEP(X) X(0) X(1) X(2)
#elif STEPS == 4
#define EACH_PAIR(X) X(0, 1) X(1, 2) X(2, 3)
#define EACH_STEP(X) X(0) X(1) X(2) X(3)
#endif
#define EACH_NODE(X) EACH_STEP(X)

/* Whether the participant may say `later`. */
#ifdef DECIDES_LATER
#define canBeLater true
#else
#define canBeLater false
#endif

inline chooseAnswer(m, choice) {
    if
    :: choice = agree
    :: m == reserve -> choice = refuse
    :: m == reserve && canBeLater -> choice = later
    fi
}

#define isAsked(s)    ((arrivingOutside(s) & (ask | stop)) != 0 && \
    (memory[s] == deciding || memory[s] == unknown))
#define FORWARD_AND_BACK(a, b) \
    :: (arriving(a) & reserve) != 0 -> m = reserve; s = b \
    :: (arriving(a) & abandon) != 0 -> m = abandon; s = b \
    :: (arriving(b) & confirm) != 0 -> m = confirm; s = a \
    :: (arriving(b) & cancel) != 0 -> m = cancel; s = a
#define FLUSH(at)   :: d_step { ahead[at] -> flush(at) }
#ifdef SNAPSHOT_AHEAD
#define CRASH(at)   :: d_step { ahead[at] -> restartAhead(at) } :: d_step { true -> crash(at) }
#else
#define CRASH(at)   :: d_step { !calm && ahead[at] -> crash(at) }
#endif
#define GIVE_UP(at) :: d_step { canGiveUp(at) -> giveUp(at) }
#define ASK_ON(at)  :: d_step { canAskOn(at) -> say(reserve, at) }
#define DECIDE(at) \
    :: d_step { isAsked(at) -> decide(at, true) } \
    :: d_step { isAsked(at) -> decide(at, false) }

#ifdef PROGRESS
#include "calm.pml"
#endif

/* Everything that may happen and need not. */
proctype World() {
    byte m, s, choice;
end:
    do
    :: atomic {
        if
        EACH_PAIR(FORWARD_AND_BACK)
        fi;
        chooseAnswer(m, choice);
        d_step { receive(m, s, choice); m = 0; s = 0; choice = 0 }
    }
    :: atomic {
        /* A client's command. One that is known gets a verdict and changes nothing. */
        memory[0] == unknown -> chooseAnswer(reserve, choice);
        d_step { performStep(0, choice); choice = 0 }
    }
#ifdef DECIDES_LATER
    EACH_STEP(DECIDE)
#endif
    EACH_NODE(CRASH)
    EACH_STEP(ASK_ON)
#ifndef PROGRESS
    EACH_NODE(FLUSH)
    EACH_STEP(GIVE_UP)
#else
    :: d_step { !calm -> forgetSent(); calm = true }
#endif
    od
}

#include "start.pml"
