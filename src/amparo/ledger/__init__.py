"""All disk, clock, network and chance of the record.

`storage` and `outbound` are at the bottom, then `log`, `coalition`, `case` and `upkeep`, each of
which may use those before it; `disclosure` needs only `storage`. `publisher_process` is the process
that holds the log's key.
"""
