def read(path):
    """The text of a file; "-" is standard input."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else open(path, "rb").read()
    except OSError as e:
        fail(f"{path} cannot be read: {e.strerror or e}")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        fail(f"{path} is not text")


def fail(message):
    print(f"{PROGRAM}: {' '.join(str(message).split())[:400] or 'it cannot be done'}", file=sys.stderr)
    sys.exit(2)


def finish(work):
    try:
        told = work()
    except (SystemExit, KeyboardInterrupt):
        raise
    except ValueError as e:
        fail(e)
    except Exception as e:
        fail(f"this input cannot be used ({type(e).__name__}: {e})")
    if told is None:
        told = ""
    if isinstance(told, (list, tuple)):
        told = "\n".join(map(str, told))
    text = str(told)
    if text:
        sys.stdout.buffer.write((text.rstrip("\n") + "\n").encode("utf-8", "replace"))


def value(text):
    """A cell: a number where it is one, None where it is empty."""
    text = (text or "").strip()
    if not text:
        return None
    if text[0] not in "0123456789+-." or (len(text) > 1 and text[0] == "0" and text[1].isdigit()):
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def rows(path):
    text = read(path)
    if "\0" in text:
        fail(f"{path} is not text")
    if not text.strip():
        fail(f"{path} is empty")
    head = text.partition("\n")[0]
    mark = max(",;\t|", key=head.count)
    made = csv.DictReader(io.StringIO(text), delimiter=mark)
    try:
        return [{(k or "").strip(): value(v) for k, v in row.items() if k is not None and not isinstance(v, list)}
                for row in made]
    except csv.Error as e:
        fail(f"{path} is no table: {e}")


def jsons(path):
    text = read(path)
    try:
        if path.endswith(".jsonl"):
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except (ValueError, RecursionError) as e:
        fail(f"{path} is no JSON: {e}")


def lines(path):
    text = read(path)
    if "\0" in text:
        fail(f"{path} is not text")
    return text.splitlines()
