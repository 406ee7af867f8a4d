"""Makes the 12 data sets of the benchmark into this folder: python bench/canvas/data/make.py

All is invented, except for countries and places, whose figures are real and approximate. The same
seeds give the same files.
"""

import csv
import json
import math
import random
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def write(name: str, head: Sequence[str], rows: Sequence[Sequence[Any]], mark: str = ",") -> None:
    """None becomes an empty field."""
    with (HERE / name).open("w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, delimiter=mark, lineterminator="\n")
        out.writerow(head)
        out.writerows(rows)


def sales() -> None:
    """18 months, unsorted; refunds are negative, some regions and units are missing."""
    chance = random.Random(1)
    prices = {"Desk": 349.0, "Chair": 129.5, "Lamp": 39.9, "Shelf": 84.0, "Rug": 61.25,
              "Monitor arm": 99.0}  # fmt: skip
    regions = ("North", "South", "East", "West")
    rows = list[list[Any]]()
    for _ in range(1600):
        day = date(2024, 7, 1) + timedelta(days=chance.randrange(549))
        if day.weekday() == 6 and chance.random() < 0.7:
            day += timedelta(days=1)
        product = chance.choices(list(prices), (3, 6, 7, 4, 2, 3))[0]
        region = chance.choices(regions, (5, 3, 4, 2))[0]
        units = chance.choices((1, 2, 3, 4, 6, 10), (30, 20, 10, 8, 4, 1))[0]
        season = 1.15 if day.month in (11, 12) else 1.0
        amount = round(units * prices[product] * season * chance.uniform(0.8, 1.02), 2)
        if chance.random() < 0.04:
            units, amount = -units, -amount
        rows.append([day, region, product, units, amount])
    for row in chance.sample(rows, 14):
        row[1] = None
    for row in chance.sample(rows, 11):
        row[3] = None
    rows[77][4] = 0  # a free sample
    write("sales.csv", ("date", "region", "product", "units", "amount"), rows)


def weather() -> None:
    """Two years of days, wide; some readings are missing."""
    chance = random.Random(2)
    # mean of the year, swing of the year, least range of a day, share of rainy days, mm
    cities = {"bergen": (8, 6.5, 3, 0.62, 9), "lisbon": (17, 6, 6, 0.28, 7),
              "cairo": (22.5, 7.5, 9, 0.03, 3)}  # fmt: skip
    rows = list[list[Any]]()
    for n in range(731):
        day = date(2024, 1, 1) + timedelta(days=n)
        row: list[Any] = [day]
        turn = math.cos((day.timetuple().tm_yday - 205) / 365.25 * 2 * math.pi)
        for mean, swing, least, rainy, much in cities.values():
            middle = mean + swing * turn + chance.gauss(0, 2.2)
            half = (least + chance.random() * 5) / 2
            wet = chance.random() < rainy * (1 - 0.45 * turn)
            rain = round(chance.expovariate(1 / much), 1) if wet else 0.0
            row += [round(middle - half, 1), round(middle + half, 1), rain]
        for place in range(1, 10):
            if chance.random() < 0.006:
                row[place] = None
        rows.append(row)
    head = [f"{c}_{what}" for c in cities for what in ("tmin", "tmax", "rain_mm")]
    write("weather.csv", ["date", *head], rows)


def requests() -> None:
    """Almost two weeks of a web server, as JSON lines; some have no agent, some no bytes."""
    chance = random.Random(3)
    paths = {"/": (9, 40), "/search": (7, 180), "/cart": (4, 70), "/checkout": (2, 320),
             "/login": (3, 90), "/api/items": (6, 55), "/static/app.js": (5, 6),
             "/export": (1, 1400), "/wp-login.php": (1, 3)}  # fmt: skip
    agents = ("Firefox", "Chrome", "Safari", "curl", "Googlebot", None)
    rows = list[dict[str, Any]]()
    at = datetime(2026, 2, 2)
    for _ in range(2400):
        busy = 0.25 + math.sin((at.hour - 5) / 24 * math.pi) ** 2
        at += timedelta(seconds=round(chance.expovariate(busy / 360)) + 1)
        path = chance.choices(list(paths), [p[0] for p in paths.values()])[0]
        slow = chance.lognormvariate(0, 0.6)
        status = chance.choices((200, 304, 302, 404, 500, 503), (80, 7, 4, 4, 2, 1))[0]
        if path == "/wp-login.php":
            status = 404
        if path == "/checkout" and chance.random() < 0.08:
            status = 500
        size = None if status in (304, 302) else int(chance.lognormvariate(8.6, 0.9))
        rows.append({"time": at.isoformat(), "path": path, "status": status,
                     "ms": round(paths[path][1] * slow, 1), "bytes": size,
                     "agent": chance.choices(agents, (25, 40, 18, 6, 8, 2))[0]})  # fmt: skip
    lines = [json.dumps(row) for row in rows]
    (HERE / "requests.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def shop() -> None:
    """SQLite: customers, their orders, the items of these. Some customers never ordered."""
    chance = random.Random(4)
    first = "Ada Ben Chloe Dario Elif Femi Greta Hugo Ines Jonas Kira Liam Mara Nils Olga".split()
    last = "Adler Brandt Costa Dubois Evans Fischer Garcia Hoffmann".split()
    cities = {"Berlin": "Germany", "Hamburg": "Germany", "Lyon": "France", "Paris": "France",
              "Porto": "Portugal", "Vienna": "Austria", "Graz": "Austria"}  # fmt: skip
    goods = {"espresso beans": ("coffee", 14.9), "filter beans": ("coffee", 12.5),
             "green tea": ("tea", 8.0), "earl grey": ("tea", 7.2), "hand grinder": ("gear", 89.0),
             "kettle": ("gear", 54.0), "mug": ("gear", 11.0), "gift card": ("gift", 25.0),
             "chocolate": ("gift", 4.5)}  # fmt: skip
    customers, orders, items = list[tuple](), list[tuple](), list[tuple]()
    names = chance.sample([f"{a} {b}" for a in first for b in last], 90)
    for n, name in enumerate(names, 1):
        city = chance.choice(list(cities))
        since = date(2023, 1, 1) + timedelta(days=chance.randrange(900))
        customers.append((n, name, None if n % 31 == 0 else city, cities[city], str(since)))
    for n in range(1, 621):
        customer = 1 + int(84 * chance.random() ** 1.6)
        placed = datetime(2025, 1, 1) + timedelta(minutes=chance.randrange(365 * 24 * 60))
        status = chance.choices(("delivered", "open", "cancelled", "returned"), (80, 8, 7, 5))[0]
        shipping = chance.choices((0.0, 3.9, 5.9, None), (30, 50, 18, 2))[0]
        orders.append((n, customer, str(placed), status, shipping))
        for product in chance.sample(list(goods), chance.choices((1, 2, 3, 4), (9, 6, 3, 1))[0]):
            category, price = goods[product]
            paid = round(price * chance.choice((1, 1, 1, 0.9, 0.8)), 2)
            quantity = chance.choices((1, 2, 3, 5), (10, 5, 2, 1))[0]
            items.append((len(items) + 1, n, product, category, quantity, paid))
    file = HERE / "shop.db"
    file.unlink(missing_ok=True)
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT, "
                   "country TEXT, since TEXT)")  # fmt: skip
        db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES "
                   "customers, placed TEXT, status TEXT, shipping REAL)")  # fmt: skip
        db.execute(
            "CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES "
            "orders, product TEXT, category TEXT, quantity INTEGER, price REAL)"
        )
        db.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?)", customers)
        db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", orders)
        db.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)", items)
    db.close()


def power() -> None:
    """Parquet: a household's electricity by hour for a year; the meter failed for some hours."""
    import duckdb

    chance = random.Random(5)
    rows = list[tuple[Any, ...]]()
    for n in range(365 * 24):
        at = datetime(2025, 1, 1) + timedelta(hours=n)
        year = math.cos((at.timetuple().tm_yday - 172) / 365 * 2 * math.pi)  # 1 in June
        day = math.sin((at.hour - 9) / 24 * 2 * math.pi)  # 1 in the afternoon
        outside = 10 + 9 * year + 4 * day + chance.gauss(0, 2)
        used = 0.25 + max(0.0, 14 - outside) * 0.035 + chance.expovariate(8)
        used += 0.6 if at.hour in (7, 8, 18, 19, 20, 21) else 0.0
        used += 0.3 if at.weekday() > 4 and 10 <= at.hour <= 17 else 0.0
        light = max(0.0, math.sin((at.hour - 6 + year) / (12 + 2 * year) * math.pi))
        light = light if 6 - year <= at.hour <= 18 + year else 0.0
        solar = light * (1.6 + 1.1 * year) * chance.uniform(0.2, 1.0)
        price = 28 + 6 * (at.hour in (18, 19, 20)) - 7 * (at.hour in (2, 3, 4, 13))
        price += chance.gauss(0, 2)
        price = -round(chance.random() * 4, 1) if solar > 2.4 else round(price, 1)
        failed = datetime(2025, 8, 9, 14) <= at < datetime(2025, 8, 10, 9)
        failed = failed or chance.random() < 0.001
        rows.append((at, None if failed else round(used, 3), round(solar, 3), price,
                     round(outside, 1)))  # fmt: skip
    file = HERE / "power.parquet"
    between = HERE / "power.between.csv"
    write(between.name, ("hour", "used_kwh", "solar_kwh", "price_ct", "outside_c"), rows)
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute(f"COPY (SELECT * FROM read_csv('{between}')) TO '{file}' "
                   "(FORMAT parquet, COMPRESSION zstd)")  # fmt: skip
    between.unlink()


def log() -> None:
    """A week of a server's log; a few lines belong to the one before and have no time."""
    chance = random.Random(6)
    told = {
        "INFO": ("auth: user {n} logged in", "api: GET /items/{n} done in {ms} ms",
                 "mailer: sent receipt {n}", "cache: refreshed {n} keys",
                 "payment: order {n} paid in {ms} ms"),
        "WARN": ("db: slow query took {ms} ms", "cache: {n} keys evicted", "auth: bad password for "
                 "user {n}"),
        "ERROR": ("payment: timeout after {ms} ms", "db: connection lost", "mailer: SMTP refused "
                  "receipt {n}", "api: unhandled error in request {n}"),
        "DEBUG": ("cache: hit rate is {p}%", "db: pool has {p} free connections"),
    }  # fmt: skip
    at, lines = datetime(2026, 3, 2), list[str]()
    while at < datetime(2026, 3, 9):
        bad = 6 if at.day == 5 and 9 <= at.hour < 15 else 1
        level = chance.choices(list(told), (62, 12 * bad, 7 * bad, 12))[0]
        text = chance.choice(told[level]).format(
            n=chance.randrange(1, 5000), p=chance.randrange(101),
            ms=int(chance.lognormvariate(7.4 if level == "ERROR" else 5.6, 0.7)),
        )  # fmt: skip
        lines.append(f"{at} {level} {text}")
        if "unhandled" in text:
            lines += ["Traceback (most recent call last):",
                      '  File "api/items.py", line 88, in get', "KeyError: 'price'"]  # fmt: skip
        at += timedelta(seconds=1 + round(chance.expovariate(bad / 480)))
    (HERE / "server.log").write_text("\n".join(lines) + "\n", encoding="utf-8")


# name, million people, thousand km², billion dollars of GDP in 2023
COUNTRIES = {
    "Europe": """Germany 84.5 357.6 4526; France 68.2 549.1 3052; United Kingdom 68.4 243.6 3381;
Italy 59.0 302.1 2301; Spain 48.4 506.0 1620; Poland 36.7 312.7 810; Netherlands 17.9 41.5 1154;
Belgium 11.8 30.7 645; Sweden 10.5 450.3 585; Norway 5.5 385.2 485; Denmark 5.9 42.9 407;
Finland 5.6 338.5 296; Austria 9.1 83.9 512; Switzerland 8.9 41.3 885; Portugal 10.6 92.2 290;
Greece 10.4 132.0 243; Czechia 10.9 78.9 344; Hungary 9.6 93.0 212; Romania 19.1 238.4 351;
Ireland 5.3 70.3 551; Iceland 0.39 103.0 31; Russia 143.8 17098 2021""",
    "Asia": """China 1410.7 9597 17795; India 1438.1 3287 3568; Japan 124.5 378 4204;
South Korea 51.7 100.4 1839; Indonesia 281.2 1905 1371; Turkey 85.3 783.6 1118;
Saudi Arabia 33.3 2150 1068; Iran 90.6 1648 405; Thailand 71.7 513.1 515; Vietnam 100.4 331.2 430;
Philippines 114.9 300 437.1; Bangladesh 171.5 147.6 437.4; Pakistan 247.5 881.9 338;
Kazakhstan 20.3 2725 263; North Korea 26.4 120.5 -""",
    "Africa": """Nigeria 227.9 923.8 363.8; Ethiopia 128.7 1104 164; Egypt 114.5 1002 396;
South Africa 63.2 1221 381; Kenya 55.3 580.4 108; Algeria 46.2 2382 240; Morocco 37.7 446.6 144;
Tanzania 66.6 947.3 79; Ghana 33.8 238.5 76; Namibia 3.0 825.6 12.3""",
    "North America": """United States of America 334.9 9834 27721; Canada 40.1 9985 2142;
Mexico 129.7 1964 1789; Guatemala 18.1 108.9 104; Cuba 11.0 109.9 -; Costa Rica 5.1 51.1 86""",
    "South America": """Brazil 211.1 8516 2174; Argentina 45.5 2780 646; Chile 19.7 756.1 336;
Colombia 52.3 1142 363.5; Peru 33.9 1285 267; Bolivia 12.2 1099 45""",
    "Oceania": "Australia 26.7 7741 1728; New Zealand 5.2 268.8 253; Fiji 0.92 18.3 5.4",
}


def countries() -> None:
    rows = list[list[Any]]()
    for continent, told in COUNTRIES.items():
        for one in told.replace("\n", " ").split(";"):
            *name, people, area, gdp = one.split()
            rows.append([" ".join(name), continent, round(float(people) * 1e6),
                         round(float(area) * 1e3), None if gdp == "-" else float(gdp)])  # fmt: skip
    random.Random(7).shuffle(rows)
    write("countries.csv", ("name", "continent", "population", "area_km2", "gdp_busd"), rows)


# name, latitude, longitude, kind, million visitors a year
PLACES = """Louvre 48.8606 2.3376 museum 8.9; Eiffel Tower 48.8584 2.2945 monument 6.3;
Notre-Dame de Paris 48.8530 2.3499 temple 0; British Museum 51.5194 -0.1270 museum 5.8;
Tower of London 51.5081 -0.0759 monument 2.8; Colosseum 41.8902 12.4922 monument 12.3;
Vatican Museums 41.9065 12.4536 museum 6.8; Sagrada Familia 41.4036 2.1744 temple 4.7;
Prado 40.4138 -3.6921 museum 3.2; Alhambra 37.1761 -3.5881 monument 2.6;
Acropolis 37.9715 23.7257 monument 3.9; Rijksmuseum 52.3600 4.8852 museum 2.7;
Neuschwanstein 47.5576 10.7498 monument 1.1; Hermitage 59.9398 30.3146 museum 3.27;
Hagia Sophia 41.0086 28.9802 temple 25.0; Pyramids of Giza 29.9792 31.1342 monument 2.5;
Petra 30.3285 35.4444 monument 1.17; Taj Mahal 27.1751 78.0421 monument 6.1;
Angkor Wat 13.4125 103.8670 temple 0.8; Forbidden City 39.9163 116.3972 museum 16.7;
Great Wall at Badaling 40.3598 116.0200 monument 9.0; Senso-ji 35.7148 139.7967 temple 30.0;
Fushimi Inari 34.9671 135.7727 temple 2.9; Machu Picchu -13.1631 -72.5450 monument 2.42;
Chichen Itza 20.6843 -88.5678 monument 2.3; Christ the Redeemer -22.9519 -43.2105 monument 1.9;
Iguazu Falls -25.6953 -54.4367 park 1.8; Grand Canyon 36.1069 -112.1129 park 4.73;
Yellowstone 44.4280 -110.5885 park 4.5; Yosemite 37.8651 -119.5383 park 3.9;
Banff 51.4968 -115.9281 park 4.13; Statue of Liberty 40.6892 -74.0445 monument 3.7;
Metropolitan Museum 40.7794 -73.9632 museum 5.36;
Sydney Opera House -33.8568 151.2153 monument 10.9;
Uluru -25.3444 131.0369 park 0.25; Kruger -23.9884 31.5547 park 1.6;
Serengeti -2.3333 34.8333 park 0.35; Table Mountain -33.9628 18.4098 park 1.02;
Victoria Falls -17.9243 25.8572 park -; Plitvice Lakes 44.8654 15.5820 park 1.71;
London 51.5072 -0.1276 city 20.3; Paris 48.8566 2.3522 city 17.4; Rome 41.9028 12.4964 city 10.3;
Istanbul 41.0082 28.9784 city 20.2; Bangkok 13.7563 100.5018 city 22.8;
Singapore 1.3521 103.8198 city 13.6; Dubai 25.2048 55.2708 city 17.2;
New York 40.7128 -74.0060 city 11.6; Tokyo 35.6762 139.6503 city 12.9;
Cape Town -33.9249 18.4241 city -; Lima -12.0464 -77.0428 city -;
Reykjavik 64.1466 -21.9426 city 2.2"""


def places() -> None:
    rows = list[list[Any]]()
    for one in PLACES.replace("\n", " ").split(";"):
        *name, lat, lon, kind, visitors = one.split()
        many = None if visitors == "-" else round(float(visitors) * 1e6)
        rows.append([" ".join(name), lat, lon, kind, many])
    write("places.csv", ("name", "lat", "lon", "kind", "visitors"), rows)


# phase: tasks with owner, first day, days, hours; a dash where it is not known
TASKS = {
    "Discovery": """Kick-off workshop|Mira|2025-09-01|2|16;
Interview customers|Tom|2025-09-03|15|60;
Audit the old shop|Jun|2025-09-04|12|44; Analytics review|Sara|2025-09-08|9|30;
Write requirements|Mira|2025-09-18|14|52; Budget sign-off|-|2025-10-01|3|0""",
    "Design": """Site map|Lena|2025-09-29|8|28; Wireframes|Lena|2025-10-06|18|90;
Design system|Lena|2025-10-20|30|140; Checkout prototype|Tom|2025-10-27|14|64;
Usability test 1|Tom|2025-11-10|7|36; Icon set|-|2025-11-12|10|25;
Usability test 2|Tom|2025-12-01|7|34; Print templates|Lena|2025-12-03|6|18""",
    "Build": """Set up hosting|Omar|2025-10-13|10|40; Continuous integration|Omar|2025-10-20|8|32;
Product catalogue|Jun|2025-10-27|35|180; Search|Jun|2025-12-01|28|130;
Cart|Ivy|2025-11-10|21|96; Checkout|Ivy|2025-12-01|40|210; Payment provider|Omar|2025-12-08|33|120;
Customer accounts|Ivy|2026-01-07|25|100; Import old orders|Jun|2026-01-12|19|85;
E-mail templates|Sara|2026-01-05|12|38; Tax rules|Omar|2026-01-19|16|70;
Admin pages|Jun|2026-02-02|24|110; Translations|Sara|2026-01-26|30|75""",
    "Test": """Test plan|Sara|2025-12-15|9|35; Load test|Omar|2026-02-09|6|30;
Security review|-|2026-02-16|10|48; Accessibility check|Lena|2026-02-11|8|26;
Acceptance test|Mira|2026-02-23|14|80; Fix acceptance findings|Ivy|2026-03-02|-|90;
Rehearse migration|Jun|2026-03-03|4|24""",
    "Launch": """Train support|Sara|2026-03-09|5|30; Migration weekend|Jun|2026-03-14|2|40;
Go live|Mira|2026-03-16|1|12; Press release|Tom|2026-03-16|3|10;
Watch the first weeks|Omar|2026-03-17|-|60; Retrospective|Mira|2026-04-07|1|8""",
}


def tasks() -> None:
    rows = list[list[Any]]()
    for phase, told in TASKS.items():
        for one in told.replace("\n", " ").split(";"):
            name, owner, start, days, hours = one.strip().split("|")
            first = date.fromisoformat(start)
            last = None if days == "-" else first + timedelta(days=int(days) - 1)
            rows.append([name, phase, None if owner == "-" else owner, first, last, hours])
    random.Random(8).shuffle(rows)
    write("tasks.csv", ("task", "phase", "owner", "start", "end", "hours"), rows)


def survey() -> None:
    """Answers are 1 (bad) to 5 (good); people leave things out."""
    chance = random.Random(9)
    comments = ("Friendly staff, thanks!", "Waited too long", "prices went up again, \"again\"",
                "ok", "Parking is a mess; please fix", "Best in town", "n/a", "My order was wrong",
                "Would like longer opening hours, esp. on Saturday", "never again")  # fmt: skip
    rows = list[list[Any]]()
    for n in range(1, 261):
        age = min(84, max(17, int(chance.gauss(44, 16))))
        mood = chance.gauss(0.2 + (age - 44) / 45, 0.8)
        likes = [min(5, max(1, round(3.2 + mood * pull + shift + chance.gauss(0, 0.7))))
                 for pull, shift in ((1, 0.4), (0.5, -0.8), (0.7, 0), (1.1, 0.2))]  # fmt: skip
        answers: list[Any] = [None if chance.random() < 0.05 else a for a in likes]
        gender = chance.choices(("female", "male", "diverse", None), (50, 43, 4, 3))[0]
        said = chance.choice(comments) if chance.random() < 0.35 else None
        rows.append([n, None if chance.random() < 0.04 else age, gender, *answers, said])
    head = ("respondent", "age", "gender", "service", "price", "waiting", "recommend", "comment")
    write("survey.csv", head, rows)


def films() -> None:
    """Invented films as one JSON array, with lists and a structure in each."""
    chance = random.Random(10)
    one = "Silent Crimson Last Paper Hollow Golden Winter Broken Distant Electric Salt Iron".split()
    two = "Harbour Garden Letter Orchard Machine Mirror River Station Tiger Summer Border".split()
    genres = ("Drama", "Comedy", "Thriller", "Sci-Fi", "Documentary", "Romance", "Animation")
    people = (("Ana Reyes", "Spain"), ("Koji Mori", "Japan"), ("Lotte Vries", "Netherlands"),
              ("Sam Okafor", "Nigeria"), ("Eve Larsen", "Norway"), ("Paul Renard", "France"),
              ("Nina Roth", "Germany"), ("Raj Menon", "India"))  # fmt: skip
    titles = chance.sample([f"{a} {b}" for a in one for b in two], 110)
    rows = list[dict[str, Any]]()
    for title in titles:
        name, country = chance.choices(people, (6, 5, 3, 4, 2, 7, 5, 4))[0]
        rating = round(min(9.4, max(2.1, chance.gauss(6.6, 1.2))), 1)
        votes = int(chance.lognormvariate(8 + (rating - 6.6) * 0.5, 1.2))
        rows.append({"title": title, "year": int(2024 - 45 * chance.random() ** 1.5),
                     "genres": chance.sample(genres, chance.choices((1, 2, 3), (4, 5, 2))[0]),
                     "rating": rating, "votes": votes, "minutes": int(chance.gauss(108, 19)),
                     "director": {"name": name, "country": country}})  # fmt: skip
    for row in chance.sample(rows, 6):
        row["rating"] = None
    rows[13].update(votes=0, rating=None)
    rows[40]["minutes"] = None
    (HERE / "films.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def exams() -> None:
    """Semicolons, and names of columns as people write them; no exams in 2020 in one school."""
    chance = random.Random(11)
    subjects = {"Mathematik": 7.9, "Deutsch": 8.8, "Englisch": 9.3, "Physik": 8.2, "Kunst": 10.4}
    schools = {"Goethe-Schule": 0.5, "Nordgymnasium": -0.4, "St. Ursula": 0.1}
    rows = list[list[Any]]()
    for year in range(2016, 2026):
        for school, better in schools.items():
            if year == 2020 and school == "St. Ursula":
                continue
            for subject, mean in subjects.items():
                points = mean + better + (year - 2020) * 0.06 + chance.gauss(0, 0.5)
                many = chance.randrange(12, 95) // (4 if subject in ("Physik", "Kunst") else 1)
                failed = min(many, round(many * max(0, chance.gauss(0.16 - better / 20, 0.04))))
                rows.append([year, subject, school, many, round(points, 2), failed,
                             round(100 * (many - failed) / many, 1),
                             round(max(0, chance.gauss(4, 2)), 1)])  # fmt: skip
    for row in chance.sample(rows, 5):
        row[7] = None
    chance.shuffle(rows)
    head = ("Jahr", "Fach (Kurs)", "Schule", "Prüflinge", "Ø Punkte [0-15]", "nicht bestanden",
            "Bestanden %", "Fehlquote in %")  # fmt: skip
    write("exams.csv", head, rows, ";")


if __name__ == "__main__":
    for make in (sales, weather, requests, shop, power, log, countries, places, tasks, survey,
                 films, exams):  # fmt: skip
        make()
