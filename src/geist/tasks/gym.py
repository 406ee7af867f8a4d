"""Families over reasoning-gym's generators, with our own strict verifiers.

Only its questions and answers are taken, never its scorers: several accept garbage or evaluate
what they are given. Of its datasets those are here whose right answer is one number or one line
that the question fixes; answers of two or three possible values are left out, for they are guessed.
"""

import importlib
import importlib.util
import random
from functools import cache
from typing import Any

from geist.core.errors import GeistError
from geist.tasks.family import Problem, task_family
from geist.verify.answers import Auditable, Integer, Word

PREFIX = "gym-"
# by dataset: how many levels of its curriculum it can draw quickly, in under 1,500 characters
INTEGERS = {
    "aiw": 9, "basic_arithmetic": 5, "binary_alternation": 4, "chain_sum": 11, "count_bits": 5,
    "count_primes": 5, "gcd": 4, "largest_island": 2, "lcm": 4, "leg_counting": 36,
    "letter_counting": 8, "maze": 1, "products": 11, "simple_equations": 4,
}  # fmt: skip
LINES = {
    "base_conversion": 5, "caesar_cipher": 2, "family_relationships": 9, "spell_backward": 5,
    "word_sequence_reversal": 4, "word_sorting": 5, "zebra_puzzles": 2,
}  # fmt: skip


def here() -> bool:
    return importlib.util.find_spec("reasoning_gym") is not None


@cache
def register() -> None:
    """All of them, where reasoning-gym is installed; it is imported when the first is drawn."""
    for names, verifier in ((INTEGERS, Integer()), (LINES, Word())):
        for name, levels in names.items():
            _register(name, levels, verifier)


def _register(dataset: str, levels: int, verifier: Auditable) -> None:
    def make(dice: random.Random, level: int) -> Problem:
        item = drawn(dataset, dice.getrandbits(31), level - 1)
        answer = str(item["answer"])
        return Problem(item["question"], int(answer) if dataset in INTEGERS else answer)

    make.__doc__ = f"reasoning-gym's {dataset.replace('_', ' ')}."
    task_family(f"{PREFIX}{dataset}", verifier=verifier, levels=(1, levels))(make)


def drawn(dataset: str, seed: int, level: int) -> dict[str, Any]:
    """One problem of a dataset with every attribute of its curriculum at `level`, from 0, or its
    last."""
    factory: Any = importlib.import_module("reasoning_gym.factory")  # it need not be there
    curriculum = factory.create_curriculum(dataset)
    for name, attribute in curriculum.attributes.items():
        curriculum.set_attr_level(name, min(level, len(attribute.levels) - 1))
    config = curriculum.generate_configuration({"size": 1, "seed": seed})
    return factory.DATASETS[dataset][0](config)[0]


def missing(name: str) -> GeistError:
    return GeistError(
        f"the family {name} needs reasoning-gym",
        why="it is not installed; it comes apart from geist because it needs a C compiler",
        mend="apt install gcc python3-dev && pip install 'geist[gym]'",
    )
