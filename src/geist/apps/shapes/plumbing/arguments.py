def number(text):
    try:
        made = int(text) if text.strip().lstrip("+-").isdecimal() else float(text)
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
    import datetime  # the name may be the class above

    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-05-31") from None
