/* What must happen on a link once the faults have stopped, each by a separate process, so that
   weak fairness holds for it. */

/* The header under which the relay shows: the newest that the receiver can verify. Up to the entry
   that names a new key that is its own header, which the old key signed. */
#ifdef NEWEST_HEADER_ALWAYS
#define isUnderOld(number) false
#else
#define isUnderOld(number) (ROTATION > 0 && number <= ROTATION && \
    ROTATION <= (lost -> forkAfter : durable))
#endif
#define shownTimeline(number) (isUnderOld(number) -> 1 : timeline)
#define shownHeader(number)   (isUnderOld(number) -> ROTATION : durable)

proctype Relay() {
    byte time, count;
end:
    do
    :: d_step { next <= end(timeline) && nfull(records) ->
        time = shownTimeline(next);
        count = shownHeader(next);
        records!next, time, count, lastTimeline, last;
        lastTimeline = time;
        last = count;
        next++;
        time = 0;
        count = 0 }
    od
}

/* The oldest shown number was not acknowledged for a pause: the relay starts again behind the
   acknowledged one, and names the header that was acknowledged. */
proctype Pause() {
end:
    do
#ifndef NEVER_SHOWN_AGAIN
    :: d_step { acknowledged + 1 < next ->
        next = acknowledged + 1;
#ifdef NAMES_NOTHING_AGAIN
        lastTimeline = 0;
        last = 0
#else
        lastTimeline = acknowledgedTimeline;
        last = acknowledgedHeader
#endif
        }
#endif
    :: false
    od
}

proctype SenderDisk() {
end:
    do
    :: d_step { written > durable -> durable = written }
    od
}

proctype ReceiverDisk() {
end:
    do
    :: d_step { receiverIsAhead -> flushReceiver() }
    od
}

proctype Receiver() {
    byte number, time, count, namedTime, named;
end:
    do
    :: d_step { nempty(records) ->
        records?number, time, count, namedTime, named;
        look(time, count, number, (named == head && namedTime == headTimeline), false);
        number = 0; time = 0; count = 0; namedTime = 0; named = 0 }
    od
}

proctype Acknowledger() {
end:
    do
    :: d_step { owes && !receiverIsAhead && nfull(reads) && !awaits ->
        note();
        reads!takenOnDisk, headTimelineOnDisk, headOnDisk;
        owes = false }
    od
}

proctype Hearer() {
    byte number, time, count;
end:
    do
    :: d_step { nempty(reads) ->
        reads?number, time, count;
        hear(number, time, count);
        number = 0; time = 0; count = 0 }
    od
}

#if defined(SENDER_LOSES) || defined(RECEIVER_LOSES)
/* People accept, at some time. */
proctype Operators() {
end:
    do
#ifdef SENDER_LOSES
    :: d_step { hasToAccept -> acceptSender() }
#endif
#ifdef RECEIVER_LOSES
    :: d_step { receiverLost && acceptedAt == 0 -> acceptReceiver() }
#endif
    od
}
#endif

ltl progress { [] (calm -> <> (written == durable && takenOnDisk == written &&
    acknowledged == written && (written == 0 || headTimelineOnDisk == timeline))) }
