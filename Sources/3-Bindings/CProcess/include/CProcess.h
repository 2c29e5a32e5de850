/// No core dump of this process is written, and no process of another user may read its memory.
/// Swift cannot call prctl, which takes a variable number of arguments.
///
/// Returns 0, or -1 where the system refused.
///
/// System headers stay in the .c file: what they declare would count as this module's in Swift.
int giro_forbid_core_dumps(void);
