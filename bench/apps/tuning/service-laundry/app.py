# /// script
# requires-python = ">=3.11"
# dependencies = ["starlette", "uvicorn"]
# ///
"""Laundry slots."""
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FILE = Path(os.environ.get("APP_DATA") or Path(__file__).parent) / "app.db"
TABLE = """CREATE TABLE IF NOT EXISTS slots (id INTEGER PRIMARY KEY, flat TEXT, day INTEGER, hour INTEGER, UNIQUE (day, hour))"""
PATHS = {'/slots': {'post': 'book a slot', 'get': 'list the slots'}, '/slots/{id}': {'get': 'one slot', 'delete': 'free a slot'}}


def database():
    connection = sqlite3.connect(FILE, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute(TABLE)
    return closing(connection)


def refuse(status, message):
    raise HTTPException(status, message)


async def refused(request, error):
    return JSONResponse({"error": error.detail}, error.status_code)


async def body(request):
    try:
        data = await request.json()
    except (ValueError, RecursionError):
        refuse(422, "send a JSON object")
    if not isinstance(data, dict):
        refuse(422, "send a JSON object")
    return data


def text(data, field, most=200):
    value = data.get(field)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= most:
        refuse(422, f"{field} must be a text of 1 to {most} characters")
    return value.strip()


def whole(data, field, low, high):
    value = data.get(field)
    if type(value) is not int or not low <= value <= high:
        refuse(422, f"{field} must be a whole number from {low} to {high}")
    return value


def find(connection, table, request):
    row = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (request.path_params["id"],)).fetchone()
    return row or refuse(404, "not found")


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def shown(row):
    return {**dict(row), "day": DAYS[row["day"]]}


async def book(request):
    data = await body(request)
    flat, day, hour = text(data, "flat"), data.get("day"), whole(data, "hour", 7, 20)
    if day not in DAYS:
        refuse(422, "day must be one of " + ", ".join(DAYS))
    day = DAYS.index(day)
    with database() as connection:
        if connection.execute("SELECT count(*) FROM slots WHERE flat = ? AND day = ?", (flat, day)).fetchone()[0] >= 2:
            refuse(409, "this flat has two slots on this day")
        try:
            made = connection.execute("INSERT INTO slots (flat, day, hour) VALUES (?, ?, ?)", (flat, day, hour)).lastrowid
        except sqlite3.IntegrityError:
            refuse(409, "this hour is booked")
    return JSONResponse({"id": made, "flat": flat, "day": DAYS[day], "hour": hour}, 201)


async def many(request):
    query = request.query_params
    with database() as connection:
        rows = [shown(row) for row in connection.execute("SELECT * FROM slots ORDER BY day, hour")]
    return JSONResponse([row for row in rows if all(row[name] == query[name] for name in ("flat", "day") if name in query)])


async def one(request):
    with database() as connection:
        return JSONResponse(shown(find(connection, "slots", request)))


async def free(request):
    with database() as connection:
        connection.execute("DELETE FROM slots WHERE id = ?", (find(connection, "slots", request)["id"],))
    return Response(status_code=204)


async def openapi(request):
    paths = {path: {method: {"summary": summary, "responses": {"default": {"description": "JSON"}}} for method, summary in methods.items()}
             for path, methods in PATHS.items()}
    return JSONResponse({"openapi": "3.1.0", "info": {"title": "Laundry slots", "version": "1"}, "paths": paths})


app = Starlette(routes=[
    Route("/slots", book, methods=["POST"]),
    Route("/slots", many),
    Route("/slots/{id}", one),
    Route("/slots/{id}", free, methods=["DELETE"]),
    Route("/openapi.json", openapi),
], exception_handlers={HTTPException: refused})

if __name__ == "__main__":
    import uvicorn
    uvicorn.run(app, host="127.0.0.1", port=8000)
