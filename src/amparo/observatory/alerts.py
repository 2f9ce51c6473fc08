"""Alerts: what is new among waves, silences and rewritten files, each with a permanent key.

The feed, the mail and whoever else tells people of them share these words.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from datetime import date
from typing import Literal, NamedTuple

from amparo.observatory.silences import Silence
from amparo.observatory.waves import EVERYBODY, Wave, slug


class Rewrite(NamedTuple):
    """A file that came again under its name with other bytes."""

    name: str
    day: date
    """The day it is of."""
    seen: date
    """The day on which the other bytes came."""
    before: str
    now: str
    """SHA-256 of both."""


class Alert(NamedTuple):
    """One thing to tell."""

    kind: Literal["wave", "silence", "rewrite"]
    key: str
    """Its permanent name; the same alert has the same key whenever it is computed."""
    day: date
    """When it became visible."""
    platform: str
    metric: str
    title: str
    text: str
    path: str
    """Where more is told, below the node's address."""


def of_waves(found: Iterable[Wave]) -> list[Alert]:
    """Alerts of what is taken for a wave; look-alikes are on the pages, but nobody is woken."""
    return [
        Alert(
            "wave",
            one.key,
            one.end,
            one.platform,
            one.metric,
            f"{_named(one.platform)}: {one.excess:,} more than expected ({one.metric})",
            f"{one.start} to {one.end}: {one.observed:,} reported, {one.expected:,} expected; "
            f"{one.evidence}.",
            f"/observatory/wave/{one.key}",
        )
        for one in found
        if one.kind == "wave"
    ]


def of_silences(found: Iterable[Silence]) -> list[Alert]:
    """Alerts of silences; a key does not change when the silence ends."""
    return [
        Alert(
            "silence",
            f"silence.{slug(one.platform)}.{one.metric}.{one.start}",
            one.end or one.start,
            one.platform,
            one.metric,
            f"{_named(one.platform)}: silent for {one.days} days ({one.metric})",
            f"From {one.start}: {one.evidence}.",
            f"/observatory/platform/{slug(one.platform)}",
        )
        for one in found
    ]


def of_rewrites(found: Iterable[Rewrite]) -> list[Alert]:
    """Alerts of files that were replaced where they are published."""
    return [
        Alert(
            "rewrite",
            f"rewrite.{one.name}.{one.now[:16]}",
            one.seen,
            EVERYBODY,
            "",
            f"{one.name} was replaced after it was published",
            f"Seen on {one.seen}: its SHA-256 was {one.before} and is {one.now}. Both files are "
            "kept; the figures stay those of the first unless it was cut.",
            "/observatory/doubts",
        )
        for one in found
    ]


def every(
    waves: Iterable[Wave], silences: Iterable[Silence], rewrites: Iterable[Rewrite]
) -> list[Alert]:
    """All of them, newest first."""
    return chosen([*of_waves(waves), *of_silences(silences), *of_rewrites(rewrites)])


def chosen(
    alerts: Iterable[Alert], platforms: Iterable[str] = (), metrics: Iterable[str] = ()
) -> list[Alert]:
    """Alerts of these platforms and measures (all, where none is named), newest first.

    A rewritten file holds all platforms, so everybody is told of it.
    """
    names, wanted = {slug(one) for one in platforms}, set(metrics)
    found = [
        one
        for one in alerts
        if one.kind == "rewrite"
        or ((not names or slug(one.platform) in names) and (not wanted or one.metric in wanted))
    ]
    return sorted(found, key=lambda one: (one.day, one.key), reverse=True)


def _named(platform: str) -> str:
    return "All platforms" if platform == EVERYBODY else platform
