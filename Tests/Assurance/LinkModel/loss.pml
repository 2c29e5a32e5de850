/* An accepted loss: one node's log loses its tail, from any point up to all of it, and a new
   timeline begins. Without LOSS there is none, and all of this is empty.

   The entry that begins the timeline is shown to both neighbours. Each answers it by `accepted`: its
   operators where it had taken entries that are lost, by itself otherwise. The node takes nothing
   of a neighbour that stands before its `accepted`. */

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

byte loser;               /* the node that will lose */
bit lost;                 /* it has lost, and accepted it */
bit awaitsPrevious;       /* it has not yet taken the previous node's `accepted`: memory, disk */
bit awaitsPreviousOnDisk;
bit awaitsNext;           /* or the next node's */
bit awaitsNextOnDisk;
bit decidedAnew;          /* the first step was refused although the lost log may have begun it */
bit decidedAnewOnDisk;
#ifdef NEVER_HEALED
bit hasRepeated;
#define noteRepeated() hasRepeated = true
#else
#define noteRepeated() skip
#endif

/* Where the surviving log ends: any state that the loser's disk ever had. */
byte keptState;
bit keptAbandoned;
bit keptStopped;
byte keptOnward;
byte keptBack;

#define isLost(s) (lost && s == loser)
/* What the lost entries said may have made the steps before final: confirmed, and never cancelled. */
#define wasConfirmedByLost(s, i) (isLost(s) && disk[i] == confirmed)
/* The surviving log holds what the lost entries gave back; the next node will say so again. */
#define isStale(i) (isLost(i) && disk[i] == reserved && memory[i] != confirmed)
/* A client comes again to an origin that lost: it decides by the books that survive. */
#define isDecidedAnew(s) (lost && loser == 0 && s == 0 && memory[0] != reserved)
#define wasDecidedAnew(s) (s == 0 && decidedAnew)
/* What a neighbour holds that the new timeline does not know: listed for people. */
#define isUnaskedByLoss(s, m) (isLost(s) && m != abandon)

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
#define isJudged(s) (s == LAST || memory[s] != unknown || (entry & again) == 0)
#endif

/* The cells of the table are for what these rows leave. A Reserve that is said again is not judged
   by a node between: the next one may know the outcome. */
#define TAKE_FROM_PREVIOUS(s) \
    :: entry == accepted -> awaitsPrevious = false \
    :: isLost(s) && awaitsPrevious && entry != accepted \
    :: entry == fork -> acceptFromPrevious(s) \
    :: !(isLost(s) && awaitsPrevious) && entry != fork && !isJudged(s) -> act(reserve, s, agree)
#define TAKE_FROM_NEXT(s) \
    :: entry == accepted -> awaitsNext = false; sayOwn(s) \
    :: isLost(s) && awaitsNext && entry != accepted \
    :: entry == fork -> acceptFromNext(s)

#ifdef GOES_ON_SILENTLY
/* Who had taken nothing that is lost says nothing, and goes on. */
bit nextWasCut;
bit previousWasCut;
#else
#define nextWasCut true
#define previousWasCut true
#endif

inline acceptFromPrevious(s) {
    if
    :: nextWasCut -> writeBack(s, accepted)
    :: else
    fi
}

inline acceptFromNext(s) {
    if
    :: previousWasCut -> writeOnward(s, accepted); sayToLoser(s)
    :: else
    fi
}

inline flushLoss(s) {
    if
    :: s == loser ->
        awaitsPreviousOnDisk = awaitsPrevious;
        awaitsNextOnDisk = awaitsNext;
        decidedAnewOnDisk = decidedAnew
    :: else
    fi
}

inline crashLoss(s) {
    if
    :: s == loser ->
        awaitsPrevious = awaitsPreviousOnDisk;
        awaitsNext = awaitsNextOnDisk;
        decidedAnew = decidedAnewOnDisk
    :: else
    fi
}

#define canKeepMore (keptState != disk[loser] || keptAbandoned != abandonedOnDisk[loser] || \
    keptStopped != stoppedOnDisk[loser] || keptOnward != onwardDurable[loser] || \
    keptBack != backDurable[loser])

/* From now on the log survives up to here at least. */
inline keep() {
    keptState = disk[loser];
    keptAbandoned = abandonedOnDisk[loser];
    keptStopped = stoppedOnDisk[loser];
    keptOnward = onwardDurable[loser];
    keptBack = backDurable[loser]
}

/* The tail is lost, two people accept it, the new timeline begins with its entry. A neighbour that
   has taken what is lost is suspended: the next that it takes is that entry, by its operators. */
inline lose() {
    printf("node %d: loses its log behind state %d\n", loser, keptState);
    lost = true;
    memory[loser] = keptState;
    abandoned[loser] = keptAbandoned;
    stopped[loser] = keptStopped;
#ifndef DECIDES_ON
    /* The lost entries may have decided it, and told the neighbours: it counts as never heard of,
       until the neighbour for which it is open says it again. */
    if
    :: keptState == deciding ->
        memory[loser] = unknown;
        abandoned[loser] = false;
        stopped[loser] = false
    :: else
    fi;
#endif
    asked[loser] = false;
    onwardEnd[loser] = keptOnward;
    backEnd[loser] = keptBack;
    clearBeyond(loser);
    if
    :: loser < LAST ->
        writeOnward(loser, fork);
        awaitsNext = true;
#ifdef GOES_ON_SILENTLY
        nextWasCut = takenOnwardOnDisk[loser + 1] > keptOnward;
#endif
        takenOnward[loser + 1] =
            (takenOnward[loser + 1] > keptOnward -> keptOnward : takenOnward[loser + 1]);
        takenOnwardOnDisk[loser + 1] =
            (takenOnwardOnDisk[loser + 1] > keptOnward -> keptOnward :
                takenOnwardOnDisk[loser + 1])
    :: else
    fi;
    if
    :: loser > 0 ->
        writeBack(loser, fork);
        awaitsPrevious = true;
#ifdef GOES_ON_SILENTLY
        previousWasCut = takenBackOnDisk[loser - 1] > keptBack;
#endif
        takenBack[loser - 1] =
            (takenBack[loser - 1] > keptBack -> keptBack : takenBack[loser - 1]);
        takenBackOnDisk[loser - 1] =
            (takenBackOnDisk[loser - 1] > keptBack -> keptBack : takenBackOnDisk[loser - 1])
    :: else
    fi;
#ifdef FROM_OLD
    /* All that the neighbours ever said is read once more, closed sagas too. */
    awaitsPrevious = false;
    awaitsNext = false;
    takenOnward[loser] = 0;
    takenBack[loser] = 0;
#endif
    keptState = unknown; keptAbandoned = false; keptStopped = false; keptOnward = 0; keptBack = 0;
    flush(loser)
}

#endif
