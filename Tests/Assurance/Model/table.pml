/* The protocol table, cell by cell: what a node does about a message for one of its steps.
   The Swift tests compare every row with Sources/1-Protocol/Saga/ProtocolTable.swift, and the model acts by
   these rows and no others. A row: the step's state, the message, the move. */

CELL(unknown,   reserve, perform)
CELL(unknown,   abandon, bury)
CELL(unknown,   confirm, quarantineUnasked)
CELL(unknown,   cancel,  quarantineUnasked)

CELL(deciding,  reserve, ignore)
CELL(deciding,  abandon, askToStop)
CELL(deciding,  confirm, quarantineUnasked)
CELL(deciding,  cancel,  quarantineUnasked)

CELL(reserved,  reserve, ignore)
CELL(reserved,  abandon, abandonNext)
CELL(reserved,  confirm, makeFinal)
CELL(reserved,  cancel,  giveBack)

CELL(confirmed, reserve, answer)
CELL(confirmed, abandon, answer)
CELL(confirmed, confirm, ignore)
CELL(confirmed, cancel,  quarantineDenial)

CELL(cancelled, reserve, answer)
CELL(cancelled, abandon, answer)
CELL(cancelled, confirm, quarantineDenial)
CELL(cancelled, cancel,  ignore)
