"""The KPI engine: metrics computed from a SQL database that it only reads."""
