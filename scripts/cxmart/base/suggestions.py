"""Names that a person mistyped: which of those that there are come nearest."""

import difflib
from collections.abc import Iterable

from cxmart.base.errors import CxmartError, ExitCode, shortened

# So many names are suggested, and as much must two names have in common (0-1).
MOST_SUGGESTED = 3
LEAST_ALIKE = 0.6

# A longer list of what there is helps nobody.
SHOWN_NAMES = 1000


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Give the names that are most like what was written, the nearest first; case does not matter.

    What was written may also be a part of them: `response` is near to `first_response_time`.
    """
    by_key: dict[str, str] = {}
    for known in names:
        by_key.setdefault(known.lower(), known)
    wanted = name.strip().lower()
    found = difflib.get_close_matches(wanted, by_key, n=MOST_SUGGESTED, cutoff=LEAST_ALIKE)
    if len(wanted) >= 3:
        found += [key for key in sorted(by_key) if wanted in key and key not in found]
    return [by_key[key] for key in found[:MOST_SUGGESTED]]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Write the nearest names as a question, to be put behind a sentence: `; did you mean a or b?`; else nothing."""
    found = nearest(name, names)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def unknown_name(what: str, name: str, names: Iterable[str], *, others: str = "there are") -> CxmartError:
    """Say that there is no such name, which come nearest, and which there are.

    Args:
        what: what is wrong, up to the name: "there is no KPI".
        name: what was written.
        names: those that there are.
        others: how the list of them is introduced.
    """
    known = list(names)
    all_of_them = shortened(", ".join(known), SHOWN_NAMES) or "none"
    question = did_you_mean(name, known)
    others = f" {others[:1].upper()}{others[1:]}" if question else f"; {others}"
    return CxmartError(f"{what} '{shortened(name)}'{question}{others}: {all_of_them}", ExitCode.USAGE)
