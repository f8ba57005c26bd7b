"""The data sets on which the tests compare every cell, in the order in which mutants meet them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from independent.harness import shipped_config
from independent.known_cases import CASES
from independent.nasty import SCENES, TARGETS, DataSet, data_set
from independent.world import Config
from mutation.swapping import Telling

# The first of these are those of `make test`, the others of `make test-all`.
SEEDS = range(8)


@cache
def shipped() -> Config:
    return shipped_config()


def data_sets() -> Iterator[Telling]:
    """The cases worked out by hand, then generated ones, those of one zone together."""
    found = []
    for case in CASES:
        config = shipped() | {"kpi_targets": shipped()["kpi_targets"] + TARGETS} | case.seeds
        found.append(Telling("case", case.name, case.timezone, DataSet(case.raw, config, case.as_of)))
    yield from sorted(found, key=lambda telling: telling.timezone != "UTC")
    for seeds in (SEEDS[:4], SEEDS[4:]):
        for name, scene in sorted(SCENES.items(), key=lambda item: item[1].timezone):
            for seed in seeds:
                yield Telling("data set", f"{name} {seed}", scene.timezone, data_set(scene, seed, shipped()))
