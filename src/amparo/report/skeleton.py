"""The TOML file of answers with every question that a tier is asked, to be filled in by people."""

# SPDX-License-Identifier: Apache-2.0

import msgspec

from amparo.report import forms
from amparo.report.forms import BOUND, Tier

_ORDERS = """\
# One for each Member State and category that sent orders (Articles 9 and 10):
# [[order]]
# state = "AT"
# category = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
# keyword = "KEYWORD_HATE_SPEECH"
# orders = 1
# items = 1
# inform_hours = 0.5
# effect_hours = 12
# information_orders = 0
"""
_NOTICES = """\
# Notices that another tool has handled; this node's own are counted by themselves:
# [[notice]]
# category = "STATEMENT_CATEGORY_VIOLENCE"
# notices = 1
# trusted = 0
# items = 1
# trusted_items = 0
# hours = 12
"""
_CONTESTED = """\
# Complaints and disputes that another tool has handled, each by its id there; `amparo report
# import` takes them from a table. A complaint is about: removal, service, account, monetary,
# no_action, no_action_flagger. Outcomes: upheld, partially_reversed, reversed, omitted, pending;
# of a complaint newly_restricted, too.
# [[complaint]]
# id = "T-1042"
# submitted = 2026-03-04T10:00:00Z
# about = ["removal"]
# decided = 2026-03-06T09:30:00Z
# outcome = "reversed"

# [[dispute]]
# id = "ODS-7"
# submitted = 2026-03-20
# decided = 2026-05-02
# outcome = "upheld"
# implemented = false
# by_default = false
"""
_ACCURACY = """\
# How well automated means work; scope: Total number, Own-initiative, NAM Total ...
# [[accuracy]]
# scope = "Own-initiative"
# context = ""
# accuracy = 0.9
# precision = 0.9
# recall = 0.9
"""


def skeleton(tier: Tier, *, platform: str, name: str) -> str:
    """A file to fill in, with every question that the tier is asked."""
    is_hosting, is_platform = tier in BOUND[forms.HOSTING], tier in BOUND[forms.PLATFORM]
    asked = ["orders", *(["notices"] if is_hosting else [])]
    asked += ["complaints", "disputes"] if is_platform else []
    lines = [
        "# What the record cannot know. Whatever stays empty is a finding of the report, never a",
        "# guess. Times are hours, shares 0 to 1, days YYYY-MM-DD, Greece is EL.",
        "",
    ]
    if is_platform:
        lines += [
            "# Suspensions under Article 23: for manifestly illegal content; for unfounded notices",
            "# and complaints in other tools than this node.",
            "# suspensions_illegal = 0",
            "# suspensions_notices = 0",
            "# suspensions_complaints = 0",
            "",
        ]
    lines += [
        "[service]",
        'provider = ""',
        f"name = {_text(name)}",
        f"platform = {_text(platform)}",
        f'tier = "{tier}"',
        'published = ""',
        'previous = ""       # empty: there was none',
        "",
        "[qualitative]",
        *(
            f'{_text(question.strip())} = ""'
            for applies, question in forms.QUALITATIVE
            if tier in BOUND[applies]
        ),
        "",
        "[elsewhere]",
        '# "none" if other tools than this node had none; leave it, if they are listed below.',
        *(f'{what} = ""' for what in asked),
        "",
        _ORDERS,
        *([_NOTICES] if is_hosting else []),
        *([_CONTESTED] if is_platform else []),
        _ACCURACY,
    ]
    if tier == "vlop":
        lines += ["[people]", "# internal = 0.0", "# external = 0.0"]
        lines += ["# expertise = { TOTAL = 0.0 }", ""]
    if tier in BOUND[forms.VLOP_VLOSE]:
        lines += ["[recipients]", "# TOTAL = 0", "# AT = 0", ""]
    return "\n".join(lines)


def _text(value: str) -> str:
    return msgspec.json.encode(value).decode()
