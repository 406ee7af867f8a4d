"""One interface for whatever scores an output: evaluation, reward, best-of-N and the gate."""

from collections.abc import Callable
from typing import Protocol

from geist.core.output import Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed, unscorable


class Verifier(Protocol):
    """Strict and total: any output of any shape gets a verdict, never an exception."""

    name: str
    version: int

    def __call__(self, task: Task, output: Output) -> Verdict: ...


def text_of(output: Output, most: int) -> str | Verdict:
    """The text of an output that must be one, of at most so many characters; else the verdict."""
    if not isinstance(output, Text):
        return failed("an answer is a text")
    if len(output.text) > most:
        return failed(f"the answer is longer than {most} characters")
    return output.text


def total(check: Callable[[Task, Output], Verdict], task: Task, output: Output) -> Verdict:
    """Runs `check`; our own failure is unscorable, and is retried once, alone."""
    verdict = _guarded(check, task, output)
    if verdict.status is Status.UNSCORABLE:
        verdict = _guarded(check, task, output)
    return verdict


def _guarded(check: Callable[[Task, Output], Verdict], task: Task, output: Output) -> Verdict:
    try:
        return check(task, output)
    except RecursionError:
        return failed("the output is nested too deeply to be read")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as e:
        return unscorable(f"the verifier itself failed: {type(e).__name__}: {e}")
