"""Transparency logs as the C2SP documents define them: bytes and hashes, nothing about moderation.

One file per document: `merkle` (RFC 6962 trees), `tile` (tlog-tiles), `edge` (growing a tree),
`note` (signed-note), `checkpoint`, `cosignature`, `witness`, `policy` and `proof`. All of it is
pure: no disk, no clock, no network, no chance. Sources: c2sp.org, RFC 6962, RFC 9162.
"""
