/* An accepted loss: a node's log loses its tail, from any point up to all of it, and a new timeline
   begins. Without LOSS there is none, and all of this is empty.

   The entry that begins the timeline is shown to both neighbours. Each answers it by `accepted`:
   after its operators' word where it had taken entries that are lost, by itself otherwise. The node
   takes nothing of a neighbour that stands before its `accepted`, but for a new timeline there. */

#ifndef LOSS

#define isLost(s) false
#define wasConfirmedByLost(s, i) false
#define isDecidedAnew(s) false
#define isStale(i) false
#define wasDecidedAnew(s) false
#define isUnaskedByLoss(s, m) false
#define TAKE_FROM_PREVIOUS(s) :: false
#define TAKE_FROM_NEXT(s) :: false
#define flushLoss(s) skip
#define crashLoss(s) skip
#define noteRepeated() skip
#define noteRefusal(s, new) skip

#else

byte losses[STEPS];       /* how often the node will still lose */
byte timelines[STEPS];    /* how often it has lost, and accepted it */

/* It has not yet taken the previous node's `accepted`, or the next node's: in memory, on disk. */
bit awaitsPrevious[STEPS];
bit awaitsPreviousOnDisk[STEPS];
bit awaitsNext[STEPS];
bit awaitsNextOnDisk[STEPS];

/* The first step was refused although the lost log may have begun it. */
bit decidedAnew;
bit decidedAnewOnDisk;
#ifdef NEVER_HEALED
bit hasRepeated;
#define noteRepeated() hasRepeated = true
#else
#define noteRepeated() skip
#endif

/* Where the surviving log ends: any state that the node's disk ever had. */
byte keptState[STEPS];
bit keptAbandoned[STEPS];
bit keptStopped[STEPS];
byte keptOnward[STEPS];
byte keptBack[STEPS];
byte keptTakenOnward[STEPS];
byte keptTakenBack[STEPS];

#define isLost(s) (timelines[s] > 0)
/* The entries that begin a timeline and accept it say which one. */
#define numbered(e, s)  (e | (timelines[s] > 1 -> 128 : 0))
#define isFork(e)       ((e & 127) == fork)
#define isAccepted(e)   ((e & 127) == accepted)

/* By the lost entries the steps before it may have become final: confirmed, never cancelled. */
#define wasConfirmedByLost(s, i) (isLost(s) && disk[i] == confirmed)
/* The surviving log holds what the lost entries gave back; the next node will say so again. */
#define isStale(i) (isLost(i) && disk[i] == reserved && memory[i] != confirmed)
/* A client comes again to an origin that lost: it decides by the books that survive. */
#define isDecidedAnew(s) (isLost(0) && s == 0 && memory[0] != reserved)
#define wasDecidedAnew(s) (s == 0 && decidedAnew)
/* What a neighbour holds that the new timeline does not know: listed for people. */
#define isUnaskedByLoss(s, m) \
    (isLost(s) && (m != abandon || (s > 0 -> isLost(s - 1) : false)))

inline noteRefusal(s, new) {
    if
    :: new == cancelled && isDecidedAnew(s) -> decidedAnew = true
    :: else
    fi
}

/* Something is said once more, because the neighbour or the own log began a new timeline. */
inline sayAgain(s) {
    if
    :: memory[s] == reserved && abandoned[s] ->
        writeOnward(s, (reserve | again));
        writeOnward(s, abandon)
    :: memory[s] == reserved && !abandoned[s] -> writeOnward(s, (reserve | again))
    :: else
    fi
}

#ifdef RESERVED_NOT_AGAIN
#define sayToLoser(s) skip
#else
#define sayToLoser(s) sayAgain(s)
#endif
#ifdef OWN_RESERVED_NOT_AGAIN
#define sayOwn(s) skip
#else
#define sayOwn(s) sayAgain(s)
#endif
#ifdef REFUSED_AGAIN
#define isJudged(s) true
#else
#define isJudged(s) \
    (s == LAST || memory[s] != unknown || (entry & again) == 0 || !isLost(s))
#endif

/* The cells of the table are for what these rows leave. A Reserve that is said again is not judged
   by a node between that lost its log: the next one may know the outcome. */
#define TAKE_FROM_PREVIOUS(s) \
    :: isAccepted(entry) && awaitsPrevious[s] && entry == numbered(accepted, s) -> \
        awaitsPrevious[s] = false \
    :: isAccepted(entry) && !(awaitsPrevious[s] && entry == numbered(accepted, s)) \
    :: isFork(entry) && !isForkSkipped(awaitsPrevious[s]) -> acceptFromPrevious(s) \
    :: isFork(entry) && isForkSkipped(awaitsPrevious[s]) \
    :: !isFork(entry) && !isAccepted(entry) && awaitsPrevious[s] \
    :: !isFork(entry) && !isAccepted(entry) && !awaitsPrevious[s] && !isJudged(s) -> \
        act(reserve, s, agree)
#define TAKE_FROM_NEXT(s) \
    :: isAccepted(entry) && awaitsNext[s] && entry == numbered(accepted, s) -> \
        awaitsNext[s] = false; sayOwn(s) \
    :: isAccepted(entry) && !(awaitsNext[s] && entry == numbered(accepted, s)) \
    :: isFork(entry) && !isForkSkipped(awaitsNext[s]) -> acceptFromNext(s) \
    :: isFork(entry) && isForkSkipped(awaitsNext[s]) \
    :: !isFork(entry) && !isAccepted(entry) && awaitsNext[s]

/* A new timeline of the neighbour is answered also by a node that waits for its word. */
#ifdef FORK_IS_OLD_TOO
#define isForkSkipped(awaits) awaits
#else
#define isForkSkipped(awaits) false
#endif

#ifdef GOES_ON_SILENTLY
/* A neighbour that had taken nothing that is lost says nothing, and goes on. */
bit nextWasCut[STEPS];
bit previousWasCut[STEPS];
#define hadTaken(cut) cut
#else
#define hadTaken(cut) true
#endif

/* The neighbour's new timeline: `entry` is the one that begins it. */
inline acceptFromPrevious(s) {
    if
    :: hadTaken(nextWasCut[s - 1]) -> writeBack(s, (entry - fork + accepted))
    :: else
    fi
}

inline acceptFromNext(s) {
    if
    :: hadTaken(previousWasCut[s + 1]) ->
        writeOnward(s, (entry - fork + accepted));
        sayToLoser(s)
    :: else
    fi
}

inline flushLoss(s) {
    awaitsPreviousOnDisk[s] = awaitsPrevious[s];
    awaitsNextOnDisk[s] = awaitsNext[s];
    decidedAnewOnDisk = (s == 0 -> decidedAnew : decidedAnewOnDisk)
}

inline crashLoss(s) {
    awaitsPrevious[s] = awaitsPreviousOnDisk[s];
    awaitsNext[s] = awaitsNextOnDisk[s];
    decidedAnew = (s == 0 -> decidedAnewOnDisk : decidedAnew)
}

#define canKeepMore(s) (losses[s] > 0 && (keptState[s] != disk[s] || \
    keptAbandoned[s] != abandonedOnDisk[s] || keptStopped[s] != stoppedOnDisk[s] || \
    keptOnward[s] != onwardDurable[s] || keptBack[s] != backDurable[s] || \
    keptTakenOnward[s] != takenOnwardOnDisk[s] || keptTakenBack[s] != takenBackOnDisk[s]))

/* From now on the log survives up to here at least. */
inline keep(s) {
    keptState[s] = disk[s];
    keptAbandoned[s] = abandonedOnDisk[s];
    keptStopped[s] = stoppedOnDisk[s];
    keptOnward[s] = onwardDurable[s];
    keptBack[s] = backDurable[s];
    keptTakenOnward[s] = takenOnwardOnDisk[s];
    keptTakenBack[s] = takenBackOnDisk[s]
}

#define least(a, b) (a < b -> a : b)

/* The tail is lost, two people accept it, the new timeline begins with its entry. A neighbour that
   has taken what is lost is suspended: the next that it takes is that entry, by its operators. */
inline lose(s) {
    printf("node %d: loses its log behind state %d\n", s, keptState[s]);
    losses[s]--;
    timelines[s]++;
    memory[s] = keptState[s];
    abandoned[s] = keptAbandoned[s];
    stopped[s] = keptStopped[s];
    takenOnward[s] = keptTakenOnward[s];
    takenBack[s] = keptTakenBack[s];
#ifndef DECIDES_ON
    /* The lost entries may have decided it, and told the neighbours: it counts as never heard of,
       until the neighbour for which it is open says it again. */
    if
    :: keptState[s] == deciding ->
        memory[s] = unknown;
        abandoned[s] = false;
        stopped[s] = false
    :: else
    fi;
#endif
    asked[s] = false;
    onwardEnd[s] = keptOnward[s];
    backEnd[s] = keptBack[s];
    clearBeyond(s);
    if
    :: s < LAST ->
        writeOnward(s, numbered(fork, s));
        awaitsNext[s] = true;
#ifdef GOES_ON_SILENTLY
        nextWasCut[s] = takenOnwardOnDisk[s + 1] > keptOnward[s];
#endif
        takenOnward[s + 1] = least(takenOnward[s + 1], keptOnward[s]);
        takenOnwardOnDisk[s + 1] = least(takenOnwardOnDisk[s + 1], keptOnward[s]);
        keptTakenOnward[s + 1] = least(keptTakenOnward[s + 1], keptOnward[s])
    :: else
    fi;
    if
    :: s > 0 ->
        writeBack(s, numbered(fork, s));
        awaitsPrevious[s] = true;
#ifdef GOES_ON_SILENTLY
        previousWasCut[s] = takenBackOnDisk[s - 1] > keptBack[s];
#endif
        takenBack[s - 1] = least(takenBack[s - 1], keptBack[s]);
        takenBackOnDisk[s - 1] = least(takenBackOnDisk[s - 1], keptBack[s]);
        keptTakenBack[s - 1] = least(keptTakenBack[s - 1], keptBack[s])
    :: else
    fi;
#ifdef FROM_OLD
    /* All that the neighbours ever said is read once more, closed sagas too. */
    awaitsPrevious[s] = false;
    awaitsNext[s] = false;
    takenOnward[s] = 0;
    takenBack[s] = 0;
#endif
    if
    :: losses[s] == 0 ->
        keptState[s] = unknown;
        keptAbandoned[s] = false;
        keptStopped[s] = false;
        keptOnward[s] = 0;
        keptBack[s] = 0;
        keptTakenOnward[s] = 0;
        keptTakenBack[s] = 0
    :: else
    fi;
    flush(s)
}

#endif
