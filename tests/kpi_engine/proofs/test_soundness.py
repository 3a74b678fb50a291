"""A figure that the rows make wrong is refused on every database, and no other figure is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Column, Date, Integer, MetaData, Numeric, String, Table, create_engine, delete, insert
from sqlalchemy.engine import make_url

from kpi_engine.domain.errors import UnsoundError
from tests.four_databases import FOUR, address_of
from tests.shop import Shop, write_config

NOW = "2026-04-02T09:00"
METADATA = MetaData()
INVOICES = Table(
    "proof_invoices",
    METADATA,
    Column("nr", Integer, primary_key=True, autoincrement=False),
    Column("sent", Date),
    Column("stamp", String(30)),
    Column("customer", String(20)),
    Column("segment", String(20)),
    Column("net", Numeric(12, 2)),
    Column("typed", String(20)),
    Column("invoice_currency", String(3)),
)
TAGS = Table(
    "proof_tags",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(20)),
    Column("tag", String(9)),
)
ROWS = [
    (1, "2026-03-03", "2026-03-03T10:00:00+01:00", "Ada", "retail", 100, "100", "EUR"),
    (2, "2026-03-09", "2026-03-31T23:30:00-05:00", "Bob", "retail", 40, "1.234,50", "GBP"),
    (3, "2026-02-10", "2026-02-10T10:00:00+01:00", "Bob", "public", 30, "30", "EUR"),
    (4, "2026-01-12", "2026-01-12T10:00:00+01:00", "Cyd", "public", 7, "€ 7", "GBP"),
]
TAGGED = [(1, "Ada", "vip"), (2, "Bob", "vip"), (3, "Bob", "late"), (4, "Cyd", "vip")]
SALES = """name: sales
table: proof_invoices
key: nr
time: sent
joins: {tag: {model: tags, on: {customer: name}}}
dimensions: {customer: customer, segment: segment, rep: tag.tag}
measures:
  value: {agg: sum, of: net}
  orders: {agg: count_distinct, of: nr}
  customers: {agg: count_distinct, of: customer}
"""
MODELS = {"sales": SALES, "tags": "name: tags\ntable: proof_tags\nkey: id\n"}


METRICS = {
    "buyers": "name: buyers\ntitle: {en: Buyers, nl: Kopers}\ndescription: {en: Those who buy., nl: Wie koopt.}\n"
    "kind: simple\nmeasure: {model: sales, measure: customers}\nunit: count\nbetter: up\n"
}
ShopOf = Callable[..., Shop]


@pytest.fixture(params=FOUR)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of invoices in two currencies, whose customers have several tags."""
    address = address_of(request.param, request, tmp_path / "proofs.db")
    engine = create_engine(address)
    METADATA.drop_all(engine)
    METADATA.create_all(engine)
    invoices = [
        dict(zip(INVOICES.c.keys(), (row[0], date.fromisoformat(row[1]), *row[2:]), strict=True))
        for row in ROWS
    ]
    tagged = [dict(zip(TAGS.c.keys(), row, strict=True)) for row in TAGGED]
    with engine.begin() as connection:
        connection.execute(INVOICES.insert(), invoices)
        connection.execute(TAGS.insert(), tagged)
    engine.dispose()
    yield address
    METADATA.drop_all(engine)
    engine.dispose()


@pytest.fixture
def shop_of(url: str, tmp_path: Path) -> Iterator[ShopOf]:
    made: list[Shop] = []

    def of(sales: str = SALES) -> Shop:
        made.append(Shop(url, write_config(tmp_path / "own", {**MODELS, "sales": sales}, METRICS), NOW))
        return made[-1]

    yield of
    for shop in made:
        shop.engine.close()


def _only_euro(sales: str) -> str:
    return sales.replace("of: net}", "of: net, where: \"invoice_currency = 'EUR'\"}")


def test_a_join_that_multiplies(shop_of: ShopOf) -> None:
    """Only where it is used, and where rows that count have several partners."""
    shop: Shop = shop_of(_only_euro(SALES))
    assert shop.value("sales 2026-02") == 30
    with pytest.raises(UnsoundError, match="several rows of tags"):
        shop.ask("sales 2026-02 by rep")
    with pytest.raises(UnsoundError, match="counted more than once"):
        shop.ask("sales last 3 months by rep")
    assert shop.groups("sales 2026-03 by rep") == {"vip": 100, "late": 0}  # Ada has one tag
    assert shop.value("sales 2026-02 rep:late") == 30  # and Bob is late once
    assert shop.groups("sales 2026-02 by segment")["public"] == 30


def test_what_is_counted_apart_is_not_counted_twice(shop_of: ShopOf) -> None:
    """Each tag has its own customers, and the total each customer once; keys are counted by rows."""
    shop: Shop = shop_of()
    found = shop.ask("buyers last 3 months by rep")
    assert found.figure.value == 3
    assert {group.labels[0]: group.figure.value for group in found.groups} == {"vip": 3, "late": 1}
    with pytest.raises(UnsoundError):
        shop.ask("orders last 3 months by rep")


def test_two_currencies(shop_of: ShopOf) -> None:
    """A month, a segment and a customer of one currency are answered, by their rows."""
    shop: Shop = shop_of()
    with pytest.raises(UnsoundError, match=r"several currencies \((EUR, GBP|GBP, EUR)\)"):
        shop.ask("sales 2026-03")
    assert shop.value("sales 2026-03 customer:ada") == 100
    alone = shop.ask("sales 2026-02")
    assert (alone.figure.value, alone.comparisons) == (30, ())
    assert [note.code for note in alone.notes][:1] == ["unsound_compared"]


def test_another_currency_than_the_one_that_is_shown(shop_of: ShopOf) -> None:
    """The number is right, its sign isn't: the answer says so."""
    shop: Shop = shop_of()
    found = shop.ask("sales 2026-01")
    assert found.figure.value == 7
    assert ("other_currency", {"currency": "GBP"}) in [(note.code, dict(note.values)) for note in found.notes]


@pytest.mark.parametrize(
    "columns",
    [
        "columns: {net: {sql: \"case invoice_currency when 'GBP' then net * 1.2 else net end\"}}\n",
        'columns: {net: {sql: "net * 2 / 2", type: money, currency: EUR}}\n',
    ],
)
def test_amounts_that_are_converted(columns: str, shop_of: ShopOf) -> None:
    """By the currency itself, or by what the file says."""
    shop: Shop = shop_of(SALES.replace("dimensions:", f"{columns}dimensions:"))
    assert shop.value("sales 2026-03") in (140, 148)


def test_text_that_a_database_would_cut_off(shop_of: ShopOf, url: str) -> None:
    """'1.234,50' is 1.234 for MySQL and SQLite, and no number for others."""
    text = _only_euro(SALES).replace("of: net", "of: typed").replace("invoice_currency = 'EUR'", "nr <> 4")
    shop: Shop = shop_of(text.replace("table: proof_invoices", "table: proof_invoices\ncurrency: EUR"))
    with pytest.raises(UnsoundError) as refused:
        shop.ask("sales 2026-03 customer:bob")
    assert "aren't plain numbers, such as “1.234,50”" in str(refused.value)
    assert shop.value("sales 2026-03 customer:ada") == 100


@pytest.mark.parametrize("expression", ["cast(typed as decimal(12, 2))", "typed * 1.0"])
def test_text_inside_an_expression(expression: str, shop_of: ShopOf, url: str) -> None:
    """Also where the cast is the operator's own."""
    if make_url(url).get_backend_name() not in ("sqlite", "mysql"):
        pytest.skip("stricter databases refuse such a cast")
    columns = f'columns: {{net: {{sql: "{expression}", currency: EUR}}}}\n'
    shop: Shop = shop_of(SALES.replace("dimensions:", f"{columns}dimensions:"))
    with pytest.raises(UnsoundError, match="aren't plain numbers"):
        shop.ask("sales 2026-03")
    assert shop.value("sales 2026-02") == 30


def test_offsets_of_another_zone(shop_of: ShopOf) -> None:
    """Bob's invoice of 31 March, half past eleven in New York, is of 1 April in Brussels."""
    sales = (
        _only_euro(SALES).replace("time: sent", "time: stamp").replace("invoice_currency = 'EUR'", "nr > 0")
    )
    shop: Shop = shop_of(
        sales.replace("of: net,", "of: euro,").replace(
            "dimensions:", "columns: {euro: {column: net, currency: EUR}}\ndimensions:"
        )
    )
    with pytest.raises(UnsoundError, match="wrong day"):
        shop.ask("sales 2026-03")
    assert shop.value("sales 2026-03 customer:ada") == 100  # +01:00 is the clock of Brussels in winter
    assert shop.value("sales 2026-02") == 30
    assert shop.value("sales 2026") == 177  # it is a row of this year either way


def test_a_mistake_that_is_mended(shop_of: ShopOf, url: str) -> None:
    """The question is answered at once; the list of mistakes follows when it is looked at."""
    shop: Shop = shop_of(_only_euro(SALES))
    (mistake,) = shop.engine.prover.prove_all(shop.now)
    assert mistake.message.startswith("joins.tag multiplies rows: 1 values of name occur in several rows")
    with pytest.raises(UnsoundError):
        shop.ask("sales 2026-02 by rep")
    if url.startswith("duckdb"):
        pytest.skip("DuckDB lets no other connection write meanwhile")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(delete(TAGS).where(TAGS.c.tag == "late"))
    engine.dispose()
    assert shop.groups("sales 2026-02 by rep") == {"vip": 30}
    assert shop.engine.prover.mistakes(shop.now) == ()


def test_a_new_mistake_is_found_when_everything_is_proved_again(shop_of: ShopOf, url: str) -> None:
    """Not before: a question that was proved today costs no statement more."""
    shop: Shop = shop_of(_only_euro(SALES))
    if url.startswith("duckdb"):
        pytest.skip("DuckDB lets no other connection write meanwhile")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(delete(TAGS).where(TAGS.c.tag == "late"))
    assert shop.groups("sales 2026-02 by rep")["vip"] == 30
    with engine.begin() as connection:
        connection.execute(insert(TAGS).values(id=9, name="Bob", tag="new"))
    engine.dispose()
    with shop.engine.recorded() as log:
        shop.ask("sales 2026-02 by rep")
    assert "whether rows can be counted" not in {sent.purpose.what for sent in log.sent}
    assert len(shop.engine.prover.prove_all(shop.now)) == 1
    with pytest.raises(UnsoundError):
        shop.ask("sales 2026-02 by rep")


def test_why_leaves_out_a_split_that_would_be_wrong(shop_of: ShopOf) -> None:
    """And says which mistake it is where that split is what is asked for."""
    shop: Shop = shop_of(_only_euro(SALES))
    told = shop.why("sales 2026-03")
    assert {entry.dimension for entry in told.breakdowns} == {"customer", "segment"}
    with pytest.raises(UnsoundError, match="what it is compared with would be wrong"):
        shop.why("sales 2026-03 by rep")
    with pytest.raises(UnsoundError, match="several rows of tags"):
        shop.why("sales 2026-02 by rep vs 2026-03")
