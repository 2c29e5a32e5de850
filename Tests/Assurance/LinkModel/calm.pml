/* What must happen once the faults have stopped, each by a separate process, so that weak
   fairness holds for it: what can be done and stays possible is done at some time. The only timer
   is the deadline of a step that waits for the outside. */

proctype Onward(byte at) {
end:
    do
    :: d_step { canTakeFromPrevious(at) -> takeFromPrevious(at, agree) }
    :: d_step { canTakeFromPrevious(at) && memory[at] == unknown -> takeFromPrevious(at, refuse) }
    :: d_step { canBeLater && canTakeFromPrevious(at) && memory[at] == unknown ->
        takeFromPrevious(at, later) }
    od
}

proctype Back(byte at) {
end:
    do
    :: d_step { canTakeFromNext(at) -> takeFromNext(at) }
    od
}

proctype Disk(byte at) {
end:
    do
    :: d_step { ahead[at] -> flush(at) }
    od
}

#ifdef DECIDES_LATER
proctype Deadline(byte at) {
end:
    do
    :: d_step { memory[at] == deciding && !stopped[at] -> act(deadline, at, agree); entry = 0 }
    od
}

/* An outside that was asked to stop answers, either way. One that was not may never answer. */
proctype Outside(byte at) {
end:
    do
    :: d_step { calm && stoppedOnDisk[at] && asked[at] && memory[at] == deciding ->
        decide(at, true); entry = 0 }
    :: d_step { calm && stoppedOnDisk[at] && asked[at] && memory[at] == deciding ->
        decide(at, false); entry = 0 }
    od
}
#define RUN_STEP(at) run Disk(at); run Deadline(at); run Outside(at);
#else
#define RUN_STEP(at) run Disk(at);
#endif

#define isOpen(s) || memory[s] == deciding || memory[s] == reserved
#define RUN_PAIR(a, b) run Onward(b); run Back(a);

ltl progress { [] (calm -> <> !(false EACH_STEP(isOpen))) }
