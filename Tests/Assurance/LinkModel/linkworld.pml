/* Who acts on a link, in which order: anybody, in any order. */

/* A stranger builds records from everything that was ever durable: any entry, under any header
   that has it, naming any header, whole or cut, at any time, again and again. So what the relay
   sends may arrive late, twice, in another order, or never. */
#define OFFER(time, count) \
    :: d_step { !calm && count <= end(time) && taken + 1 <= count -> \
        look(time, count, (taken + 1), true, false); n = 0 } \
    :: d_step { !calm && count <= end(time) && taken + 1 <= count -> \
        look(time, count, (taken + 1), true, true); n = 0 } \
    :: d_step { !calm && count <= end(time) && taken + 2 <= count -> \
        look(time, count, (taken + 2), true, false); n = 0 } \
    :: d_step { !calm && count <= end(time) && taken > 0 && taken <= count -> \
        look(time, count, taken, true, false); n = 0 } \
    :: d_step { !calm && awaits && acceptedAt > 0 && count <= end(time) && acceptedAt <= count -> \
        look(time, count, acceptedAt, true, false); n = 0 }
#define EACH_COUNT(X, time) X(time, 1) X(time, 2) X(time, 3) X(time, 4) X(time, 5)
#ifdef SENDER_LOSES
#define EACH_HEADER(X) EACH_COUNT(X, 1) EACH_COUNT(X, 2)
#else
#define EACH_HEADER(X) EACH_COUNT(X, 1)
#endif

/* Whatever the receiver ever acknowledged, with a header that it then had. */
#ifdef ACKNOWLEDGED_BEFORE_DURABLE
#define sayable taken
#define sayableTimeline headTimeline
#else
#define sayable takenOnDisk
#define sayableTimeline headTimelineOnDisk
#endif
inline note() {
    if
    :: sayableTimeline == 2 && sayable > saidOfSecond -> saidOfSecond = sayable
    :: sayableTimeline == 1 && sayable > said -> said = sayable
    :: else
    fi
}
#define READ(time, number) \
    :: d_step { !calm && number <= (time == 1 -> said : saidOfSecond) -> \
        hear(number, time, number); n = 0 }
#define LOSE(after) \
    :: d_step { !calm && !lost && after <= durable && after < NUMBERS -> loseSender(after) }

#ifdef KEY_STOLEN_EARLY
#define hasRetiredKey (ROTATION > 0 && durable >= ROTATION)
#else
#define hasRetiredKey forger
#endif

/* The claims are not empty: all is taken and acknowledged, after the loss if there is one. */
#if defined(SENDER_LOSES)
#define hasLost (lost && headTimelineOnDisk == 2)
#elif defined(RECEIVER_LOSES)
#define hasLost (receiverLost && acceptedAt > 0 && !awaits)
#else
#define hasLost true
#endif

proctype World() {
end:
    do
    :: d_step { written < NUMBERS -> written++ }
    EACH_HEADER(OFFER)
    EACH_HEADER(READ)
    :: d_step { !calm && hasRetiredKey -> lookAtForged(); n = 0 }
    :: d_step { !calm && receiverIsAhead -> crashReceiver() }
    :: d_step { !calm -> crashSender(); n = 0 }
#ifdef SENDER_LOSES
    LOSE(0) LOSE(1) LOSE(2) LOSE(3) LOSE(4)
#endif
#ifdef RECEIVER_LOSES
    :: d_step { !calm && !receiverLost && (keptTaken != takenOnDisk || keptHead != headOnDisk ||
        keptKey != newKeyOnDisk) -> keep(); n = 0 }
    :: d_step { !calm && !receiverLost -> loseReceiver() }
#endif
#ifndef PROGRESS
    :: d_step { written > durable -> durable = written }
    :: d_step { receiverIsAhead -> flushReceiver() }
    :: d_step { !awaits && sayable > 0 -> note(); n = 0 }
#ifdef SENDER_LOSES
    :: d_step { hasToAccept -> acceptSender() }
#endif
#ifdef RECEIVER_LOSES
    :: d_step { receiverLost && acceptedAt == 0 -> acceptReceiver() }
#endif
#ifdef NEVER_TAKES_ALL
    :: d_step { hasLost -> CLAIM(neverTakesAll,
        takenOnDisk < written || acknowledged < written || written < NUMBERS); n = 0 }
#endif
#else
    /* Records and acknowledgments are lost, all of them when the faults stop. */
    :: d_step { !calm && nempty(records) -> records?n, t, c, t, c; n = 0; t = 0; c = 0 }
    :: d_step { !calm && nempty(reads) -> reads?n, t, c; n = 0; t = 0; c = 0 }
    :: d_step { !calm && empty(records) && empty(reads) -> calm = true }
    :: d_step { calm -> n = 0 }
#endif
    od
}

#ifdef PROGRESS
#include "linkcalm.pml"
#endif

init {
    atomic {
        run World();
#ifdef PROGRESS
        run Relay(); run Pause(); run SenderDisk(); run ReceiverDisk(); run Receiver();
        run Acknowledger(); run Hearer();
#if defined(SENDER_LOSES) || defined(RECEIVER_LOSES)
        run Operators();
#endif
#endif
    }
}
