"""Steps of a case on disk: desks, seats, links, evidence, panels, the scheduler, delivery."""

# SPDX-License-Identifier: Apache-2.0
