MOST = 1_000_000  # bytes of a request
MOST_ITEMS = 100_000


class Refused(Exception):
    def __init__(self, status=422, why="it is refused"):
        super().__init__(why)
        self.status, self.why = int(status), str(why)


class Record(dict):
    """What it has no value for is None."""

    def __missing__(self, key):
        return None


class Redirect:
    def __init__(self, url, status=302):
        self.url, self.status = str(url), int(status)


def connect():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.execute("CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY AUTOINCREMENT, data TEXT NOT NULL)")
    return db


def load(db):
    return [Record({"id": id, **json.loads(data)}) for id, data in db.execute("SELECT id, data FROM records ORDER BY id")]


def store(db, before, items):
    """Writes what has changed since `before`, a dict of the JSON of each by its id."""
    kept = set()
    for item in items:
        if not isinstance(item, dict):
            raise Refused(422, "an item is no record")
        data = json.dumps({k: v for k, v in item.items() if k != "id"})
        id = item.get("id")
        if id in before:
            kept.add(id)
            if before[id] != data:
                db.execute("UPDATE records SET data = ? WHERE id = ?", (data, id))
        elif len(before) < MOST_ITEMS:
            item["id"] = db.execute("INSERT INTO records (data) VALUES (?)", (data,)).lastrowid
            kept.add(item["id"])
        else:
            raise Refused(409, "there are too many")
    for id in set(before) - kept:
        db.execute("DELETE FROM records WHERE id = ?", (id,))


def image(items):
    return {i["id"]: json.dumps({k: v for k, v in i.items() if k != "id"}) for i in items}


def checked(field, value):
    """A value as the field wants it. Raises Refused."""
    name, kind = field["name"], field["kind"]
    if value is None:
        if field["required"]:
            raise Refused(422, f"{name} is missing")
        return field["default"]
    if kind == "yesno":
        good = isinstance(value, bool)
    elif kind == "integer":
        good = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53
    elif kind == "number":
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e15
    else:
        good = isinstance(value, str) and len(value) <= 10_000 and "\0" not in value
        if good and field["required"] and not value.strip():
            raise Refused(422, f"{name} is empty")
        if good and kind == "date":
            import datetime  # the name may be the class elsewhere

            try:
                good = len(value) == 10 and bool(datetime.date.fromisoformat(value))
            except ValueError:
                good = False
    if not good:
        raise Refused(422, f"{name} must be {WORDS[kind]}")
    if field["options"] and value not in field["options"]:
        raise Refused(422, f"{name} must be one of {', '.join(field['options'])}")
    if kind in ("integer", "number"):
        if field["least"] is not None and value < field["least"]:
            raise Refused(422, f"{name} must be at least {field['least']:g}")
        if field["most"] is not None and value > field["most"]:
            raise Refused(422, f"{name} must be at most {field['most']:g}")
    elif kind == "text":
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused(422, f"{name} is not text") from None
        if field["most"] is not None and len(value) > field["most"]:
            raise Refused(422, f"{name} may have at most {field['most']:g} characters")
    return value


WORDS = {"yesno": "true or false", "integer": "a whole number", "number": "a number", "text": "a text",
         "choice": "a text", "date": "a date such as 2026-05-31"}


async def body(request, needed=True):
    raw = await request.body()
    if len(raw) > MOST:
        raise Refused(413, "it is too large")
    if not raw and not needed:
        return {}
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(422, "the body is no JSON") from None
    if not isinstance(told, dict):
        raise Refused(422, "the body is no JSON object")
    return told


def numbered(items, text):
    if KEY:
        for item in items:
            if item[KEY] == text:
                return item
    elif len(text) <= 15 and text.isascii() and text.isdigit():
        for item in items:
            if item["id"] == int(text):
                return item
    raise Refused(404, f"there is no {text[:20]}")


def answer(value, status=200):
    if isinstance(value, Refused):
        raise value
    if isinstance(value, Redirect):
        return RedirectResponse(value.url, status_code=value.status)
    if value is None and status == 204:
        return Response(status_code=204)
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int):
        status, value = value
    if isinstance(value, Response):
        return value
    return JSONResponse(value, status_code=status)


def safely(handler):
    async def handled(request):
        try:
            return await handler(request)
        except Refused as e:
            return JSONResponse({"error": e.why}, status_code=e.status)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, ZeroDivisionError, OverflowError,
                RecursionError) as e:
            print(f"{type(e).__name__}: {e}", file=sys.stderr, flush=True)
            return JSONResponse({"error": "this cannot be done with what was sent"}, status_code=422)
    return handled


def called(name, work):
    """A route that is a function of the items: what it changes is stored."""
    async def handler(request):
        if request.method in ("GET", "DELETE"):
            data = dict(request.query_params)
        else:
            data = await body(request, needed=False)
        with connect() as db:
            items = load(db)
            before = image(items)
            given = dict(request.path_params)
            if ONE in given:
                given["item"] = numbered(items, given.pop(ONE))
            told = work(items=items, data=data, **{NAMES.get(k, k): v for k, v in given.items()})
            store(db, before, items)
        return answer(given["item"] if told is None and "item" in given else told)
    return safely(handler)


def added(db, made):
    items = load(db)
    before = image(items)
    there = list(items)
    if any(conflicts(made, list(items)) for conflicts in CONFLICTS):
        raise Refused(CONFLICT, "what is there already does not allow it")
    told = prepare(made, items)
    if isinstance(told, Refused):
        raise told
    made = told if isinstance(told, dict) else made
    if not any(i is made for i in items):
        items.append(made)
    for item in items:  # numbers are given out when it is kept
        if not any(i is item for i in there):
            item.pop("id", None)
    store(db, before, items)
    return {"id": made["id"], **made}


async def create(request):
    told = await body(request)
    made = Record({f["name"]: checked(f, told.get(f["name"])) for f in FIELDS})
    with connect() as db:
        return JSONResponse(added(db, made), status_code=201)


async def put(request):
    """Makes or changes the one that the path names."""
    told = {**await body(request), KEY: request.path_params[ONE]}
    sent = Record({f["name"]: checked(f, told.get(f["name"])) for f in FIELDS})
    with connect() as db:
        items = load(db)
        before = image(items)
        item = next((i for i in items if i[KEY] == sent[KEY]), None)
        if item is None:
            return JSONResponse(added(db, sent))
        guarded("PUT", items, item, told)
        item.update(sent)
        store(db, before, items)
    return JSONResponse(item)


async def many(request):
    with connect() as db:
        items = load(db)
    for name in FILTERS:
        wanted = request.query_params.get(name)
        if wanted is not None:
            items = [i for i in items if same(i.get(name), wanted)]
    told = listed(items, dict(request.query_params)) if ASKS else listed(items)
    return answer(list(told) if isinstance(told, (list, tuple)) else items if told is None else told)


def same(value, text):
    if isinstance(value, bool):
        return text.lower() in (("true", "yes", "1") if value else ("false", "no", "0"))
    if isinstance(value, (int, float)):
        try:
            return value == float(text)
        except ValueError:
            return False
    return value == text


async def one(request):
    with connect() as db:
        return JSONResponse(numbered(load(db), request.path_params[ONE]))


def guarded(method, items, item, data):
    """What may not be changed or removed is refused here."""
    if method in GUARDS:
        told = GUARDS[method](items=items, item=item, data=data)
        if isinstance(told, Refused):
            raise told


async def change(request):
    told = await body(request)
    with connect() as db:
        items = load(db)
        before = image(items)
        item = numbered(items, request.path_params[ONE])
        sent = {f["name"]: checked(f, told.get(f["name"])) for f in FIELDS
                if f["name"] in told or request.method == "PUT"}
        guarded(request.method, items, item, told)
        item.update(sent)
        store(db, before, items)
    return JSONResponse(item)


async def remove(request):
    with connect() as db:
        items = load(db)
        before = image(items)
        item = numbered(items, request.path_params[ONE])
        guarded("DELETE", items, item, dict(request.query_params))
        store(db, before, items)
        db.execute("DELETE FROM records WHERE id = ?", (item["id"],))
    return Response(status_code=204)


def schema(field):
    made = {"text": {"type": "string"}, "choice": {"type": "string"}, "date": {"type": "string", "format": "date"},
            "yesno": {"type": "boolean"}, "integer": {"type": "integer"}, "number": {"type": "number"}}[field["kind"]]
    made = dict(made)
    if field["options"]:
        made["enum"] = field["options"]
    if field["kind"] in ("integer", "number"):
        made["minimum"] = field["least"] if field["least"] is not None else -(10**9)
        made["maximum"] = field["most"] if field["most"] is not None else 10**9
    return made


def described():
    sent = [f for f in FIELDS if f["name"] != KEY]  # that stands in the path
    item = {"type": "object", "required": [f["name"] for f in sent if f["required"]],
            "properties": {f["name"]: schema(f) for f in sent}}
    error = {"description": "what is wrong", "content": {"application/json": {"schema": {"type": "object"}}}}
    good = {"description": "done", "content": {"application/json": {"schema": {}}}}
    paths = {}
    for path, method, own in DESCRIBED:
        takes = [{"name": n, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
                 for n in re.findall(r"{(\w+)}", path)]
        if method == "GET" and path == BASE:
            takes += [{"name": n, "in": "query", "schema": {"type": "string"}} for n in FILTERS]
        told = {"parameters": takes, "responses": {s: error for s in ("400", "403", "404", "409", "410", "413", "422")}
                | {"200": good, "201": good, "204": {"description": "done"}}
                | {s: {"description": "elsewhere"} for s in ("301", "302", "307")}}
        if method in ("POST", "PUT", "PATCH"):
            whole = item if not own and method != "PATCH" else {"type": "object"}
            told["requestBody"] = {"required": not own, "content": {"application/json": {"schema": whole}}}
        paths.setdefault(path, {})[method.lower()] = told
    return {"openapi": "3.0.3", "info": {"title": TITLE, "version": "1"}, "paths": paths}


async def openapi(request):
    return JSONResponse(described())
