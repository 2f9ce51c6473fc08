"""Columns of strange tables: recognised by name and values; where two readings are possible, asked."""

from amparo.connectors import guess

SPANISH = ["Número", "Fecha de decisión", "Medida", "Motivo", "Correo electrónico"]


def of(header, *rows, kind="restriction"):
    return guess.guess(header, [list(row) for row in rows], kind)


def test_names_are_known_in_other_languages_whatever_their_accents_and_case():
    found = of(SPANISH, ["1", "2026-11-03", "ACCOUNT_SUSPENDED", "spam", "ana@example.org"])

    assert found.mapping.columns == {
        "id": "Número",
        "decided": "Fecha de decisión",
        "restriction": "Medida",
        "word_reason": "Motivo",
        "email": "Correo electrónico",
    }
    assert (found.missing, found.unclear, found.orders) == ([], {}, ())


def test_a_day_that_can_be_read_in_two_ways_is_asked():
    """03/04 is in March or in April; one day beyond the twelfth settles it."""
    either = of(["id", "date"], ["1", "03/04/2026"], ["2", "05/06/2026"])
    settled = of(["id", "date"], ["1", "03/04/2026"], ["2", "25/06/2026"])

    assert either.orders == ["%d/%m/%Y", "%m/%d/%Y"]
    assert (settled.orders, settled.mapping.dates.format) == ((), "%d/%m/%Y")


def test_what_a_name_does_not_say_the_values_may_where_only_one_column_can_be_meant():
    one_of = of(
        ["id", "a", "b"], ["1", "VIOLENCE", "2026-11-03"], ["2", "OTHER_VIOLATION_TC", "2026-11-04"]
    )
    two = of(["id", "a", "b"], ["1", "2026-11-03", "2026-11-04"])

    assert one_of.mapping.columns == {"id": "id", "category": "a", "decided": "b"}
    assert one_of.why["category"] == "values"
    assert "decided" in two.missing


def test_a_name_is_not_believed_where_the_values_are_of_another_kind():
    found = of(["id", "date", "email"], ["1", "soon", "none"], ["1", "later", "none"])

    assert found.mapping.columns == {}
    assert set(found.missing) == {"id", "decided", "restriction"}


def test_free_text_is_no_word_that_rules_go_by():
    """It may say anything of anybody; a word is one of a short list."""
    rows = [[str(n), "2026-11-03", "ACCOUNT_SUSPENDED", f"wrote {n} insults"] for n in range(60)]

    found = of(["id", "date", "action", "reason"], *rows)

    assert found.left == ["reason"]


def test_what_a_tool_calls_a_ban_is_never_put_into_the_words_of_the_law():
    found = of(
        ["id", "date", "action"], ["1", "2026-11-03", "Ban"], ["2", "2026-11-03", "Shadowban"]
    )

    assert found.unclear == {"restriction": ["Ban", "Shadowban"]}
    assert found.mapping.words == {}
