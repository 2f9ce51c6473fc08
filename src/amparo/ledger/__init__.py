"""The hands of the record: all its disk, clock, network and chance.

Its rooms stand on one another: `storage` and `outbound` at the bottom, then `log`, `coalition`,
`case` and `upkeep`; `disclosure` needs storage alone. `publisher_process` is the process that holds
the log's key.
"""
