"""What an operator does to a whole node: backup, restore, move, erase, retention, demonstration."""

# SPDX-License-Identifier: Apache-2.0
