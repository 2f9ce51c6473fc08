"""Whether a PUID was taken before: a Bloom filter over sorted files, filed behind the journal."""

# SPDX-License-Identifier: Apache-2.0
