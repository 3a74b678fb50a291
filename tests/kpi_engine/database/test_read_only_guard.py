"""What is let through to the customer's database, and what isn't."""

from __future__ import annotations

import pytest

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
]


@pytest.mark.parametrize(("sql", "dialect"), READING)
def test_a_statement_that_reads_is_let_through(sql: str, dialect: str) -> None:
    """Words in texts, comments, names of columns and functions are no statements."""
    assert only_reads(sql, dialect)


@pytest.mark.parametrize(("sql", "dialect"), MORE)
def test_a_statement_that_does_more_is_not(sql: str, dialect: str) -> None:
    """Second statements, writes inside a WITH, files, locks, and whatever can't be told."""
    assert not only_reads(sql, dialect)


def test_a_verdict_is_of_one_text_and_dialect() -> None:
    """Verdicts are kept; a text that one dialect lets through is still refused by another, each time."""
    text = "select 1 # ; delete from t"
    for _ in range(2):
        assert only_reads(text, "mysql")
        assert not only_reads(text, "postgresql")
        assert only_reads("select 1", "sqlite")
        assert not only_reads("select 1; drop table t", "sqlite")
