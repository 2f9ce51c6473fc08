"""From daily dumps to daily counts: fetching, reading, ingesting, and the engines that do it."""

# SPDX-License-Identifier: Apache-2.0
