/* One link of the protocol: a sender's numbered entries for one receiver, and what that one
   acknowledges. saga.pml assumes what is checked here: each number is taken exactly once, in order,
   once it is durable, and all of them are taken at some time.

   Every entry is a commit of its own here, so that the sender's header `c` is the one that entry c
   stands in. A header is a timeline and a number; header 0 is none. */

#ifndef NUMBERS
#define NUMBERS 4
#endif
#ifndef ROTATION
#define ROTATION 0        /* the number of the entry that names a new key; 0: none does */
#endif

/* ---- The sender ---- */
byte written;             /* how many entries stand in its memory */
byte durable;             /* and in its log */
byte acknowledged;        /* what it knows to be taken: a number, and the receiver's header of it */
byte acknowledgedTimeline;
byte acknowledgedHeader;
#ifdef SENDER_LOSES
bit lost;                 /* its log lost its tail, and a second timeline began */
byte forkAfter;           /* the last number of the first timeline that survives */
byte oldDurable;          /* how far the first timeline went */
#else
#define lost false
#define forkAfter 0
#define oldDurable 0
#endif
#define timeline (1 + lost)

/* ---- The receiver ---- */
byte taken;               /* the newest number that it has taken: in memory, on disk */
byte takenOnDisk;
byte headTimeline;        /* the newest header that it has taken: in memory, on disk */
byte head;
byte headTimelineOnDisk;
byte headOnDisk;
bit newKey;               /* it knows the second key, and believes the first no more */
bit newKeyOnDisk;
byte said;                /* the highest number that it acknowledged, of each timeline */
byte saidOfSecond;
bit forger;               /* a stranger has the retired key */
#ifdef RECEIVER_LOSES
bit receiverLost;         /* its log lost its tail */
byte acceptedAt;          /* the number of the sender's `accepted`, once there is one */
bit awaits;               /* it has not taken that yet: in memory, on disk */
bit awaitsOnDisk;
byte keptTaken;           /* what its log holds at least: anything that its disk ever held */
byte keptTimeline;
byte keptHead;
bit keptKey;
#else
#define acceptedAt 0
#define awaits false
#define receiverLost false
#endif

#ifdef PROGRESS
bit calm;                 /* the faults have stopped */
bit owes;                 /* the receiver has to say what it has taken */
byte next = 1;            /* the number that the relay shows next */
byte lastTimeline;        /* and the header that this record will name */
byte last;
chan records = [1] of { byte, byte, byte, byte, byte };  /* number, header, header it names */
chan reads = [1] of { byte, byte, byte };                /* number, header taken */
#else
#define calm false
#endif

hidden byte n, t, c, isVerified, isContinued, isOwed;
hidden byte takenIsDurable, isGenuine, inOrder, isComplete, oneBranch, acknowledgedIsTaken;
hidden byte suspectsOnlyLoss, neverTakesAll;

#define CLAIM(name, condition) name = (condition); assert(name)

/* How far a timeline goes. */
#ifdef SAID_BEFORE_DURABLE
#define end(time) (time == timeline -> written : oldDurable)
#else
#define end(time) (time == timeline -> durable : oldDurable)
#endif
#define durableEnd(time) (time == timeline -> durable : oldDurable)

/* Whether header (time2, c2) has header (time1, c1) in its history, or is it. */
#define hasInHistory(time2, c2, time1, c1) (c1 == 0 || (time1 == time2 && c1 <= c2) || \
    (time2 == 2 && time1 == 1 && c1 <= forkAfter))

/* Which key signed a header: the entry that names the new one still stands under the old one. A
   new timeline is signed by the newest key that there is, whatever the surviving log says. */
#ifdef FORK_UNDER_SURVIVING_KEY
#define isNewKey(time, count) (ROTATION > 0 && count > ROTATION && \
    (time == 1 || forkAfter >= ROTATION))
#else
#define isNewKey(time, count) (ROTATION > 0 && (time == 1 -> count > ROTATION : \
    forkAfter >= ROTATION || oldDurable >= ROTATION))
#endif

/* ---- The receiver looks at a record ---- */

/* What must hold of every entry that is taken. After a loss of its own the receiver goes on at the
   sender's `accepted`, whatever its number. */
inline take(time, count, number, isCut) {
    printf("link: number %d taken, of timeline %d\n", number, time);
    CLAIM(takenIsDurable, number <= durableEnd(time));
    CLAIM(isComplete, !isCut);
    CLAIM(inOrder, number == taken + 1 || awaits && number == acceptedAt);
    CLAIM(oneBranch, awaits || hasInHistory(time, count, headTimeline, head));
    /* The arguments may name `taken`: it changes last. */
    if
    :: number == ROTATION && time == 1 -> newKey = true
    :: else
    fi;
    headTimeline = time;
    head = count;
    taken = number
}

/* A record that shows entry `number` under header (time, count). `isNamed`: the header it names
   is the newest one taken; a stranger can always name that. `isCut`: the entry was cut out. */
inline look(time, count, number, isNamed, isCut) {
    printf("link: shown number %d under header %d of timeline %d, behind %d\n", number, count, time,
        taken);
    isVerified = isNewKey(time, count) == newKey;
#ifdef RETIRED_KEY_COUNTS
    isVerified = isVerified || newKey;
#endif
    isContinued = isNamed && hasInHistory(time, count, headTimeline, head);
    isOwed = false;
    if
#ifdef RETIRED_KEY_UNANSWERED
    :: !isVerified
#else
    :: !isVerified -> isOwed = true
#endif
    :: isVerified && awaits && (number != acceptedAt || isCut)
#ifdef RECEIVER_LOSES
    :: isVerified && awaits && number == acceptedAt && !isCut ->
        take(time, count, number, isCut);
        awaits = false
#endif
    :: isVerified && !awaits ->
        if
        :: number == taken + 1 && isContinued && !isCut -> take(time, count, number, isCut)
#ifdef GAP_TAKEN
        :: number > taken + 1 && isContinued && !isCut -> take(time, count, number, isCut)
#endif
#ifdef REPEATED_TAKEN
        :: number <= taken && !isCut -> take(time, count, number, isCut)
#endif
#ifdef CUT_COUNTS
        :: number == taken + 1 && isContinued && isCut -> take(time, count, number, isCut)
#endif
#ifdef HEADER_NOT_CONTINUED
        :: number == taken + 1 && !isContinued && !isCut -> take(time, count, number, isCut)
#endif
#ifdef ONLY_A_GAP_IS_ANSWERED
        :: number != taken + 1 || !isContinued || isCut -> isOwed = number > taken + 1
#else
        :: number != taken + 1 || !isContinued || isCut -> isOwed = true
#endif
        fi
    fi
#ifdef PROGRESS
    ;
    owes = owes || isOwed
#endif
}

/* The retired key signs anything, about any number, after any header. A receiver that lost its log
   may have lost the entry that retired the key: it reads nothing of a peer before people on both
   sides have compared keys. */
inline lookAtForged() {
#ifdef KEYS_OF_SURVIVING_LOG
    isVerified = !newKey;
#else
    isVerified = !newKey && !(awaits && acceptedAt == 0);
#endif
#ifdef RETIRED_KEY_COUNTS
    isVerified = true;
#endif
    CLAIM(isGenuine, !isVerified)
}

/* ---- Disks ---- */

inline flushReceiver() {
    printf("link: the receiver's memory is durable\n");
    takenOnDisk = taken;
    headTimelineOnDisk = headTimeline;
    headOnDisk = head;
    newKeyOnDisk = newKey;
#ifdef RECEIVER_LOSES
    awaitsOnDisk = awaits;
#endif
    forger = forger || newKey;
#ifdef PROGRESS
    owes = true;
#endif
    n = 0
}

inline crashReceiver() {
    printf("link: the receiver crashes\n");
    taken = takenOnDisk;
    headTimeline = headTimelineOnDisk;
    head = headOnDisk;
    newKey = newKeyOnDisk;
#ifdef RECEIVER_LOSES
    awaits = awaitsOnDisk;
#endif
    n = 0
}

#ifdef RECEIVER_LOSES
#define isAheadOfAwaits awaits != awaitsOnDisk ||
#else
#define isAheadOfAwaits
#endif
#define receiverIsAhead (isAheadOfAwaits taken != takenOnDisk || head != headOnDisk || \
    headTimeline != headTimelineOnDisk || newKey != newKeyOnDisk)

/* Everything since the last record to this peer is forgotten but what is durable. The relay
   knows no cursor at all any more, which is the worst it can know. */
inline crashSender() {
    printf("link: the sender crashes\n");
    written = durable;
#ifdef NUMBERS_START_AGAIN
    written = acknowledged;
    durable = acknowledged;
#endif
    acknowledged = (acceptedAt > 0 -> acceptedAt - 1 : 0);
    acknowledgedTimeline = 0;
    acknowledgedHeader = 0;
#ifdef PROGRESS
    next = acknowledged + 1;
    lastTimeline = 0;
    last = 0;
#endif
    CLAIM(takenIsDurable, takenOnDisk <= durableEnd(headTimelineOnDisk) || takenOnDisk == 0)
}

/* ---- Acknowledgments ---- */

/* What the sender concludes from `read(number, header)`; a stranger may show an old one again. */
inline hear(number, time, count) {
    printf("link: heard that number %d is taken, under header %d of timeline %d\n", number, count,
        time);
    if
#ifdef LONE_READ_IS_EVIDENCE
    :: number < acknowledged -> CLAIM(suspectsOnlyLoss, receiverLost)
#endif
#ifdef OLD_TIMELINE_ACKNOWLEDGES
    :: number > acknowledged || number == acknowledged ->
#else
    :: number >= acknowledged && hasInHistory(timeline, durable, time, count) ->
#endif
        acknowledged = number;
        acknowledgedTimeline = time;
        acknowledgedHeader = count
    :: else
    fi;
    CLAIM(acknowledgedIsTaken, acknowledged == 0 || acknowledged < acceptedAt ||
        receiverLost && acceptedAt == 0 ||
        acknowledged <= takenOnDisk && (headTimelineOnDisk == timeline ||
            acknowledged <= forkAfter))
}

/* ---- Accepted losses ---- */

#ifdef SENDER_LOSES
/* The tail behind number `after` is lost; the entry that begins the second timeline is written. */
inline loseSender(after) {
    printf("link: the sender loses what stands behind number %d\n", after);
    oldDurable = durable;
    forkAfter = after;
    lost = true;
    durable = after + 1;
    written = after + 1;
    acknowledged = (acknowledged > after -> 0 : acknowledged);
    acknowledgedTimeline = (acknowledged == 0 -> 0 : acknowledgedTimeline);
    acknowledgedHeader = (acknowledged == 0 -> 0 : acknowledgedHeader);
    if
    :: !hasInHistory(2, durable, acknowledgedTimeline, acknowledgedHeader) ->
        acknowledged = 0;
        acknowledgedTimeline = 0;
        acknowledgedHeader = 0
    :: else
    fi;
#ifdef PROGRESS
    next = acknowledged + 1;
    lastTimeline = acknowledgedTimeline;
    last = acknowledgedHeader;
#endif
    n = 0
}

/* The receiver has to ask its operators: its header is not in the new timeline's history, or it
   cannot know the key. What a retired key signs cannot be accepted. */
#define hasToAccept (lost && headTimeline != 2 && !(newKey && !isNewKey(2, forkAfter + 1)) && \
    (!hasInHistory(2, forkAfter + 1, headTimeline, head) || \
    !newKey && isNewKey(2, forkAfter + 1) && forkAfter < ROTATION))

/* The header becomes that of the entry that begins the timeline; the numbers go on behind what
   both have. */
inline acceptSender() {
    printf("link: the receiver's operators accept the new timeline\n");
    newKey = isNewKey(2, forkAfter + 1);
    headTimeline = 2;
    head = forkAfter + 1;
    n = taken;
#if defined(SKIPS_TO_FORK)
    taken = forkAfter + 1;
#elif !defined(NUMBER_KEPT_AT_FORK)
    taken = (taken > forkAfter -> forkAfter : taken);
#endif
    CLAIM(inOrder, taken <= n);
    n = 0
}
#endif

#ifdef RECEIVER_LOSES
inline keep() {
    keptTaken = takenOnDisk;
    keptTimeline = headTimelineOnDisk;
    keptHead = headOnDisk;
    keptKey = newKeyOnDisk
}

inline loseReceiver() {
    printf("link: the receiver loses what it took behind number %d\n", keptTaken);
    receiverLost = true;
    taken = keptTaken;
    headTimeline = keptTimeline;
    head = keptHead;
    newKey = keptKey;
    awaits = true;
    keptTaken = 0; keptTimeline = 0; keptHead = 0; keptKey = 0;
    flushReceiver();
#ifdef PROGRESS
    owes = false;
#endif
    n = 0
}

/* The sender's operators accept; both sides' compare the keys that hold now. */
inline acceptReceiver() {
    printf("link: the sender's operators accept the receiver's new timeline\n");
    written++;
    durable = written;
    acceptedAt = written;
    acknowledged = written - 1;
    acknowledgedTimeline = 0;
    acknowledgedHeader = 0;
#ifdef PROGRESS
    next = written;
    lastTimeline = 0;
    last = 0;
#endif
#ifndef KEYS_OF_SURVIVING_LOG
    newKey = ROTATION > 0 && written > ROTATION;
    newKeyOnDisk = newKey;
#endif
    n = 0
}
#endif

#include "linkworld.pml"
