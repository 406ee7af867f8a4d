def rounded(x, digits=0, way="ROUND_HALF_UP"):
    """Half a step goes up, and what binary fractions add or lack does not count."""
    import decimal

    if not abs(x) < 1e15:
        return x
    made = decimal.Decimal(f"{x:.14g}" if isinstance(x, float) else str(x))
    made = made.quantize(decimal.Decimal(1).scaleb(-digits), rounding=way)
    return int(made) if digits <= 0 else float(made)


def rounded_up(x, digits=0):
    return rounded(x, digits, "ROUND_CEILING")


def rounded_down(x, digits=0):
    return rounded(x, digits, "ROUND_FLOOR")
