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
