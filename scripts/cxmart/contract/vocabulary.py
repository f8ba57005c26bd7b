"""Names in other words, what stands where nobody is known, and ratings in words: what the loader knows of the seeds.

The seeds are read as files, a brand's own rows beside the shipped ones, since files land before anything is built.
"""

import csv
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

from cxmart.base.database import literal
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.contract.source_contract import Column, Table

ALIASES, PLACEHOLDERS, SCALES = "name_aliases", "placeholder_identities", "survey_scales"
WORDS = "words"
# Kinds of words that are names of nothing: of flags, of the months 1 to 12, of survey_scales.
BOOLEAN, MONTH, SCORE = "boolean", "month", "score"
# A pattern of its own: nothing but zeros, with dashes between them as in an empty UUID.
ZEROS = "0*"

# What two spellings of a name may differ in beside case, as `name_key` and as the engine's regular expressions say it.
BETWEEN_WORDS = r"[\s\x0b\x1c-\x1f\x85\p{Z}\p{Pd}_]+"


@dataclass(frozen=True)
class Vocabulary:
    """`aliases` gives a kind's names by the keys of their other words; `placeholders` are patterns in lower case.

    `words` gives what the words of a language mean, by language, kind and their keys.
    """

    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    placeholders: tuple[str, ...] = ()
    score_words: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    def names_of(self, column: Column, language: str | None = None) -> dict[str, str]:
        """Give the allowed values of a column by the keys of all their spellings."""
        own = {name_key(value): value for value in column.accepted_values}
        others = {**self._words(column.kind, language), **self.aliases.get(column.kind, {})}
        return {key: own[name_key(name)] for key, name in others.items() if name_key(name) in own} | own

    def words_of(self, column: Column, language: str | None) -> dict[str, str]:
        """Give what the words of a language mean in a column of flags, or of names of which others may stand there.

        A word that is an alias of another name is left to the models, which know that.
        """
        if column.data_type == BOOLEAN:
            return dict(self._words(BOOLEAN, language))
        if column.accepted_values:
            return {}
        aliases = self.aliases.get(column.kind, {})
        return {
            key: name
            for key, name in self._words(column.kind, language).items()
            if name_key(aliases.get(key, name)) == name_key(name)
        }

    def scores_of(self, language: str | None) -> dict[str, str]:
        """Give the words of scales by the keys of all their spellings."""
        own = {name_key(word): word for word in self.score_words}
        others = self._words(SCORE, language)
        return {key: own[name_key(word)] for key, word in others.items() if name_key(word) in own} | own

    def months_of(self, language: str | None) -> dict[str, int]:
        """Give the numbers of the months by their names in a language."""
        return {key: int(month) for key, month in self._words(MONTH, language).items()}

    def _words(self, kind: str, language: str | None) -> Mapping[str, str]:
        return self.words.get(language or "", {}).get(kind, {})

    def fingerprint(self, table: Table, *, has_addresses: bool, language: str | None = None) -> str:
        """Tell what of it decides on the rows of a table from another state of it, in 8 hexadecimal digits."""
        told: list[object] = [sorted(self.names_of(column, language).items()) for column in table.columns]
        if language is not None:
            told += [sorted(self.words_of(column, language).items()) for column in table.columns]
            told += [sorted(self.scores_of(language).items()), sorted(self.months_of(language).items())]
        told.append(self.placeholders if has_addresses else ())
        told.append(self.score_words if any(column.is_score for column in table.columns) else ())
        return hashlib.sha256(repr(told).encode()).hexdigest()[:8]


def read_vocabulary(settings: Settings) -> Vocabulary:
    """Read what the loader needs of the seeds.

    Raises:
        CxmartError: a file can't be read, or lacks a column.
    """
    aliases: dict[str, dict[str, str]] = {}
    for row in seed_rows(settings, ALIASES, ("kind", "alias", "name")):
        aliases.setdefault(row["kind"], {})[name_key(row["alias"])] = row["name"]
    patterns = [row["pattern"].lower() for row in seed_rows(settings, PLACEHOLDERS, ("pattern",))]
    words: set[str] = set()
    for row in seed_rows(settings, SCALES, ()):
        words.update(word.partition("=")[0].strip().lower() for word in row.get("words", "").split("|"))
    of_languages: dict[str, dict[str, dict[str, str]]] = {}
    for row in seed_rows(settings, WORDS, ("language", "kind", "word", "name")):
        of_languages.setdefault(row["language"], {}).setdefault(row["kind"], {})[name_key(row["word"])] = row["name"]
    return Vocabulary(aliases, tuple(sorted({*patterns} - {""})), tuple(sorted(words - {""})), of_languages)


def seed_rows(settings: Settings, seed: str, needed: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """Read the rows of a seed, and those of a brand's own file among them, as dbt's hook puts them together."""
    shipped = settings.project_root / "seeds" / f"{seed}.csv"
    rows = rows_of_file(shipped, needed) if shipped.is_file() else []
    for is_all, name in ((True, f"{seed}.replace.csv"), (False, f"{seed}.csv")):
        own_file = settings.config / name if settings.config else None
        if own_file and own_file.is_file():
            own = rows_of_file(own_file, needed)
            rule = own_rows_rule(settings.project_root, seed)
            if is_all or not rule:
                return own
            keys = {_key_of_row(row, rule) for row in own}
            return [*(row for row in rows if _key_of_row(row, rule) not in keys), *own]
    return rows


def rows_of_file(path: Path, needed: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """Read the rows of a seed's file, without blanks around values.

    Raises:
        CxmartError: the file can't be read, or lacks a needed column.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header = file.readline()
            delimiter = max(",", ";", "\t", key=header.count)
            file.seek(0)
            reader = csv.DictReader(file, delimiter=delimiter)
            names = reader.fieldnames or ()
            if blanks := [name for name in names if name.strip() in needed and name != name.strip()]:
                raise CxmartError(
                    f"{path} has blanks around the column name '{blanks[0]}'; let each line begin with its first "
                    "letter",
                    ExitCode.USAGE,
                )
            if missing := [name for name in needed if name not in names]:
                raise CxmartError(f"{path} lacks the column {', '.join(missing)}", ExitCode.USAGE)
            return [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
    except UnicodeDecodeError as error:
        raise CxmartError(
            f"{path} can't be read: it is not encoded in UTF-8; save it as CSV UTF-8", ExitCode.USAGE
        ) from error
    except csv.Error as error:
        raise CxmartError(f"{path} can't be read: {error}", ExitCode.USAGE) from error
    except OSError as error:
        raise translate(error, path) from error


@lru_cache
def own_rows_rule(project_root: Path, seed: str) -> dict[str, tuple[str, ...]]:
    """Tell in what a brand's own row must be like a shipped one to win over it; empty where its file replaces all.

    Args:
        project_root: the folder of the dbt project.
        seed: the seed, whose YAML says it (macros/configuration/configuration.sql says how).
    """
    path = project_root / "seeds" / f"{seed}.yml"
    if not path.is_file():
        return {}
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    (declared,) = [one for one in content["seeds"] if one["name"] == seed]
    rule = ((declared.get("config") or {}).get("meta") or {}).get("own_rows") or {}
    return {part: tuple(rule[part]) for part in ("by", "names") if part in rule}


def _key_of_row(row: Mapping[str, str], rule: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    names = rule.get("names", ())
    return tuple(
        name_key(row.get(column, "")) if column in names else row.get(column, "").strip().lower()
        for column in rule["by"]
    )


def name_key(name: str) -> str:
    """What two spellings of one name share: it in lower case, without blanks, dashes and underscores."""
    return "".join(
        letter
        for letter in name.lower()
        if letter != "_" and not letter.isspace() and unicodedata.category(letter) != "Pd"
    )


def name_key_in_sql(text: str) -> str:
    """Write the key of a name in SQL."""
    return f"regexp_replace(lower({text}), {literal(BETWEEN_WORDS)}, '', 'g')"


def is_placeholder_in_sql(text: str, placeholders: tuple[str, ...]) -> str:
    """Write whether a text, without blanks around it and in lower case, stands where nobody is known."""
    plain = [pattern for pattern in placeholders if "*" not in pattern]
    conditions = [f"list_contains([{', '.join(map(literal, plain))}], {text})"] if plain else []
    for pattern in placeholders:
        if pattern == ZEROS:
            conditions.append(f"regexp_full_match({text}, '[0-]*0[0-]*')")
        elif "*" in pattern:
            inner = re.escape(pattern.strip("*"))
            before, after = (".*" if pattern.startswith("*") else ""), (".*" if pattern.endswith("*") else "")
            conditions.append(f"regexp_full_match({text}, {literal(f'(?s){before}{inner}{after}')})")
    return f"({' or '.join(conditions)})" if conditions else "false"
