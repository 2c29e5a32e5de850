import EventLog
import LibPQ
