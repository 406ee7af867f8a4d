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
    import contextlib
    import io

    printed = io.StringIO()  # it comes before what is given back
    try:
        with contextlib.redirect_stdout(printed):
            told = work()
    except (SystemExit, KeyboardInterrupt):
        raise
    except ValueError as e:
        fail(e)
    except Exception as e:
        import traceback

        at = [f for f in traceback.extract_tb(e.__traceback__) if f.filename == __file__ and f.name[0] != "<"][-1]
        fail(f"this input cannot be used ({type(e).__name__}: {e}, in {at.name}: {at.line})")
    status = 0
    if isinstance(told, tuple) and len(told) == 2 and type(told[1]) is int:
        told, status = told
    if told is None:
        told = ""
    if isinstance(told, (list, tuple)):
        told = "\n".join(map(str, told))
    text = str(told)
    if printed.getvalue().strip() != text.strip():
        text = printed.getvalue() + text
    if text:
        sys.stdout.buffer.write((text.rstrip("\n") + "\n").encode("utf-8", "replace"))
    if status:
        sys.exit(status)
