"""Words in files that are known nowhere, and the names that they may mean."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from cxmart.base.settings import Settings
from cxmart.base.suggestions import nearest
from cxmart.check.seen import ColumnSeen, FileSeen, WordToName
from cxmart.contract import dialects, kpi_catalog
from cxmart.contract.source_contract import Column, Source
from cxmart.contract.vocabulary import Vocabulary, name_key, seed_rows
from cxmart.landing.workbooks import ERRORS

MOST_WORDS = 1_000

# Kinds of names of which every one is known, beside those that the definitions list: with the seed and its column.
LISTED_IN_SEEDS = {"channel": ("channels", "channel")}
# Kinds in which other words than the listed ones are as good, and only tell less.
OPEN_KINDS = {"order_status"}


def unknown(
    settings: Settings,
    seen: FileSeen,
    column: ColumnSeen,
    by_name: Mapping[str, Column],
    vocabulary: Vocabulary,
    language: str | None,
) -> dict[str, int]:
    """List the words of a column of names that are known nowhere, where it is in a language, with their rows."""
    declared = by_name[column.column or ""]
    known = _known_names(settings, declared.kind, vocabulary)
    if not known:
        return {}
    words = column.words
    if told := seen.words_if.get(declared.name):
        other = by_name[told.other]
        readings = vocabulary.names_of(other, language)
        counted: Counter[str] = Counter()
        for (word, at), rows in told.rows.items():
            if readings.get(name_key(at)) == told.value:
                counted[word] += rows
        words = dict(counted.most_common())
    # What the language of the file makes a name of, is known.
    keys = (
        known.keys() | vocabulary.words_of(declared, language).keys() | vocabulary.names_of(declared, language).keys()
    )
    return {word: rows for word, rows in words.items() if word.upper() not in ERRORS and name_key(word) not in keys}


def leave_out_known(source: Source, settings: Settings, seen: Sequence[FileSeen], vocabulary: Vocabulary) -> None:
    """Leave out of the unknown words what the proposed language would tell: the file's, else that of the others."""
    proposed: Counter[str] = Counter()
    for one in seen:
        for hint in one.hints:
            if "language" in hint.setting:
                proposed[hint.setting["language"]] += hint.rows
    usual = next((language for language, _ in proposed.most_common(1)), None)
    for one in seen:
        table = source.tables.get(one.table or "")
        if table is None or one.landed is None:
            continue
        said = dialects.of_file(source, Path(one.file), settings).dialect.language
        own = next((hint.setting["language"] for hint in one.hints if "language" in hint.setting), None)
        language = own or said or usual
        by_name = {column.name: column for column in table.columns}
        for column in one.columns:
            declared = by_name.get(column.column or "")
            if declared and declared.kind and language != said:
                words = unknown(settings, one, column, by_name, vocabulary, language)
                if declared.accepted_values or one.words_if.get(declared.name) is None:
                    words = {word: rows for word, rows in words.items() if word in column.unknown_words}
                column.unknown_words = words


def _known_names(settings: Settings, kind: str, vocabulary: Vocabulary) -> dict[str, str]:
    """Give the names of a kind by the keys of all their spellings; nothing where any word will do."""
    listed = list(kpi_catalog.read_listed_names(settings.project_root).get(kind, ()))
    if kind in LISTED_IN_SEEDS:
        seed, column = LISTED_IN_SEEDS[kind]
        listed += [row[column] for row in seed_rows(settings, seed, (column,))]
    if not listed:
        return {}
    aliases = vocabulary.aliases.get(kind, {})
    return {**aliases, **{name_key(name): name for name in (*aliases.values(), *listed)}}


def words_to_name(
    settings: Settings, source: Source, seen: Sequence[FileSeen], vocabulary: Vocabulary
) -> list[WordToName]:
    """List the words that are known nowhere, and that no language would tell."""
    found: dict[tuple[str, str], int] = {}
    for one in seen:
        table = source.tables.get(one.table or "")
        by_name = {column.name: column for column in table.columns} if table else {}
        # Where a language is asked for, what it may be is not known either.
        told = {hint.column for hint in one.hints if not hint.setting}
        for column in one.columns:
            declared = by_name.get(column.column or "")
            if declared and declared.kind not in OPEN_KINDS and declared.name not in told:
                for word, rows in column.unknown_words.items():
                    found[declared.kind, word] = found.get((declared.kind, word), 0) + rows
    words = []
    for (kind, word), rows in sorted(found.items(), key=lambda one: (one[0][0], -one[1], one[0][1])):
        known = _known_names(settings, kind, vocabulary)
        names = sorted(set(known.values()))
        # What a near spelling stands for.
        near = {known.get(name_key(name), name) for name in nearest(word, [*names, *known])}
        words.append(WordToName(kind, word, rows, tuple(names), tuple(sorted(near))))
    return words


def alias_rows(words: Sequence[WordToName]) -> str:
    """Write rows of the seed `name_aliases` for words that are known nowhere."""
    if not words:
        return ""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write(("kind", "alias", "name", "source"))
    for word in words:
        write((word.kind, word.word, "?", "Our own word"))
    return text.getvalue()
