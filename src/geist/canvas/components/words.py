"""Code, Diff, Math and Quiz: words that are set in their own way."""

import difflib
from collections.abc import Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind, text, whole
from geist.canvas.language import Call, Value
from geist.canvas.problem import Wrong
from geist.canvas.view import Answered, View

MOST = 50_000


class _Words(Plain):
    """`given` are its texts, in this order; the first must be there."""

    given: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, self.given, (*self.named, "title"))
        found = {n: text(told, n) for n in (*self.given, *self.named, "title") if n in told}
        if not found.get(self.given[0], "").strip():
            raise Wrong("arguments", f"{self.name} is empty")
        if sum(map(len, found.values())) > MOST:
            raise Wrong("arguments", f"{self.name} is longer than {MOST} characters")
        return {n: v for n, v in found.items() if v or n in self.given}

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        given = tuple(component[n] for n in self.given if n in component)
        named = tuple((n, component[n]) for n in (*self.named, "title") if n in component)
        return Call(self.name, given, named)

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        head = [component["title"]] if "title" in component else []
        return "\n".join([*head, component[self.given[0]]])


@kind
class Code(_Words):
    name = "Code"
    example = 'Code("total = 0", language="python")'
    given, named = ("code",), ("language",)

    def drawn(self, component: Mapping[str, Any], shown: Answered) -> Mapping[str, Any]:
        """Its tokens by kind: k words of the language, s texts, n numbers, c comments."""
        from pygments import lex
        from pygments.lexers import get_lexer_by_name
        from pygments.lexers.special import TextLexer
        from pygments.token import Comment, Keyword, Number, String
        from pygments.util import ClassNotFound

        try:
            lexer = get_lexer_by_name(component.get("language", "text"), ensurenl=False)
        except ClassNotFound:
            lexer = TextLexer(ensurenl=False)
        kinds = {Keyword: "k", String: "s", Number: "n", Comment: "c"}
        found = list[list[str]]()
        for token, words in lex(component["code"], lexer):
            mark = next((k for of, k in kinds.items() if token in of), "")
            if found and found[-1][0] == mark:
                found[-1][1] += words
            else:
                found.append([mark, words])
        return {"tokens": found}


@kind
class Diff(_Words):
    name = "Diff"
    example = 'Diff("a = 1", "a = 2", title="what changes")'
    given = ("before", "after")

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, self.given, ("title",))
        found = {n: text(told, n) for n in (*self.given, "title")}
        if found["before"] == found["after"]:
            raise Wrong("empty", "nothing changes between the two")
        if sum(map(len, found.values())) > MOST:
            raise Wrong("arguments", f"Diff is longer than {MOST} characters")
        return {n: v for n, v in found.items() if v or n != "title"}

    def drawn(self, component: Mapping[str, Any], shown: Answered) -> Mapping[str, Any]:
        return {"lines": _changes(component)}

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        return "\n".join([component.get("title", "changes"), *_changes(component)])


def _changes(component: Mapping[str, Any]) -> list[str]:
    before, after = component["before"].splitlines(), component["after"].splitlines()
    return list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]


@kind
class Math(_Words):
    name = "Math"
    example = 'Math("\\\\bar{x} = \\\\frac{1}{n} \\\\sum_i x_i")'
    given = ("tex",)


@kind
class Quiz(Plain):
    name = "Quiz"
    example = 'Quiz("Which is a prime?", ["four", "five"], answer=2, why="It has no divisors.")'

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("question", "options"), ("answer", "why"))
        options = told.get("options")
        if not isinstance(options, tuple) or len(options) < 2 or not all(
                isinstance(o, str) and o.strip() for o in options):  # fmt: skip
            raise Wrong("arguments", 'options must be a list of two texts or more: ["…", "…"]')
        if len(set(options)) < len(options):
            raise Wrong("twice", "an option is there twice")
        question, answer = text(told, "question"), whole(told, "answer", len(options))
        if not question.strip() or answer is None:
            raise Wrong("arguments", "a quiz needs a question, and answer=1 for the first option")
        why = text(told, "why")
        made = {"question": question, "options": list(options), "answer": answer}
        return made | ({"why": why} if why else {})

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named: list[tuple[str, Value]] = [("answer", component["answer"])]
        named += [("why", component["why"])] if "why" in component else []
        return Call("Quiz", (component["question"], tuple(component["options"])), tuple(named))

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        told = (f"  {n}. {o}" for n, o in enumerate(component["options"], 1))
        return "\n".join([component["question"], *told])
