"""Whether a model has lost its way: a small one writes the same lines until its tokens are gone."""

TIMES, MOST_LINES = 6, 4  # how often the same few lines stand in a row
LEAST = 24  # characters of them: shorter ones repeat in tables and in drawings


def repeats(text: str) -> bool:
    """Whether a text ends in the same one to four whole lines, six times over."""
    lines = text.split("\n")[:-1][-TIMES * MOST_LINES :]
    for count in range(1, MOST_LINES + 1):
        last = lines[-count:]
        if len(lines) < TIMES * count or sum(map(len, last)) < LEAST:
            continue
        if lines[-TIMES * count :] == last * TIMES:
            return True
    return False
