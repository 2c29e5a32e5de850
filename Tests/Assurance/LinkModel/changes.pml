/* Which states an entry may lead to. */

CHANGE(unknown,  deciding)
CHANGE(unknown,  reserved)
CHANGE(unknown,  confirmed)
CHANGE(unknown,  cancelled)
CHANGE(deciding, reserved)
CHANGE(deciding, confirmed)
CHANGE(deciding, cancelled)
CHANGE(reserved, confirmed)
CHANGE(reserved, cancelled)
