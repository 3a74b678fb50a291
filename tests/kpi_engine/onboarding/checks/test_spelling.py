"""Which values are probably one, and which only look alike."""

from __future__ import annotations

from kpi_engine.onboarding.checks.spelling import meant_by, rewritten, variants


def test_variants() -> None:
    """Case, accents, spaces and hyphens don't tell words apart; digits are told apart."""
    counts = {"web": 5, "WEB": 1, "wéb": 2, "GTX Pro": 3, "GTX-Pro": 4, "1.10": 1, "11.0": 1, "A1-1": 1, "A11": 1, "": 9}  # fmt: skip
    assert variants(counts) == [("web", "wéb", "WEB"), ("GTX-Pro", "GTX Pro")]


def test_what_was_meant() -> None:
    """The one that is near, else the one that is hardly different; nothing where two would do."""
    assert meant_by(["GTXPro", "Brandenburg Gmbh", "xyz", 7], ["GTX Pro", "Brandenburg GmbH", "MG", 7]) == {
        "GTXPro": "GTX Pro",
        "Brandenburg Gmbh": "Brandenburg GmbH",
    }
    assert meant_by(["Contoso Ldt"], ["Contoso Ltd", "MG"]) == {"Contoso Ldt": "Contoso Ltd"}
    assert meant_by(["gtx pro"], ["GTX Pro", "GTXPro"]) == {}


def test_the_fix_is_sql_that_keeps_its_quotes() -> None:
    """An apostrophe is doubled; where trimming and lower case do, that is the fix."""
    assert "case city when 'sGrave' then '''sGrave' else city end" in rewritten("city", {"sGrave": "'sGrave"})
    assert rewritten("source", {"Web ": "web"}).endswith('{sql: "trim(lower(source))"}.')
