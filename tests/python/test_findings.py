"""Each finding of the models has its sentence, with what to do."""

import re
from pathlib import Path

from cxmart.build.findings import SENTENCES, sentence_of


def test_every_finding_has_a_sentence(project_root: Path) -> None:
    named = set()
    for path in (project_root / "models").rglob("*findings.sql"):
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        named |= set(re.findall(r"'([a-z_]+)' as finding", text))
        named |= set(re.findall(r'\{\{ finding\("([a-z_]+)"', text))
        for case in re.findall(r"case\b(.*?)\bend as finding", text, re.DOTALL):
            named |= set(re.findall(r"(?:then|else) '([a-z_]+)'", case.rpartition(" as ")[2]))
    named |= {"unknown_scale", "score_outside_scale"}  # reasons that int_feedback__findings passes on
    assert named == set(SENTENCES)


def test_a_finding_is_a_sentence() -> None:
    assert sentence_of("unknown_status", "standard", "tickets", "Zugewiesen", 1_200, "standard:1") == (
        "unknown status: 1,200 rows of tickets (standard) with the status 'Zugewiesen', such as standard:1; "
        "read as not told; add a row to name_aliases.csv"
    )
    missing = sentence_of(
        "table_not_given", "standard", "products", "order lines name products, and no products table was given", 1, None
    )
    assert missing == (
        "table not given: order lines name products, and no products table was given: what needs it has no data until "
        "products is loaded (standard)"
    )
    assert "None" not in sentence_of("own_accounts_not_told", None, "brand_mentions", None, 1, None)


def test_no_sentence_names_what_is_not_known() -> None:
    for finding in SENTENCES:
        said = sentence_of(finding, None, "tickets", None, 1, None)
        assert "None" not in said
        assert "{" not in said
