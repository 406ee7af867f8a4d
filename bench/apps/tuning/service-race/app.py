# /// script
# requires-python = ">=3.11"
# dependencies = ["starlette", "uvicorn"]
# ///
"""Race results."""
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
TABLE = """CREATE TABLE IF NOT EXISTS runners (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, category TEXT, seconds INTEGER)"""
PATHS = {'/runners': {'post': 'add a runner', 'get': 'list the runners'}, '/runners/{id}/finish': {'post': 'note the time'}, '/ranking': {'get': 'the ranking'}}


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


CATEGORIES = ("adult", "junior")


def shown(row):
    return {"id": row["id"], "name": row["name"], "category": row["category"], "number": row["id"], "seconds": row["seconds"]}


async def add(request):
    data = await body(request)
    name, category = text(data, "name"), data.get("category")
    if category not in CATEGORIES:
        refuse(422, "category must be adult or junior")
    with database() as connection:
        made = connection.execute("INSERT INTO runners (name, category) VALUES (?, ?)", (name, category)).lastrowid
        row = connection.execute("SELECT * FROM runners WHERE id = ?", (made,)).fetchone()
    return JSONResponse(shown(row), 201)


async def finish(request):
    with database() as connection:
        row = find(connection, "runners", request)
        seconds = whole(await body(request), "seconds", 1, 86400)
        if not connection.execute("UPDATE runners SET seconds = ? WHERE id = ? AND seconds IS NULL", (seconds, row["id"])).rowcount:
            refuse(409, "this runner has a time")
        return JSONResponse(shown(find(connection, "runners", request)))


async def many(request):
    with database() as connection:
        return JSONResponse([shown(row) for row in connection.execute("SELECT * FROM runners ORDER BY id")])


async def ranking(request):
    category = request.query_params.get("category")
    if category is not None and category not in CATEGORIES:
        refuse(422, "category must be adult or junior")
    with database() as connection:
        rows = connection.execute("SELECT * FROM runners WHERE seconds IS NOT NULL AND (? IS NULL OR category = ?) ORDER BY seconds, id", (category, category)).fetchall()
    times = [row["seconds"] for row in rows]
    return JSONResponse([{"place": times.index(row["seconds"]) + 1, "name": row["name"], "number": row["id"], "seconds": row["seconds"]} for row in rows])


async def openapi(request):
    paths = {path: {method: {"summary": summary, "responses": {"default": {"description": "JSON"}}} for method, summary in methods.items()}
             for path, methods in PATHS.items()}
    return JSONResponse({"openapi": "3.1.0", "info": {"title": "Race results", "version": "1"}, "paths": paths})


app = Starlette(routes=[
    Route("/runners", add, methods=["POST"]),
    Route("/runners", many),
    Route("/runners/{id}/finish", finish, methods=["POST"]),
    Route("/ranking", ranking),
    Route("/openapi.json", openapi),
], exception_handlers={HTTPException: refused})

if __name__ == "__main__":
    import uvicorn
    uvicorn.run(app, host="127.0.0.1", port=8000)
