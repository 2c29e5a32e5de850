/* One saga of the protocol, for `spin`. README.md says what it covers; `check` runs it. Sizes
   and wrong variants are set by -D. Links are perfect here: each numbered entry is taken exactly
   once, in order, once it is durable. That is what link.pml shows of a link with all its faults.

   A step is a number, and has a node of its own: money passes a node in at most one step. */

#include "words.pml"
#ifdef LINK
#include "link.pml"
#else

#ifndef STEPS
#define STEPS 3
#endif
#define LAST (STEPS - 1)
#if defined(SECOND_LOSS)
#define ENTRIES 10
#elif defined(LOSS)
#define ENTRIES 6
#else
#define ENTRIES 2
#endif

byte memory[STEPS];       /* the step's state in its node's memory */
byte disk[STEPS];         /* and as the node's log has it */
bit ahead[STEPS];         /* memory holds what the disk does not */
bit abandoned[STEPS];     /* an Abandon was recorded: memory, disk */
bit abandonedOnDisk[STEPS];
bit stopped[STEPS];       /* the outside is asked to stop: memory, disk */
bit stoppedOnDisk[STEPS];
bit asked[STEPS];         /* the outside was asked */

/* The numbered entries of a step's node for the next and the previous node: how many stand in
   memory, how many are durable. And how many of its neighbours' the node has taken. */
byte onward[STEPS * ENTRIES];
byte back[STEPS * ENTRIES];
byte onwardEnd[STEPS];
byte onwardDurable[STEPS];
byte backEnd[STEPS];
byte backDurable[STEPS];
byte takenOnward[STEPS];  /* of the previous node's onward entries */
byte takenOnwardOnDisk[STEPS];
byte takenBack[STEPS];    /* of the next node's back entries */
byte takenBackOnDisk[STEPS];

#ifdef PROGRESS
bit calm;                 /* the faults have stopped */
#else
#define calm false
#endif

/* Scratch: meaningless between two actions, so no part of a state. */
hidden byte i, state, move, entry;
hidden byte changesForward, allFinalBeyond, nothingHeldBeyond, allHeldBefore, oneOutcome;
hidden byte nothingQuarantined, outsideKnowsNoMore, neverSettled, neverGivenBack, fits;
hidden byte neverHealed;

#define CLAIM(name, condition) name = (condition); assert(name)

#include "loss.pml"

/* ---- What a node writes for its neighbours ---- */

inline writeOnward(s, e) {
    CLAIM(fits, onwardEnd[s] < ENTRIES);
    onward[s * ENTRIES + onwardEnd[s]] = e;
    onwardEnd[s]++;
    ahead[s] = true
}

inline writeBack(s, e) {
    CLAIM(fits, backEnd[s] < ENTRIES);
    back[s * ENTRIES + backEnd[s]] = e;
    backEnd[s]++;
    ahead[s] = true
}

/* What is durable may be taken. */
#ifdef SAID_BEFORE_DURABLE
#define shownOnward(s) onwardEnd[s]
#define shownBack(s)   backEnd[s]
#else
#define shownOnward(s) onwardDurable[s]
#define shownBack(s)   backDurable[s]
#endif

/* ---- What a node decides ---- */

/* An entry of the step: its state changes in memory, and the neighbour it concerns is addressed. */
inline become(s, new) {
    state = memory[s];
    if
#define CHANGE(from, to) :: state == from && new == to -> changesForward = true
#include "changes.pml"
#undef CHANGE
    :: else -> changesForward = false
    fi;
    assert(changesForward);
    printf("step %d: state %d\n", s, new);
    judge(s, new);
    noteRefusal(s, new);
    memory[s] = new;
    ahead[s] = true;
#ifdef ASKED_BEFORE_DURABLE
    if
    :: new == deciding -> asked[s] = true
    :: else
    fi;
#endif
    if
    :: new == reserved && abandoned[s] -> writeOnward(s, reserve); writeOnward(s, abandon)
    :: new == reserved && !abandoned[s] -> writeOnward(s, reserve)
    :: new == confirmed && s > 0 -> writeBack(s, confirm)
    :: new == cancelled && s > 0 -> writeBack(s, cancel)
    :: else
    fi
}

/* What must hold whenever a step changes its state. After an accepted loss nothing is claimed of
   what the lost entries said: `isLost` (loss.pml). */
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
            allHeldBefore = allHeldBefore &&
                (disk[i] == reserved || isLost(i) || wasConfirmedByLost(s, i))
        :: i > s && new == confirmed ->
            allFinalBeyond = allFinalBeyond && (disk[i] == confirmed || isLost(i))
        :: i > s && new == cancelled ->
            nothingHeldBeyond = nothingHeldBeyond && (isDecidedAnew(s) || isStale(i) ||
                (disk[i] == unknown || disk[i] == cancelled) &&
                (memory[i] == unknown || memory[i] == cancelled))
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
#ifdef NEVER_HEALED
    ;
    CLAIM(neverHealed, new != confirmed || s != 0 || !hasRepeated)
#endif
}

/* A step that was never heard of is done. */
inline performStep(s, choice) {
    if
    :: choice == refuse -> become(s, cancelled)
    :: choice == later -> become(s, deciding)
    :: choice == agree && s == LAST -> become(s, confirmed)
    :: choice == agree && s != LAST -> become(s, reserved)
    fi
}

/* `repeated`: a small entry that names the old one. It changes nothing here. */
inline repeatOutcome(s) {
#ifdef NO_REPEATED
    skip
#else
    noteRepeated();
    if
    :: s > 0 && memory[s] == confirmed -> writeBack(s, confirm)
    :: s > 0 && memory[s] == cancelled -> writeBack(s, cancel)
    :: else
    fi
#endif
}

/* The outside is asked to stop, once; an Abandon is remembered, so that it follows a `reserved`. */
inline stopOutside(s, m) {
#ifdef ANSWERS_WHILE_DECIDING
    if
    :: s > 0 && m == abandon && !abandoned[s] -> writeBack(s, cancel)
    :: else
    fi;
#endif
    if
    :: m == abandon && !abandoned[s] -> abandoned[s] = true; ahead[s] = true
    :: else
    fi;
#ifndef NEVER_ASKED_TO_STOP
    if
    :: !stopped[s] -> stopped[s] = true; ahead[s] = true
    :: else
    fi
#endif
}

/* The protocol table's moves. */
inline act(m, s, choice) {
    state = memory[s];
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
    :: state == reserved && m == abandon && s > 0 -> move = giveBack
    :: else
    fi;
#endif
#ifdef RELEASES_ON_ITS_OWN
    if
    :: state == reserved && m == deadline -> move = giveBack
    :: else
    fi;
#endif
#ifdef DEADLINE_IN_IDENTITY
    /* What a client says again with another deadline is another saga: done once more. */
    if
    :: move == repeat -> move = perform
    :: else
    fi;
#endif
    CLAIM(nothingQuarantined, (move != quarantineUnasked || isUnaskedByLoss(s, m)) &&
        (move != quarantineDenial || wasDecidedAnew(s)));
    if
    :: move == perform -> performStep(s, choice)
    :: move == askToStop -> stopOutside(s, m)
    :: move == abandonNext && !abandoned[s] -> abandoned[s] = true; writeOnward(s, abandon)
    :: move == makeFinal -> become(s, confirmed)
    :: move == giveBack -> become(s, cancelled)
    :: move == repeat -> repeatOutcome(s)
    :: else
    fi
}

/* ---- What a node takes from its links: taking and acting are one commit ---- */

inline takeFromPrevious(s, choice) {
    entry = onward[(s - 1) * ENTRIES + takenOnward[s]];
    printf("step %d: message %d arrives\n", s, entry);
    takenOnward[s]++;
    ahead[s] = true;
    if
    TAKE_FROM_PREVIOUS(s)
    :: else -> act((entry & ~again), s, choice)
    fi;
#ifdef READ_APART
    takenOnwardOnDisk[s] = takenOnward[s];
#endif
    entry = 0
}

inline takeFromNext(s) {
    entry = back[(s + 1) * ENTRIES + takenBack[s]];
    printf("step %d: message %d arrives\n", s, entry);
    takenBack[s]++;
    ahead[s] = true;
    if
    TAKE_FROM_NEXT(s)
    :: else -> act(entry, s, agree)
    fi;
    entry = 0
}

/* The outside answers a step that it was asked about: only then does it know of it. */
inline decide(s, yes) {
    printf("step %d: the outside says %d\n", s, yes);
    CLAIM(outsideKnowsNoMore, disk[s] != unknown);
    if
    :: memory[s] == deciding && !yes -> become(s, cancelled)
    :: memory[s] == deciding && yes && s == LAST -> become(s, confirmed)
    :: memory[s] == deciding && yes && s != LAST -> become(s, reserved)
    :: else
    fi
}

/* ---- What befalls a node ---- */

/* Everything in memory becomes durable, and what waited for it may leave. */
inline flush(s) {
    printf("node %d: durable\n", s);
    disk[s] = memory[s];
    abandonedOnDisk[s] = abandoned[s];
    stoppedOnDisk[s] = stopped[s];
    onwardDurable[s] = onwardEnd[s];
    backDurable[s] = backEnd[s];
    takenOnwardOnDisk[s] = takenOnward[s];
    takenBackOnDisk[s] = takenBack[s];
    ahead[s] = false;
    if
    :: disk[s] == deciding -> asked[s] = true
    :: else
    fi;
    flushLoss(s);
    judgeDisks()
}

/* No two steps have different outcomes. */
inline judgeDisks() {
    state = 0;
    i = 0;
    do
    :: i >= STEPS -> break
    :: disk[i] == confirmed -> state = state | 1; i++
    :: disk[i] == cancelled && !wasDecidedAnew(i) -> state = state | 2; i++
    :: else -> i++
    od;
    CLAIM(oneOutcome, state != 3)
}

/* Entries beyond the ends are gone. */
inline clearBeyond(s) {
    i = 0;
    do
    :: i >= ENTRIES -> break
    :: else ->
        if
        :: i >= onwardEnd[s] -> onward[s * ENTRIES + i] = 0
        :: else
        fi;
        if
        :: i >= backEnd[s] -> back[s * ENTRIES + i] = 0
        :: else
        fi;
        i++
    od
}

/* The process dies, or an append fails: memory is what the disk says. */
inline crash(s) {
    printf("node %d: crash\n", s);
    memory[s] = disk[s];
    abandoned[s] = abandonedOnDisk[s];
    stopped[s] = stoppedOnDisk[s];
    onwardEnd[s] = onwardDurable[s];
    backEnd[s] = backDurable[s];
    takenOnward[s] = takenOnwardOnDisk[s];
    takenBack[s] = takenBackOnDisk[s];
    ahead[s] = false;
    crashLoss(s);
    clearBeyond(s)
}

#include "world.pml"
#endif
