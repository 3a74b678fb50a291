"""Made-up databases that were not made for us, and what is right about them in plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import create_engine, text

Row = Sequence[object]


@dataclass(frozen=True)
class Stranger:
    """Tables by name: what stands between the brackets of CREATE TABLE, and the rows."""

    tables: Mapping[str, tuple[str, list[Row]]]

    def build(self, url: str) -> str:
        """Create the tables in an empty database and return its address."""
        engine = create_engine(url)
        quote = engine.dialect.identifier_preparer.initial_quote
        with engine.begin() as connection:
            for name, (columns, rows) in self.tables.items():
                connection.execute(text(f'CREATE TABLE "{name}" ({columns})'.replace('"', quote)))
                marks = ", ".join(f":v{i}" for i in range(len(rows[0])))
                values = [{f"v{i}": value for i, value in enumerate(row)} for row in rows]
                connection.execute(text(f"INSERT INTO {quote}{name}{quote} VALUES ({marks})"), values)
        engine.dispose()
        return url

    def rows(self, table: str) -> list[Row]:
        return self.tables[table][1]


def english_shop() -> Stranger:
    """Orders with lines in a table with a space, composite keys, declared keys and links, CamelCase."""
    random = Random("english")
    start = date(2026, 1, 1)
    orders, lines = [], []
    for number in range(1, 121):
        day = start + timedelta(days=random.randrange(180))
        status = random.choice(("paid", "shipped", "shipped", "cancelled"))
        orders.append((number, f"C{random.randrange(1, 21)}", random.randrange(1, 4), day, status))
        for product in random.sample(range(1, 7), random.randrange(1, 4)):
            discount = random.choice((0.0, 0.0, 0.1, 0.25))
            lines.append(
                (number, product, random.choice((5.5, 12.0, 30.25)), random.randrange(1, 9), discount)
            )
    return Stranger(
        {
            "Categories": (
                '"CategoryID" INTEGER PRIMARY KEY, "CategoryName" VARCHAR(40)',
                [(1, "Tea"), (2, "Cheese")],
            ),
            "Products": (
                (
                    '"ProductID" INTEGER PRIMARY KEY, "ProductName" VARCHAR(40), "CategoryID" INTEGER'
                    ' REFERENCES "Categories" ("CategoryID"), "UnitPrice" NUMERIC(10, 2)'
                ),
                [(n, f"Product {n}", 1 if n < 4 else 2, 9 + n % 3 * 0.9) for n in range(1, 7)],
            ),
            "Employees": (
                (
                    '"EmployeeID" INTEGER PRIMARY KEY, "LastName" VARCHAR(40), "FirstName" VARCHAR(40),'
                    ' "Title" VARCHAR(40), "Email" VARCHAR(40)'
                ),
                [
                    (1, "Peeters", "Anna", "Sales", "a@x"),
                    (2, "O'Hara", "Bob", "Sales", "b@x"),
                    (3, "Maes", "Carl", "Sales", "c@x"),
                ],
            ),
            "Customers": (
                '"CustomerID" VARCHAR(10) PRIMARY KEY, "CompanyName" VARCHAR(40), "Country" VARCHAR(40)',
                [(f"C{n}", f"Shop {n}", "Belgium" if n % 2 else "France") for n in range(1, 26)],
            ),
            "Orders": (
                (
                    '"OrderID" INTEGER PRIMARY KEY, "CustomerID" VARCHAR(10) REFERENCES "Customers" ("CustomerID"),'
                    ' "EmployeeID" INTEGER REFERENCES "Employees" ("EmployeeID"), "OrderDate" DATE,'
                    ' "Status" VARCHAR(20)'
                ),
                orders,
            ),
            "Order Details": (
                (
                    '"OrderID" INTEGER REFERENCES "Orders" ("OrderID"), "ProductID" INTEGER REFERENCES "Products"'
                    ' ("ProductID"), "UnitPrice" NUMERIC(10, 2), "Quantity" INTEGER, "Discount" NUMERIC(4, 2),'
                    ' PRIMARY KEY ("OrderID", "ProductID")'
                ),
                lines,
            ),
        }
    )


def dutch_shop() -> Stranger:
    """Nothing declared, dates as 31/12/2026, discounts in per cent, seconds since 1970, Dutch words."""
    random = Random("dutch")
    start = date(2026, 1, 5)
    orders, lines = [], []
    for number in range(1001, 1101):
        day = start + timedelta(days=random.randrange(170))
        status = random.choice(("betaald", "betaald", "geannuleerd", "offerte"))
        orders.append(
            (number, f"K{random.randrange(1, 16)}", random.randrange(1, 4), f"{day:%d/%m/%Y}", status)
        )
        for line in range(1, random.randrange(2, 5)):
            article = f"A{random.randrange(1, 6)}"
            lines.append(
                (
                    number,
                    line,
                    article,
                    random.randrange(1, 9),
                    random.choice((2.5, 10, 19.95)),
                    random.choice((0, 0, 5, 20)),
                )
            )
    leads = []
    for number in range(1, 81):
        begun = datetime(2026, 1, 6, 12) + timedelta(days=random.randrange(150))
        done = f"{(begun + timedelta(days=random.randrange(80))).date()}" if random.random() < 0.4 else None
        kind = "spam" if number % 10 == 0 else "nieuw"
        epoch = int((begun - datetime(1970, 1, 1)).total_seconds())
        leads.append((number, epoch, random.choice(("web", "beurs")), kind, done))
    costs = [
        (n, f"2026-{m:02}-01", source, 100 * m + n)
        for n, (m, source) in enumerate(((m, s) for m in range(1, 7) for s in ("web", "beurs")), 1)
    ]
    answers = [
        (n, f"K{n % 15 + 1}", f"2026-03-{n % 28 + 1:02}", random.choice((10, 9, 8, 7, 6, 2)))
        for n in range(1, 61)
    ]
    return Stranger(
        {
            "klanten": (
                "klantnr VARCHAR(10), bedrijfsnaam VARCHAR(40), provincie VARCHAR(40), segment VARCHAR(20)",
                [(f"K{n}", f"Bedrijf {n}", "Antwerpen" if n % 3 else "Limburg", "groot" if n % 2 else "klein") for n in range(1, 21)],
            ),
            "verkopers": (
                "id INTEGER, voornaam VARCHAR(40), achternaam VARCHAR(40)",
                [(1, "Anna", "Peeters"), (2, "Bram", "Claes"), (3, "Carla", "d'Hondt")],
            ),
            "artikelen": (
                "artikelcode VARCHAR(10), omschrijving VARCHAR(40), productgroep VARCHAR(20)",
                [(f"A{n}", f"Artikel {n}", "hout" if n < 3 else "staal") for n in range(1, 6)],
            ),
            "bestellingen": (
                "bestelnummer INTEGER, klantnr VARCHAR(10), verkoper_id INTEGER, besteldatum VARCHAR(10), status VARCHAR(20)",
                orders,
            ),
            "bestelregels": (
                "bestelnummer INTEGER, regelnr INTEGER, artikelcode VARCHAR(10), aantal INTEGER, stukprijs NUMERIC(10, 2), korting_pct INTEGER",
                lines,
            ),
            "aanvragen": ("id INTEGER, aangemaakt BIGINT, bron VARCHAR(20), status VARCHAR(20), klant_sinds VARCHAR(10)", leads),
            "marketingkosten": ("id INTEGER, maand VARCHAR(10), bron VARCHAR(20), bedrag NUMERIC(10, 2)", costs),
            "enquete": ("id INTEGER, klantnr VARCHAR(10), ingevuld_op VARCHAR(10), score INTEGER", answers),
        }
    )  # fmt: skip


def pipeline() -> Stranger:
    """One table of deals with stages; reps and products by name, one product misspelt, a rep without deals."""
    random = Random("pipeline")
    deals = []
    for number in range(1, 201):
        opened = date(2026, 1, 1) + timedelta(days=random.randrange(150))
        stage = random.choice(("Closed Won", "Closed Won", "Closed Lost", "Negotiation"))
        closed = opened + timedelta(days=random.randrange(5, 60)) if stage.startswith("Closed") else None
        value = random.randrange(100, 5000) if stage == "Closed Won" else 0
        rep, product = (
            random.choice(("Ann Lee", "Bob Ray")),
            random.choice(("GTX Pro", "GTXPro", "MG Special")),
        )
        deals.append((f"D{number}", rep, product, f"Account {number % 12}", stage, opened, closed, value))
    return Stranger(
        {
            "accounts": (
                "account VARCHAR(40) PRIMARY KEY, sector VARCHAR(20)",
                [(f"Account {n}", "retail" if n % 2 else "medical") for n in range(14)],
            ),
            "products": (
                "product VARCHAR(40) PRIMARY KEY, series VARCHAR(10)",
                [("GTX Pro", "GTX"), ("MG Special", "MG"), ("GTX Basic", "GTX")],
            ),
            "sales_teams": (
                "sales_agent VARCHAR(40) PRIMARY KEY, manager VARCHAR(40), regional_office VARCHAR(20)",
                [("Ann Lee", "Dee", "East"), ("Bob Ray", "Eli", "West"), ("Cy Idle", "Eli", "West")],
            ),
            "sales_pipeline": (
                (
                    "opportunity_id VARCHAR(10) PRIMARY KEY, sales_agent VARCHAR(40), product VARCHAR(40),"
                    " account VARCHAR(40), deal_stage VARCHAR(20), engage_date DATE, close_date DATE, close_value INTEGER"
                ),
                deals,
            ),
        }
    )
