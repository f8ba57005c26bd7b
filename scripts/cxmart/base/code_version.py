"""Which code makes the numbers: its version, its commit where there is one, and a checksum that every install has."""

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cxmart import __version__

# What the numbers are made by; seeds are compared as they were built, since a brand may have its own.
PATTERNS = ("dbt_project.yml", "macros/**/*.sql", "models/**/*.sql")


@dataclass(frozen=True)
class Code:
    """The package's version, the commit of the checkout (None in one without git), and a checksum of the models."""

    version: str
    commit: str | None
    checksum: str


def read_code(root: Path) -> Code:
    """Tell which code lies in a project.

    Args:
        root: the folder of the dbt project.
    """
    digest = hashlib.sha256()
    for path in sorted(path for pattern in PATTERNS for path in root.glob(pattern)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return Code(__version__, _commit(root), digest.hexdigest()[:16])


def _commit(root: Path) -> str | None:
    """Ask git for the commit, with `+` where tracked files differ from it; no network is used."""
    if not (root / ".git").exists():
        return None
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    if not commit:
        return None
    return commit + ("+" if _git(root, "--no-optional-locks", "diff", "--name-only", "HEAD") else "")


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
