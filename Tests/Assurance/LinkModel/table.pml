/* The protocol table, cell by cell: what a node does about an entry for one of its
   steps. The model acts by these rows and no others. A row: the step's state, the entry, the
   move. */

CELL(unknown,   reserve,  perform)
CELL(unknown,   abandon,  quarantineUnasked)
CELL(unknown,   confirm,  quarantineUnasked)
CELL(unknown,   cancel,   quarantineUnasked)
CELL(unknown,   deadline, ignore)

CELL(deciding,  reserve,  ignore)
CELL(deciding,  abandon,  askToStop)
CELL(deciding,  confirm,  quarantineUnasked)
CELL(deciding,  cancel,   quarantineUnasked)
CELL(deciding,  deadline, askToStop)

CELL(reserved,  reserve,  ignore)
CELL(reserved,  abandon,  abandonNext)
CELL(reserved,  confirm,  makeFinal)
CELL(reserved,  cancel,   giveBack)
CELL(reserved,  deadline, ignore)

CELL(confirmed, reserve,  repeat)
CELL(confirmed, abandon,  ignore)
CELL(confirmed, confirm,  ignore)
CELL(confirmed, cancel,   quarantineDenial)
CELL(confirmed, deadline, ignore)

CELL(cancelled, reserve,  repeat)
CELL(cancelled, abandon,  ignore)
CELL(cancelled, confirm,  quarantineDenial)
CELL(cancelled, cancel,   ignore)
CELL(cancelled, deadline, ignore)
