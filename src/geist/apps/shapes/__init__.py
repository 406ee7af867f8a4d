"""Shapes of apps that have proved themselves: layout and plumbing are ours, a model fills in whole
functions. One shape a file; each says what it asks for and builds one file of what comes back."""

from geist.apps.shapes.buttons import BUTTONS
from geist.apps.shapes.form import FORM
from geist.apps.shapes.keeper import LIST
from geist.apps.shapes.program import PROGRAM
from geist.apps.shapes.records import RECORDS
from geist.apps.shapes.shape import Shape

SHAPES: dict[str, Shape] = {s.name: s for s in (FORM, LIST, BUTTONS, PROGRAM, RECORDS)}
