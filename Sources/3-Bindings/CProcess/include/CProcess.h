/// No core dump of this process is written, and no process of another user may read its memory.
/// Swift cannot call prctl, which takes a variable number of arguments.
///
/// Returns 0, or -1 where the system refused.
///
/// System headers stay in the .c file: what they declare would count as this module's in Swift.
int giro_forbid_core_dumps(void);

/// A process that is started with these actions has no file open but its input and outputs. Swift
/// does not see this call of the GNU C library's (2.34).
///
/// actions: a posix_spawn_file_actions_t *. Returns 0, or the system's error number.
int giro_spawn_closing_files(void *actions);
