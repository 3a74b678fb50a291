"""Arithmetic on plain numbers: no database, no files, no clock."""
