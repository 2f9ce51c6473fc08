"""Alerts: what is new among waves, silences and rewritten files, each with a permanent key.

The feed, the mail and whoever else tells people of them share these words.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal, NamedTuple

from amparo.errors import Period, Text
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
    title: Text
    text: Text
    path: str
    """Where more is told, below the node's address."""
    first: date | None = None
    """Of a wave, the day on which it began; its key has a later one."""


def of_waves(found: Iterable[Wave]) -> list[Alert]:
    """Alerts of what is taken for a wave; look-alikes are on the pages, but nobody is woken."""
    return [
        Alert(
            "wave",
            wave.key,
            wave.end,
            wave.platform,
            wave.metric,
            Text(
                "{platform}: {number} more than expected ({metric})",
                platform=_named(wave.platform),
                number=wave.excess,
                metric=wave.metric,
            ),
            Text(
                "{first} to {last}: {observed} reported, {expected} expected; {evidence}.",
                first=wave.start,
                last=wave.end,
                observed=wave.observed,
                expected=wave.expected,
                evidence=wave.evidence,
            ),
            f"/observatory/wave/{wave.key}",
            wave.start,
        )
        for wave in found
        if wave.called
    ]


def of_silences(found: Iterable[Silence]) -> list[Alert]:
    """Alerts of silences; a key does not change when the silence ends."""
    return [
        Alert(
            "silence",
            f"silence.{slug(silence.platform)}.{silence.metric}.{silence.start}",
            silence.end or silence.start,
            silence.platform,
            silence.metric,
            Text(
                "{platform}: silent for {period} ({metric})",
                platform=_named(silence.platform),
                period=Period(silence.days, "days"),
                metric=silence.metric,
            ),
            Text("From {day}: {evidence}.", day=silence.start, evidence=silence.evidence),
            f"/observatory/platform/{slug(silence.platform)}",
        )
        for silence in found
    ]


def of_rewrites(found: Iterable[Rewrite]) -> list[Alert]:
    """Alerts of files that were replaced where they are published."""
    return [
        Alert(
            "rewrite",
            f"rewrite.{rewrite.name}.{rewrite.now[:16]}",
            rewrite.seen,
            EVERYBODY,
            "",
            Text("{file} was replaced after it was published", file=rewrite.name),
            Text(
                "Seen on {day}: its SHA-256 was {before} and is {now}. Both files are kept; the "
                "figures stay those of the first unless it was cut.",
                day=rewrite.seen,
                before=rewrite.before,
                now=rewrite.now,
            ),
            "/observatory/doubts",
        )
        for rewrite in found
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
    names, wanted = {slug(platform) for platform in platforms}, set(metrics)
    found = [
        alert
        for alert in alerts
        if alert.kind == "rewrite"
        or ((not names or slug(alert.platform) in names) and (not wanted or alert.metric in wanted))
    ]
    return sorted(found, key=lambda alert: (alert.day, alert.key), reverse=True)


def not_in(sent: Collection[str], found: Collection[Alert]) -> list[Alert]:
    """Those of all alerts that there are of which nobody was told under one of these keys.

    The first alarm of a wave moves when a day is corrected or detectors learn, and its key with it:
    a key that no alert has any more is that of the wave in whose days it lies.
    """
    moved: dict[str, list[str]] = {}
    for key in {*sent} - {alert.key for alert in found}:
        series, _, day = key.rpartition(".")
        moved.setdefault(series, []).append(day)
    return [
        alert
        for alert in found
        if alert.key not in sent and not any(_has(alert, day) for day in moved.get(_of(alert), ()))
    ]


def _of(alert: Alert) -> str:
    """What a wave's key has beside its day."""
    return alert.key.rpartition(".")[0]


def _has(alert: Alert, day: str) -> bool:
    return alert.first is not None and str(alert.first) <= day <= str(alert.day)


def _named(platform: str) -> str | Text:
    return Text("All platforms") if platform == EVERYBODY else platform
