"""The operator's pages: what runs, what is wrong, and the steps of the command line as buttons.

Whoever opens them could do the same on the node's machine; nothing here goes beyond that. None of
them shows a complaint or the address of somebody whom a decision is about; of a case before a panel
they show its course.
"""

# SPDX-License-Identifier: Apache-2.0

from starlette.routing import Route

from amparo.web.staff.admin import mail, overview, panels, platforms, seats, session, settings


def routes() -> list[Route]:
    """Every address of the operator's."""
    pages = (session, overview, platforms, seats, panels, mail, settings)
    return [route for each in pages for route in each.routes()]
