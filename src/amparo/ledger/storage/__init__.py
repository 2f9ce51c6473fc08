"""A node on its disk: settings, durable writes, the journal and its databases, files, PUIDs."""

# SPDX-License-Identifier: Apache-2.0
