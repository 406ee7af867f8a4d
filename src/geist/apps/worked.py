"""How a plan is asked for: what it holds, and worked examples of other apps than anybody asks for."""

from typing import Any

from geist.apps.checking import Kind

EXAMPLES: dict[Kind, tuple[tuple[str, dict[str, Any]], ...]] = {
    "page": (
        (
            "How much paint do I need? Inputs Wall width, Wall height and Coats (1, 2 or 3), a button "
            "Work out; shows Litres, one litre covers 10 square metres.",
            {
                "title": "Paint for a wall",
                "shape": "form",
                "inputs": [
                    {"label": "Wall width", "kind": "number"},
                    {"label": "Wall height", "kind": "number"},
                    {"label": "Coats", "kind": "choice", "options": ["1", "2", "3"]},
                ],
                "buttons": ["Work out"],
                "outputs": ["Litres"],
            },
        ),
        (
            "Keep my plants: Plant and Days between watering, Add; each can be removed. Show Plants and "
            "Thirstiest.",
            {
                "title": "My plants",
                "shape": "list",
                "inputs": [
                    {"label": "Plant", "kind": "text"},
                    {"label": "Days between watering", "kind": "integer"},
                ],
                "buttons": ["Add", "Remove"],
                "outputs": ["Plants", "Thirstiest"],
            },
        ),
        (
            "A lift: buttons Up and Down between floors 0 and 7, shows Floor.",
            {
                "title": "Lift",
                "shape": "buttons",
                "inputs": [],
                "buttons": ["Up", "Down"],
                "outputs": ["Floor"],
            },
        ),
    ),
    "service": (
        (
            "A service for kennels. POST /dogs with name (text), weight (kg, 1 to 90) and size (small or "
            "large); GET /dogs?size= filters; GET /dogs/heaviest gives the heaviest; POST /dogs/{id}/walk "
            "counts walks and answers 409 after three.",
            {
                "title": "Kennel",
                "resource": "dogs",
                "fields": [
                    {"label": "name", "kind": "text"},
                    {"label": "weight", "kind": "number", "least": 1, "most": 90},
                    {"label": "size", "kind": "choice", "options": ["small", "large"]},
                ],
                "filters": ["size"],
                "routes": [
                    {"method": "GET", "path": "/dogs/heaviest", "says": "the heaviest"},
                    {
                        "method": "POST",
                        "path": "/dogs/{id}/walk",
                        "says": "adds a walk, 409 after three",
                    },
                ],
            },
        ),
    ),
    "tool": (
        (
            "A tool that shortens the lines of FILE to --width characters (default 80); --dots ends those "
            "that were cut with three dots.",
            {
                "title": "shorten",
                "arguments": [
                    {"label": "FILE", "kind": "file"},
                    {"label": "width", "kind": "integer", "flag": "--width", "default": "80"},
                    {"label": "dots", "kind": "yesno", "flag": "--dots"},
                ],
                "stdin": False,
            },
        ),
    ),
}
ASKED = {
    "page": "Plan a page. shape is form (fields and results), list (items are added and removed; inputs "
    "are the fields of an item; the first button adds) or buttons (a state that buttons change). Labels "
    "are to the letter those of the description; outputs are the labels of the results.",
    "service": "Plan a web service that keeps records. POST, GET, PATCH, PUT and DELETE of the records "
    "are there already: routes are only the others. Names are to the letter those of the description.",
    "tool": "Plan the arguments of a command-line program. flag is how an option is written (--name), "
    "empty for a plain argument; kind file is a file that is read, yesno a switch without a value.",
}
