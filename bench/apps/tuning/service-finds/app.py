# /// script
# requires-python = ">=3.11"
# dependencies = ["starlette", "uvicorn"]
# ///
"""Lost property."""
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
TABLE = """CREATE TABLE IF NOT EXISTS finds (id INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT, place TEXT, owner TEXT)"""
PATHS = {'/finds': {'post': 'add a find', 'get': 'list the finds'}, '/finds/{id}': {'get': 'one find', 'delete': 'remove a returned find'}, '/finds/{id}/return': {'post': 'return it'}}


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


def shown(row):
    return {"id": row["id"], "item": row["item"], "place": row["place"],
            "status": "waiting" if row["owner"] is None else "returned", "owner": row["owner"]}


async def add(request):
    data = await body(request)
    item, place = text(data, "item"), text(data, "place")
    with database() as connection:
        made = connection.execute("INSERT INTO finds (item, place) VALUES (?, ?)", (item, place)).lastrowid
        row = connection.execute("SELECT * FROM finds WHERE id = ?", (made,)).fetchone()
    return JSONResponse(shown(row), 201)


async def give(request):
    with database() as connection:
        row = find(connection, "finds", request)
        owner = text(await body(request), "owner")
        if not connection.execute("UPDATE finds SET owner = ? WHERE id = ? AND owner IS NULL", (owner, row["id"])).rowcount:
            refuse(409, "it is returned already")
        return JSONResponse(shown(find(connection, "finds", request)))


async def many(request):
    status, word = request.query_params.get("status"), request.query_params.get("word", "").lower()
    if status not in (None, "waiting", "returned"):
        refuse(422, "status must be waiting or returned")
    with database() as connection:
        rows = [shown(row) for row in connection.execute("SELECT * FROM finds ORDER BY id DESC")]
    return JSONResponse([row for row in rows if status in (None, row["status"]) and word in row["item"].lower()])


async def one(request):
    with database() as connection:
        return JSONResponse(shown(find(connection, "finds", request)))


async def remove(request):
    with database() as connection:
        row = find(connection, "finds", request)
        if row["owner"] is None:
            refuse(409, "it is still waiting")
        connection.execute("DELETE FROM finds WHERE id = ?", (row["id"],))
    return Response(status_code=204)


async def openapi(request):
    paths = {path: {method: {"summary": summary, "responses": {"default": {"description": "JSON"}}} for method, summary in methods.items()}
             for path, methods in PATHS.items()}
    return JSONResponse({"openapi": "3.1.0", "info": {"title": "Lost property", "version": "1"}, "paths": paths})


app = Starlette(routes=[
    Route("/finds", add, methods=["POST"]),
    Route("/finds", many),
    Route("/finds/{id}/return", give, methods=["POST"]),
    Route("/finds/{id}", one),
    Route("/finds/{id}", remove, methods=["DELETE"]),
    Route("/openapi.json", openapi),
], exception_handlers={HTTPException: refused})

if __name__ == "__main__":
    import uvicorn
    uvicorn.run(app, host="127.0.0.1", port=8000)
