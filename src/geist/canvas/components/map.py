"""Map: places as points, or countries by colour. Outlines come with geist; nothing is fetched."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind
from geist.canvas.fields import field
from geist.canvas.language import Call, Name
from geist.canvas.problem import Problem, Wrong
from geist.canvas.rows import COMMON, as_lines, asked, columns, empty, of, rows, told_again
from geist.canvas.scripts import built
from geist.canvas.view import Answered, View

ROLES = ("lat", "lon", "country", "label", "size", "color")
# what people write, beside the names and the codes of two letters
ALSO = {"USA": "US", "United States": "US", "UK": "GB", "Great Britain": "GB", "Czechia": "CZ",
        "Czech Republic": "CZ", "Russian Federation": "RU", "Republic of Korea": "KR",
        "Korea": "KR", "Ivory Coast": "CI", "Turkey": "TR", "Macedonia": "MK", "Burma": "MM",
        "Holland": "NL", "Viet Nam": "VN", "Democratic Republic of the Congo": "CD",
        "DR Congo": "CD", "Bosnia and Herzegovina": "BA", "Swaziland": "SZ"}  # fmt: skip


@cache
def countries() -> dict[str, str]:
    """What a country may be called, in small letters → the name on the map."""
    found = dict[str, str]()
    codes = dict[str, str]()
    for one in json.loads(built("countries.json")):
        codes[one["code"]] = one["name"]
        for name in (one["name"], one["english"], one["code"]):
            if name:
                found[name.lower()] = one["name"]
    return found | {name.lower(): codes[code] for name, code in ALSO.items() if code in codes}


@kind
class Map(Plain):
    name = "Map"
    example = (
        "Map(shops, lat=lat, lon=lon, label=name, size=sum(price))    or Map(t, country=c, color=x)"
    )

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("data",), (*ROLES, *COMMON))
        table = build.table(told.get("data"))
        fields = {r: field(told[r], table) for r in ROLES if r in told}
        if "country" in fields:
            if "color" not in fields:
                raise Wrong("channel", "a map of countries needs color: what is shown of each")
        elif "lat" not in fields or "lon" not in fields:
            raise Wrong("channel", "a map needs lat and lon, or country and color")
        for role in ("lat", "lon", "size"):
            if role in fields and fields[role].kind != "number":
                raise Wrong("kind", f"{role} must be a number, and {fields[role].name} is "
                            f"{fields[role].kind}")  # fmt: skip
        return asked(id, table, fields, told, build) | {"columns": columns(fields)}

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named = of(component, ROLES) + told_again(component)
        return Call("Map", (Name(component["source"]),), tuple(named))

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        yield from empty(component, shown)
        id, there, told = component["id"], rows(component, shown), component["columns"]
        if not there:
            return
        if "country" in told:
            names = {str(r[told["country"]["field"]]) for r in there}
            unknown = sorted(n for n in names if n.lower() not in countries())
            if len(unknown) > len(names) / 2:
                yield Problem("no place", id, f"{len(unknown)} of {len(names)} are no countries "
                              f"that are known: {', '.join(unknown[:4])}")  # fmt: skip
            return
        for role, most in (("lat", 90), ("lon", 180)):
            wrong = [v for r in there if (v := r[told[role]["field"]]) is not None
                     and abs(v) > most]  # fmt: skip
            if wrong:
                yield Problem("no place", f"{id}/{role}", f"{wrong[0]} cannot be a {role}")
        if all(r[told["lat"]["field"]] is None or r[told["lon"]["field"]] is None for r in there):
            yield Problem("empty", id, "no row has a place")

    def drawn(self, component: Mapping[str, Any], shown: Answered) -> Mapping[str, Any]:
        if "country" not in component["columns"]:
            return {}
        name = component["columns"]["country"]["field"]
        return {"names": {str(v): found for r in rows(component, shown)
                          if (found := countries().get(str(v := r[name]).lower()))}}  # fmt: skip

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        told = component["columns"]
        head = f"{component.get('title') or 'map'} ({', '.join(c['of'] for c in told.values())})"
        return "\n".join([head, *as_lines(component, list(told.values()), shown)])
