/* The protocol of ONE saga, for `spin`. README.md says what it covers and how it maps to the
   Swift code; `check` runs it. Sizes and wrong variants are set by -D.

   A step is a number: 0 ..< STEPS. */

#ifndef STEPS
#define STEPS 3
#endif
#define NODES STEPS      /* at most: one may come again */

#define isFirst(s) (s == 0)
#define isLast(s)  (s == STEPS - 1)

#include "words.pml"

byte owner[STEPS];       /* the node of each step */
byte memory[STEPS];      /* the step's state in its node's memory */
byte disk[STEPS];        /* and as the node's log has it */
bit ahead[NODES];        /* memory holds what the disk does not */
byte waiting[STEPS];     /* said by the step, but not released: what it rests on is not durable */
byte sent[STEPS];        /* on its way. Until `calm` it may arrive any number of times, or never */

#ifdef PROGRESS
bit calm;                /* the faults have stopped */
#ifdef LATE
byte late[STEPS];        /* sent before that, and still arriving at any time, any number of times */
#endif
#ifdef TIMERS_LOST_AT_RESTART
bit restarted[NODES];
#endif
#else
#define calm false
#endif

/* Scratch: meaningless between two actions, so no part of a state. */
hidden byte n, i, state, move, target;
hidden byte changesForward, allFinalBeyond, nothingHeldBeyond, allHeldBefore;
hidden byte oneOutcome, oneAnswer, nothingQuarantined, outsideKnowsNoMore, neverSettled;
hidden byte neverGivenBack;

#define CLAIM(name, condition) name = (condition); assert(name)

/* ---- What a node says ---- */

/* Nothing leaves before what it rests on is durable. */
inline say(m, s) {
    n = owner[s];
    if
#ifdef SAID_BEFORE_DURABLE
    :: true -> sent[s] = sent[s] | m
#endif
#ifdef CONFIRMED_BEFORE_DURABLE
    :: m == confirm -> sent[s] = sent[s] | m
#endif
    :: ahead[n] -> waiting[s] = waiting[s] | m
    :: else -> sent[s] = sent[s] | m
    fi;
    CLAIM(oneAnswer, (sent[s] & (confirm | cancel)) != (confirm | cancel))
}

/* An answer that writes no entry: wrongly released at once in one variant. */
inline sayEarly(m, s) {
    sent[s] = sent[s] | m;
    CLAIM(oneAnswer, (sent[s] & (confirm | cancel)) != (confirm | cancel))
}

/* ---- What a node decides ---- */

/* An entry: the step's state changes in memory, and says what follows from it. */
inline become(s, new) {
    n = owner[s];
    state = memory[s];
    if
#define CHANGE(from, to) :: state == from && new == to -> changesForward = true
#include "changes.pml"
#undef CHANGE
    :: else -> changesForward = false
    fi;
    assert(changesForward);
    printf("step %d: state %d at node %d\n", s, new, n);
    memory[s] = new;
    ahead[n] = true;
    judge(s, new);
    if
    :: new == deciding -> say(ask, s)
    :: new == reserved -> say(reserve, s)
    :: new == confirmed && !isFirst(s) -> say(confirm, s)
    :: new == cancelled && !isFirst(s) -> say(cancel, s)
    :: else
    fi
}

/* What must hold whenever a step changes its state. */
inline judge(s, new) {
    allFinalBeyond = true;
    nothingHeldBeyond = true;
    allHeldBefore = true;
    i = 0;
    do
    :: i >= STEPS -> break
    :: else ->
        if
        :: i < s && (new == deciding || new == reserved || new == confirmed) ->
            allHeldBefore = allHeldBefore && disk[i] == reserved
        :: i > s && new == confirmed ->
            allFinalBeyond = allFinalBeyond && disk[i] == confirmed
        :: i > s && new == cancelled ->
            nothingHeldBeyond = nothingHeldBeyond &&
                (disk[i] == unknown || disk[i] == cancelled) &&
                (memory[i] == unknown || memory[i] == cancelled)
        :: else
        fi;
        i++
    od;
    assert(allHeldBefore);
    assert(allFinalBeyond);
    assert(nothingHeldBeyond)
#ifdef NEVER_SETTLED
    ;
    CLAIM(neverSettled, new != confirmed || s != 0)
#endif
#ifdef NEVER_GIVEN_BACK
    ;
    CLAIM(neverGivenBack, new != cancelled || s != 0 || disk[0] != reserved)
#endif
}

/* A step that was never heard of is done: `perform` in Swift. */
inline performStep(s, choice) {
    if
#ifdef REFUSAL_FORGOTTEN
    :: choice == refuse && !isFirst(s) -> say(cancel, s)
#endif
    :: choice == refuse -> become(s, cancelled)
    :: choice == later -> become(s, deciding)
    :: choice == agree && isLast(s) -> become(s, confirmed)
    :: else -> become(s, reserved)
    fi
}

inline answerAgain(s, known) {
    if
#ifdef NO_ANSWER_AGAIN
    :: true
#endif
#ifdef REPEAT_ANSWERED_EARLY
    :: memory[known] == confirmed -> sayEarly(confirm, s)
    :: else -> sayEarly(cancel, s)
#else
    :: memory[known] == confirmed -> say(confirm, s)
    :: else -> say(cancel, s)
#endif
    fi
}

/* The protocol table's moves; `target` is the step whose state decides, `s` the one named. */
inline act(m, s, choice) {
    state = memory[target];
    if
#ifdef COVERAGE
/* Says so the first time that a cell is used, outside of what the model remembers. */
#define CELL(is, arrives, does) :: state == is && m == arrives -> c_code { \
        static int known; \
        if (!known++) printf("cell " #is " " #arrives "\n"); \
    }; move = does
#else
#define CELL(is, arrives, does) :: state == is && m == arrives -> move = does
#endif
#include "table.pml"
#undef CELL
    fi;
#ifdef ABANDONED_ON_ITS_OWN
    if
    :: state == reserved && m == abandon -> move = giveBack
    :: else
    fi;
#endif
    CLAIM(nothingQuarantined, move != quarantineUnasked && move != quarantineDenial);
    if
    :: move == perform -> performStep(s, choice)
#ifdef NO_TOMBSTONE
    :: move == bury -> say(cancel, s)
#else
    :: move == bury -> become(s, cancelled)
#endif
#ifdef ANSWERS_WHILE_DECIDING
    :: move == askToStop -> say(cancel, s)
#else
    :: move == askToStop -> say(stop, target)
#endif
    :: move == abandonNext -> say(abandon, target)
    :: move == makeFinal -> become(target, confirmed)
    :: move == giveBack -> become(target, cancelled)
    :: move == answer -> answerAgain(s, target)
    :: else
    fi
}

/* A message arrives for step s. */
inline receive(m, s, choice) {
    printf("step %d: message %d arrives\n", s, m);
    target = s;
#ifdef STATE_PER_SAGA
    n = owner[s];
    i = 0;
    do
    :: i >= STEPS -> break
    :: owner[i] == n && memory[i] != unknown -> target = i; break
    :: else -> i++
    od;
#endif
    act(m, s, choice)
}

/* ---- What befalls a node ---- */

/* Everything in memory becomes durable, and what waited for it leaves. */
inline flush(at) {
    printf("node %d: durable\n", at);
    i = 0;
    do
    :: i >= STEPS -> break
    :: else ->
        if
        :: owner[i] == at ->
            disk[i] = memory[i];
            sent[i] = sent[i] | waiting[i];
            waiting[i] = 0;
            CLAIM(oneAnswer, (sent[i] & (confirm | cancel)) != (confirm | cancel))
        :: else
        fi;
        i++
    od;
    ahead[at] = false;
    judgeDisks()
}

/* No two steps have different outcomes. */
inline judgeDisks() {
    state = 0;
    i = 0;
    do
    :: i >= STEPS -> break
    :: disk[i] == confirmed -> state = state | 1; i++
    :: disk[i] == cancelled -> state = state | 2; i++
    :: else -> i++
    od;
    CLAIM(oneOutcome, state != 3)
}

/* The process dies, or an append fails: memory is what the disk says, nothing that waited leaves. */
inline crash(at) {
    printf("node %d: crash\n", at);
    i = 0;
    do
    :: i >= STEPS -> break
    :: else ->
        if
        :: owner[i] == at -> memory[i] = disk[i]; waiting[i] = 0
        :: else
        fi;
        i++
    od;
    ahead[at] = false
#if defined(PROGRESS) && defined(TIMERS_LOST_AT_RESTART)
    ;
    restarted[at] = true
#endif
}

#ifdef SNAPSHOT_AHEAD
/* A restart from a snapshot that was taken of memory, with entries that the log does not have. */
inline restartAhead(at) {
    i = 0;
    do
    :: i >= STEPS -> break
    :: owner[i] == at -> waiting[i] = 0; i++
    :: else -> i++
    od;
    ahead[at] = false
}
#endif

/* The outside answers a step that it was asked about: only then does it know of it. */
inline decide(s, yes) {
    printf("step %d: the outside says %d\n", s, yes);
    CLAIM(outsideKnowsNoMore, disk[s] != unknown);
    if
    :: memory[s] != deciding
    :: memory[s] == deciding && !yes -> become(s, cancelled)
    :: memory[s] == deciding && yes && isLast(s) -> become(s, confirmed)
    :: memory[s] == deciding && yes && !isLast(s) -> become(s, reserved)
    fi
}

/* A timer past the deadline. Clocks differ and clients give up early: it may be at any moment. */
inline giveUp(s) {
    printf("step %d: timer, past the deadline\n", s);
    if
#ifdef RELEASES_ON_ITS_OWN
    :: memory[s] == reserved -> say(abandon, s); become(s, cancelled)
#endif
    :: memory[s] == reserved -> say(abandon, s)
    :: else -> say(stop, s)
    fi
}

#include "world.pml"
