"""What is let through to the customer's database, and what isn't."""

from __future__ import annotations

import pytest
import sqlglot
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from kpi_engine.database.read_only_guard import only_reads

READING = [
    ("select 1", "sqlite"),
    ("  (SELECT id FROM a) UNION (SELECT id FROM b)", "postgresql"),
    ("WITH held AS (SELECT 1 AS x) SELECT x FROM held", "duckdb"),
    ("select 'a; delete from b', \"into\", x.into from t as x -- ; drop table t\n", "sqlite"),
    ("select 'it''s; into' from t", "postgresql"),
    (r"select 'it\'s; into' from t", "mysql"),
    ("select `delete from`, /* ; into */ 1 from t # ; into", "mysql"),
    ("select $$ ; delete from t $$, E'\\'; into' from t", "postgresql"),
    ("select updated_at, deleted, t.update, case when x then 1 end as delete \nfrom t", "postgresql"),
    ("select insert('a', 1, 1, 'b'), replace(x, '(', ')') from t", "mysql"),
    ("select a #> '{b}' from t", "postgresql"),
    ("select 5--1", "mysql"),
    ("select update, t.into, 1 as into, merge from t where delete is null and call in (1)", "mssql"),
]
MORE = [
    ("delete from t", "sqlite"),
    ("pragma query_only = off", "sqlite"),
    ("explain analyze delete from t", "postgresql"),
    ("select 1; delete from t", "duckdb"),
    ("select * from (select 1) as x; delete from t; --) as y", "postgresql"),
    ("select x from (select 1) as y) as z", "postgresql"),
    ("with gone as (delete from t returning *) select * from gone", "postgresql"),
    ("with new as (insert into t values (1) returning *) select * from new", "postgresql"),
    ("with new as (update t as u set a = 1 returning *) select * from new", "postgresql"),
    ("with new as (update only s.t set a = 1 returning *) select * from new", "postgresql"),
    ("with new as (merge into t using u on true when matched then delete) select 1", "postgresql"),
    ("select * into copied from t", "postgresql"),
    ("select * from t into outfile '/tmp/x'", "mysql"),
    ("select * from t for update", "mysql"),
    ("select * from t for no key update", "postgresql"),
    ("select * from t lock in share mode", "mysql"),
    (r"select '\'; delete from t; --'", "postgresql"),
    ("select '; delete from t", "postgresql"),
    ("select 5--1; delete from t", "mysql"),
    ("select 1 /*! into outfile '/tmp/x' */", "mysql"),
    ("select 1 /*M! into outfile '/tmp/x' */", "mariadb"),
    ("select 1 /* /* */ ' */; delete from t; --'", "postgresql"),
    ("select $a$ $b$ $a$; delete from t", "postgresql"),
    ("select 1 # ; delete from t", "postgresql"),
    ('with new as (update "s"."t" set a = 1 returning *) select * from new', "postgresql"),
    ('with new as (update s."t" * as u set a = 1 returning *) select * from new', "postgresql"),
    ("with new as (update only (t) set a = 1 returning *) select * from new", "postgresql"),
    ("with new as (update/**/t$1/**/set a = 1 returning *) select * from new", "postgresql"),
    ("with a as (with b as (select 1) update t u set a = 1 returning *) select * from a", "postgresql"),
    ("select 1.into copied from t", "postgresql"),
    ("select 1into copied from t", "postgresql"),
    ("select 1 exec xp_cmdshell 'dir'", "mssql"),
    ("select 1 drop table t", "mssql"),
    ("select 1 update [t] set a = 1", "mssql"),
    ("select 1 waitfor delay '1:00'", "mssql"),
    ("select q'[']' || (select 1 into x from t) || q'[']' from t", "oracle"),
]


@pytest.mark.parametrize(("sql", "dialect"), READING)
def test_a_statement_that_reads_is_let_through(sql: str, dialect: str) -> None:
    """Words in texts, comments, names of columns and functions are no statements."""
    assert only_reads(sql, dialect)


@pytest.mark.parametrize(("sql", "dialect"), MORE)
def test_a_statement_that_does_more_is_not(sql: str, dialect: str) -> None:
    """Second statements, writes inside a WITH, files, locks, and whatever can't be told."""
    assert not only_reads(sql, dialect)


TABLES = ("t", "s.t", '"t"', '"s"."t"', "t$1", "t_2")
GAPS = (" ", "  ", "\n", "\t", "/**/", " /* ; */ ", "--\n")
CHANGES = (
    "update {t} set a = 1", "update {t} as u set a = 1", "update {t} u set a = 1, b = 'into'", "update only {t} set a = 1",
    "delete from {t}", "delete from only {t}", "delete from {t} as d where a = 1", "delete from {t} using u where a = 1",
    "insert into {t} values (1)", "insert into {t} (a) select 1", "insert into {t} as i default values",
    "merge into {t} using u on true when matched then delete", "merge into {t} as m using u on true when matched then do nothing",
)  # fmt: skip
AROUND = (
    "with c as ({c}) select * from c",
    "with c as ({c} returning *) select * from c",
    "with a as (select 1), c as materialized ({c} returning a) select * from a, c",
    "select * from (with c as ({c} returning a) select a from c) as d",
    "with recursive c(a) as ({c} returning a) select 'update' from c",
    "with a as (with b as (select 1) {c} returning *) select * from a",
    "select 1; {c}",
    "{c}",
)
SHAPES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Create, exp.Drop, exp.Command)


def _changes(sql: str) -> bool:
    """Whether a parser of PostgreSQL's grammar finds a change, or more than one statement."""
    trees = [tree for tree in sqlglot.parse(sql, read="postgres") if tree is not None]
    return len(trees) != 1 or any(tree.find(*SHAPES) is not None for tree in trees)


@given(
    st.sampled_from(AROUND),
    st.sampled_from(CHANGES),
    st.sampled_from(TABLES),
    st.sampled_from(GAPS),
    st.booleans(),
)
@settings(deadline=None, max_examples=400)
def test_what_a_parser_takes_for_a_change_is_never_let_through(
    around: str, change: str, table: str, gap: str, shouted: bool
) -> None:
    """Quoted names, aliases, comments for spaces, changes nested in WITH."""
    sql = around.format(c=change.format(t=table)).replace(" ", gap)
    sql = sql.upper() if shouted else sql
    try:
        assume(_changes(sql))
    except sqlglot.errors.SqlglotError:
        assume(False)
    assert not only_reads(sql, "postgresql")


NAMES = ("update", "into", "merge", "call", "use", "a", "created", "u.update", '"drop"', "replace(a, b, c)")


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), st.sampled_from(("t", "s.t", '"update"')))
def test_columns_with_such_names_are_read(names: list[str], table: str) -> None:
    """Beside a comma, an operator or a word of the grammar such a word is a column, but for INTO."""
    columns = ", ".join(name if name != "into" else "u.into as into" for name in names)
    sql = f"select {columns} from {table} as u where update is null and u.into = 'x' order by call desc"
    assert not _changes(sql.replace("u.into as into", "u.x"))
    assert only_reads(sql, "postgresql")


def test_a_verdict_is_of_one_text_and_dialect() -> None:
    """Verdicts are kept; a text that one dialect lets through is still refused by another, each time."""
    text = "select 1 # ; delete from t"
    for _ in range(2):
        assert only_reads(text, "mysql")
        assert not only_reads(text, "postgresql")
        assert only_reads("select 1", "sqlite")
        assert not only_reads("select 1; drop table t", "sqlite")
