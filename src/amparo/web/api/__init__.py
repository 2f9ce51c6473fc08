"""What programs call: statements, cases, the log's files, and their OpenAPI description."""

# SPDX-License-Identifier: Apache-2.0
