"""The SELECT of a scan of medians: the mean of the middle one or two values, in the same SQL everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, literal_column, null, select, union_all

from kpi_engine.sql.expressions import apart
from kpi_engine.sql.scan import Grouping, Output
from kpi_engine.sql.segment_scan import Statement, Table, TypedNulls, counted, typed_nulls


def medians(placed: Select[Any], table: Table, output: Output, groupings: Sequence[Grouping]) -> Statement:
    """Return a statement with the same columns as `segment_scan.segmented`, for one median."""
    if len(groupings) == 1:
        return _median(placed.subquery("placed_rows"), table, output, groupings[0], 0, {})
    rows = placed.cte("kpi_placed_rows")
    typed = typed_nulls(table, rows)
    branches = [
        _median(rows, table, output, grouping, number, {} if number else typed)
        for number, grouping in enumerate(groupings)
    ]
    return union_all(*branches)


def _median(
    rows: FromClause, table: Table, output: Output, grouping: Grouping, number: int, typed: TypedNulls
) -> Select[Any]:
    names, test = table.keys(grouping), table.test(grouping)
    value = counted(rows, 0, output)
    kept = [rows.c[test] == 1] if test else []
    columns = [rows.c.segment, *(rows.c[name] for name in names)]
    valued = select(*columns, value.label("value")).where(value.is_not(None), *kept).subquery("valued_rows")
    groups = [valued.c[column.name] for column in columns]
    place = func.row_number().over(partition_by=apart(groups), order_by=valued.c.value).label("place")
    count = func.count().over(partition_by=apart(groups)).label("count")
    ordered = select(*groups, valued.c.value, place, count).subquery("ordered_rows")
    groups = [ordered.c[column.name] for column in columns]
    middle = and_(2 * ordered.c.place >= ordered.c.count, 2 * ordered.c.place <= ordered.c.count + 2)
    keys = [
        ordered.c[name] if name in names else typed.get(name, null()).label(name)
        for name in map(table.key, table.dimensions)
    ]
    grouping_number: ColumnElement[Any] = literal_column(str(number)).label("grouping")
    return (
        select(grouping_number, ordered.c.segment, *keys, func.avg(1.0 * ordered.c.value).label("value_0"))
        .where(middle)
        .group_by(*apart(groups))
    )
