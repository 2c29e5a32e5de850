/* What must happen once the faults have stopped, each by a separate process, so that weak
   fairness holds for it: what can be done and stays possible is done at some time. */

/* All that was in flight when the faults stopped is lost, or (LATE) may still arrive. */
inline forgetSent() {
    i = 0;
    do
    :: i >= STEPS -> break
    :: else ->
#ifdef LATE
        late[i] = sent[i];
#endif
        sent[i] = 0;
        i++
    od
}

/* A message from step `by` to step `to` arrives, once for each time that it was sent. */
proctype Delivery(byte m; byte by; byte to) {
    byte choice;
end:
    do
    :: atomic {
        calm && (sent[by] & m) != 0 -> chooseAnswer(m, choice);
        d_step { sent[by] = sent[by] & ~m; receive(m, to, choice); choice = 0 }
    }
    od
}

proctype Disk(byte at) {
end:
    do
    :: d_step { ahead[at] -> flush(at) }
    od
}

/* Past the deadline it gives up; PATIENT is the time before, in which it asks on. */
proctype Timer(byte at) {
end:
    do
#ifdef PATIENT
    :: d_step { !calm && canGiveUp(at) -> giveUp(at) }
    :: d_step { calm && canAskOn(at) -> say(reserve, at) }
    :: d_step { calm && canAskOutside(at) -> say(ask, at) }
#else
    :: d_step { canGiveUp(at) -> giveUp(at) }
#endif
    od
}

#ifdef PATIENT
#define hasToAnswer(s) ((sent[s] & (ask | stop)) != 0)
#else
#define hasToAnswer(s) ((sent[s] & stop) != 0)
#endif

/* Who is asked to stop answers, either way; before the deadline, who is asked at all. */
proctype Outside(byte at) {
    bit yes;
end:
    do
    :: atomic {
        calm && hasToAnswer(at) && memory[at] == deciding ->
        if
        :: yes = true
        :: yes = false
        fi;
        d_step { decide(at, yes); yes = false }
    }
    od
}

#define isOpen(s) || memory[s] == deciding || memory[s] == reserved
#define RUN_PAIR(a, b) \
    run Delivery(reserve, a, b); run Delivery(abandon, a, b); \
    run Delivery(confirm, b, a); run Delivery(cancel, b, a);
#define RUN_DISK(at) run Disk(at);
#define RUN_TIMER(at) run Timer(at);
#define RUN_OUTSIDE(at) run Outside(at);

ltl progress { [] (calm -> <> !(false EACH_STEP(isOpen))) }
