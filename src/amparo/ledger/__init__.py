"""The hands of the record: all its disk, clock, network and chance.

`node` a folder and its keys, `files` durable writing, `journal` the table of events, `platforms`
who may submit, `intake` many submissions in one durable commit, `publish` the log's beat, `prove`
receipts, `check` the own log against the journal, `audit` anybody's log, `erase`, `backup`, and
`witness` to ask others for cosignatures.
"""
