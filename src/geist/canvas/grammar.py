"""The compact language as a GBNF grammar, for models that would break a line: a query first, then
what shows its result. It holds the form; names are checked once the query has an answer."""

from geist.canvas.components.chart import CHANNELS, MARKS

MOST_LINES = 6
ASK = r"""
root ::= "q1 = " query "\n" (("q2 = " query "\n")? ("q3 = " query "\n")?)? line ("\n" line){0,%d} "\n"?
query ::= "Query(\"" ("SELECT " | "WITH ") [^\n]{1,700} "\")"
"""
RULES = r"""
line ::= control | (id " = ")? component
control ::= id " = " ("Picker" | "Steps" | "Animation") "(" place ")"
component ::= chart | table | words | map | timeline | diagram | layout
chart ::= "Chart(" mark ", " q ", x=" field ", y=" field %s (", sort=" sort)? more ")"
table ::= "Table(" q (", columns=[" field (", " field){0,9} "]")? (", sort=" "-"? field)? more ")"
map ::= "Map(" q (", lat=" field ", lon=" field | ", country=" field) (", label=" field)? (", size=" field)? (", color=" field)? more ")"
timeline ::= "Timeline(" q ", start=" field (", end=" field)? ", label=" field (", color=" field)? more ")"
diagram ::= "Diagram(" q ", from=" field ", to=" field (", label=" field)? more ")"
layout ::= ("Row" | "Column") "(" id (", " id){1,3} ")"
words ::= "Text(\"" (plain | "{" q "." own "}"){1,60} "\"" (", " ("h1" | "h2" | "h3" | "caption"))? ")"
more ::= (", title=" string)? (", limit=" number)? (", by=" id)?
plain ::= [^"\\\n{}0-9]
mark ::= %s
sort ::= "-"? ("x" | "y")
field ::= ("sum" | "mean" | "min" | "max" | "count") "(" own ")" | own
place ::= q ", " own
number ::= [1-9] [0-9]{0,3}
string ::= "\"" [^"\\\n]{1,120} "\""
q ::= %s
id ::= [a-pr-z] [a-z0-9]{0,12}
own ::= [^\x00-\x40\x5B-\x5E\x60\x7B-\x7F] ([^\x00-\x2F\x3A-\x40\x5B-\x5E\x60\x7B-\x7F]){0,40} | "`" [^`\n]{1,60} "`"
"""


def grammar() -> str:
    """GBNF for views of data."""
    marks = " | ".join(f'"{m}"' for m in MARKS)
    channels = " ".join(f'(", {c}=" field)?' for c in CHANNELS[2:])
    tables = [f'"q{n}"' for n in (1, 2, 3)]
    head = ASK.strip() % (MOST_LINES - 1)
    return f"{head}\n{RULES.strip() % (channels, marks, ' | '.join(tables))}"
