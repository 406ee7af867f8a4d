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


def number(text):
    try:
        made = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if made != made or abs(made) > 1e300:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number that can be used")
    return made


def integer(text):
    try:
        made = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if abs(made) > 10**15:
        raise argparse.ArgumentTypeError(f"{text!r} is too large")
    return made


def date(text):
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-05-31") from None
