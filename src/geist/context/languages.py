"""What tree-sitter is asked of each language: definitions, imports, and what is called.

Captures: `function`, `class` and `method` are whole definitions, `name` the name inside one;
`import` a whole import; `call` the name of what is called. Only single-language wheels are used:
they bring their grammar along and fetch nothing.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from posixpath import splitext
from typing import Any

from tree_sitter import Language, Parser, Query

PYTHON = """
(function_definition name: (identifier) @name) @function
(class_definition name: (identifier) @name) @class
(import_statement) @import
(import_from_statement) @import
(call function: [(identifier) @call (attribute attribute: (identifier) @call)])
"""
JAVASCRIPT = """
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(class_declaration name: (_) @name) @class
(method_definition name: (_) @name) @method
(variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])
  @function
(import_statement) @import
(call_expression function: [(identifier) @call
  (member_expression property: (property_identifier) @call)])
(call_expression function: (identifier) @_r arguments: (arguments (string)) (#eq? @_r "require"))
  @import
"""
TYPESCRIPT = (
    JAVASCRIPT
    + """
(interface_declaration name: (type_identifier) @name) @class
(abstract_class_declaration name: (type_identifier) @name) @class
(enum_declaration name: (identifier) @name) @class
(type_alias_declaration name: (type_identifier) @name) @class
"""
)
GO = """
(function_declaration name: (identifier) @name) @function
(method_declaration name: (field_identifier) @name) @method
(type_spec name: (type_identifier) @name) @class
(import_spec) @import
(call_expression function: [(identifier) @call
  (selector_expression field: (field_identifier) @call)])
"""
RUST = """
(function_item name: (identifier) @name) @function
(struct_item name: (type_identifier) @name) @class
(enum_item name: (type_identifier) @name) @class
(union_item name: (type_identifier) @name) @class
(trait_item name: (type_identifier) @name) @class
(impl_item type: (_) @name) @class
(macro_definition name: (identifier) @name) @function
(use_declaration) @import
(call_expression function: [(identifier) @call (field_expression field: (field_identifier) @call)
  (scoped_identifier name: (identifier) @call)])
"""
JAVA = """
(class_declaration name: (identifier) @name) @class
(interface_declaration name: (identifier) @name) @class
(enum_declaration name: (identifier) @name) @class
(record_declaration name: (identifier) @name) @class
(method_declaration name: (identifier) @name) @method
(constructor_declaration name: (identifier) @name) @method
(import_declaration) @import
(method_invocation name: (identifier) @call)
"""
C = """
(function_definition declarator: (function_declarator declarator: (identifier) @name)) @function
(function_definition declarator: (pointer_declarator declarator:
  (function_declarator declarator: (identifier) @name))) @function
(struct_specifier name: (type_identifier) @name body: (_)) @class
(enum_specifier name: (type_identifier) @name body: (_)) @class
(type_definition declarator: (type_identifier) @name) @class
(preproc_function_def name: (identifier) @name) @function
(preproc_include) @import
(call_expression function: [(identifier) @call (field_expression field: (field_identifier) @call)])
"""
CPP = (
    C
    + """
(class_specifier name: (type_identifier) @name body: (_)) @class
(function_definition declarator: (function_declarator declarator: (field_identifier) @name))
  @method
(function_definition declarator: (function_declarator declarator: (qualified_identifier) @name))
  @method
"""
)


@dataclass(frozen=True)
class Grammar:
    """`comment` is how a line of comment begins, `doc` whether a docstring stands inside."""

    name: str
    module: str
    query: str
    factory: str = "language"


GRAMMARS = {
    g.name: g
    for g in (
        Grammar("python", "tree_sitter_python", PYTHON),
        Grammar("javascript", "tree_sitter_javascript", JAVASCRIPT),
        Grammar("typescript", "tree_sitter_typescript", TYPESCRIPT, "language_typescript"),
        Grammar("tsx", "tree_sitter_typescript", TYPESCRIPT, "language_tsx"),
        Grammar("go", "tree_sitter_go", GO),
        Grammar("rust", "tree_sitter_rust", RUST),
        Grammar("java", "tree_sitter_java", JAVA),
        Grammar("c", "tree_sitter_c", C),
        Grammar("cpp", "tree_sitter_cpp", CPP),
    )
}
SUFFIXES = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".jsx": "javascript",
    ".mjs": "javascript", ".cjs": "javascript", ".ts": "typescript", ".mts": "typescript",
    ".cts": "typescript", ".tsx": "tsx", ".go": "go", ".rs": "rust", ".java": "java", ".c": "c",
    ".h": "cpp", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hh": "cpp", ".hpp": "cpp",
    ".hxx": "cpp", ".pdf": "pdf", ".po": "data", ".pot": "data", ".csv": "data", ".tsv": "data",
    ".svg": "data", ".lock": "data", ".map": "data", ".xml": "data", ".ipynb": "data",
}  # fmt: skip


def language(path: str) -> str:
    """What a file is written in, by its name: a grammar's name, "pdf", "data", or "text"."""
    if path.endswith(".min.js"):
        return "data"
    return SUFFIXES.get(splitext(path)[1].lower(), "text")


@cache
def parser(name: str) -> tuple[Parser, Query]:
    grammar = GRAMMARS[name]
    wheel: Any = importlib.import_module(grammar.module)
    grown: object = getattr(wheel, grammar.factory)()
    made = Language(grown)
    return Parser(made), Query(made, grammar.query)
