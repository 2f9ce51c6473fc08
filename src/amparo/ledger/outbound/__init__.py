"""The only place that opens a connection to another host: HTTP, mail, webhooks, and the outbox."""

# SPDX-License-Identifier: Apache-2.0
