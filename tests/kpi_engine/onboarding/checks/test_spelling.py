"""Which values are probably one, and which only look alike."""

from __future__ import annotations

from kpi_engine.onboarding.checks.spelling import meant_by, variants


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


def test_listed_members_are_told_apart() -> None:
    """Two ids that the members' own table has are two members; of several spellings the listed one is meant."""
    counts = {"0015g00000XyZ1a": 3, "0015g00000xyz1A": 2}
    assert variants(counts) == []
    assert variants({"ab": 3, "AB": 2}, listed={"ab", "AB"}) == []
    assert variants({"ab": 3, "AB": 2}, listed={"AB"}) == [("AB", "ab")]
    assert meant_by(["Ab"], ["ab", "AB", "cd"]) == {}
