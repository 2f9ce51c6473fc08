"""What programs call: statements, cases, the log's files, the description of it all."""

# SPDX-License-Identifier: Apache-2.0
