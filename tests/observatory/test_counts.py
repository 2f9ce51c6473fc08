"""A day's series against counting the same rows one by one: the SQL takes shortcuts, this does not."""

import json
from collections import Counter
from datetime import date
from random import Random

import pytest
from tests.observatory.dump import daily, dump, row

from amparo.observatory.measures import slug_of_value
from amparo.record import vocabulary as words

SINGLE = {
    "decision_account": "account",
    "decision_monetary": "monetary",
    "decision_provision": "provision",
    "account_type": "account_type",
    "decision_ground": "ground",
    "incompatible_content_illegal": "incompatible_illegal",
    "category": "category",
    "content_language": "language",
    "source_type": "source",
    "automated_detection": "automated_detection",
    "automated_decision": "automated_decision",
}
LISTS = {
    "decision_visibility": "visibility",
    "category_specification": "keyword",
    "content_type": "content_type",
}
ENDS = {
    "decision_account": ("account", "end_date_account_restriction"),
    "decision_monetary": ("monetary", "end_date_monetary_restriction"),
    "decision_provision": ("provision", "end_date_service_restriction"),
}
SPANS = {
    "moderation_delay": ("content_date", "application_date"),
    "disclosure_delay": ("application_date", "created_at"),
    "account_restriction_duration": ("application_date", "end_date_account_restriction"),
}
EEA = " ".join(sorted(words.EEA))


def odd_rows(random, number):
    """A day in which everything is missing, repeated, contradicted or unknown somewhere."""
    rows = []
    for n in range(number):
        one = row(n, platform=random.choice(["Foro", "Plaza", "Ágora"]))
        for name in one:
            if random.random() < 0.15 and name not in ("platform_name", "created_at", "uuid"):
                one[name] = ""
        for end in [end for _, end in ENDS.values()] + ["end_date_visibility_restriction"]:
            if random.random() < 0.3:
                one[end] = f"{random.choice(['2025-10-01', '2026-02-01', '2050-01-01'])} 00:00:00"
        one["territorial_scope"] = random.choice(
            ["", '["EL","AT"]', '["AT","AT","BE"]', json.dumps(EEA.split())]
        )
        if random.random() < 0.1:
            one["decision_account"] = "DECISION_ACCOUNT_NOBODY_KNOWS"
        if random.random() < 0.2:
            repeated = random.choice([*rows, one])
            one |= {name: repeated[name] for name in ("uuid", "platform_uid", "platform_name")}
        rows.append(one)
    return rows


def counted_one_by_one(rows):
    """(Platform, metric) -> value, for what one row adds to."""
    found = Counter()
    for one in rows:
        lists = {name: json.loads(one[name] or "[]") for name in (*LISTS, "territorial_scope")}
        scope = sorted(set(lists["territorial_scope"]))
        kinds = {
            "vis": lists["decision_visibility"],
            "mon": one["decision_monetary"],
            "pro": one["decision_provision"],
            "acc": one["decision_account"],
        }
        metrics = ["statements"]
        metrics += [f"{f}.{slug_of_value(one[c])}" for c, f in SINGLE.items() if one[c]]
        metrics += [f"{f}.{slug_of_value(item)}" for c, f in LISTS.items() for item in lists[c]]
        metrics += (
            ["territory.eea"]
            if " ".join(scope) == EEA
            else [f"territory.{c.lower()}" for c in scope]
        )
        metrics.append(f"decision_type.{'_'.join(k for k in kinds if kinds[k]) or 'none'}")
        metrics += [
            f"{family}.{slug_of_value(one[column]) or 'none'}.with_end_date"
            for column, (family, end) in ENDS.items()
            if one[end]
        ]
        if one["end_date_visibility_restriction"]:
            visible = lists["decision_visibility"] or ["none"]
            metrics += [f"visibility.{slug_of_value(item)}.with_end_date" for item in visible]
        doubts = {
            "no_decision": not any(kinds.values()),
            "unknown_account_decision": one["decision_account"].endswith("NOBODY_KNOWS"),
            "greece_as_el": "EL" in scope,
            "end_without_decision": any(
                one[end] and not one[column] for column, (_, end) in ENDS.items()
            )
            or (one["end_date_visibility_restriction"] and not kinds["vis"]),
        }
        metrics += [f"doubt.{name}" for name, doubtful in doubts.items() if doubtful]
        found.update((one["platform_name"], metric) for metric in metrics)
    return found


def seconds(one, name):
    begin, end = (one[column] for column in SPANS[name])
    if not begin or not end:
        return None
    days = date.fromisoformat(end[:10]) - date.fromisoformat(begin[:10])
    hours, minutes, rest = map(int, end[11:].split(":"))
    return days.days * 86400 + hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize("seed", range(4))
def test_a_days_series_is_what_counting_row_by_row_gives(lake, place, seed):
    rows = odd_rows(Random(seed), 400)

    lake.add(dump(place, [rows[:150], rows[150:151], rows[151:]]))

    found = daily(lake)
    expected = counted_one_by_one(rows)
    families = {metric.split(".")[0] for _, metric in expected} - {"doubt"}
    told = {
        key: value
        for key, value in found.items()
        if key[1].split(".")[0] in families or key in expected
    }
    assert told == dict(expected)
    assert sum(metric.startswith("doubt.") for _, metric in expected) >= 9
    for platform in ("Foro", "Plaza", "Ágora"):
        here = [one for one in rows if one["platform_name"] == platform]
        for name in SPANS:
            spans = [s for one in here if (s := seconds(one, name)) is not None]
            sound = [s for s in spans if s >= 0]
            assert found.get((platform, f"{name}.max_seconds")) == max(sound, default=None)
            assert found.get((platform, f"{name}.negative_rows"), 0) == len(spans) - len(sound)
            mean = found.get((platform, f"{name}.mean_seconds"))
            assert abs(mean - sum(sound) / len(sound)) <= 0.5 if sound else mean is None
        for doubt, column in (
            ("duplicate_uuid", "uuid"),
            ("duplicate_platform_id", "platform_uid"),
        ):
            values = [one[column] for one in here if one[column]]
            repeats = len(values) - len(set(values))
            assert found.get((platform, f"doubt.{doubt}"), 0) == repeats
