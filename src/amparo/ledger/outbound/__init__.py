"""The only place that opens a connection to somebody else: by HTTP, by mail, from an outbox."""

# SPDX-License-Identifier: Apache-2.0
