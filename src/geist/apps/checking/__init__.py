"""Checks in plain words: their language, and what they mean. It stands by itself, on Python's own
library alone: an app that is ejected takes a copy with it."""

from .language import KINDS, METHODS, Check, Expect, Kind, NotUnderstood, Step, parse, quoted
from .meaning import (
    NOTHING,
    alike,
    at,
    lines,
    missed_answer,
    missed_output,
    number,
    same_words,
    short,
    shows,
    within,
)

__all__ = [
    "KINDS",
    "METHODS",
    "NOTHING",
    "Check",
    "Expect",
    "Kind",
    "NotUnderstood",
    "Step",
    "alike",
    "at",
    "lines",
    "missed_answer",
    "missed_output",
    "number",
    "parse",
    "quoted",
    "same_words",
    "short",
    "shows",
    "within",
]
