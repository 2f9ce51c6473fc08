"""A node on disk: settings, durable writes, the journal and its databases, files, PUIDs."""

# SPDX-License-Identifier: Apache-2.0
