"""Hands of the steps of a case: desks, seats, links, evidence, panels, scheduler, delivery."""

# SPDX-License-Identifier: Apache-2.0
