"""Cheap proofs that rows are as the model files say: a figure is only right where they hold.

Joins lead to one row at most, amounts are of one currency and plain numbers, moments lie on the day that
their text names, and keys tell rows apart. Each proof is defined here once: `kpi-bot check` reports what
contradicts it, and no question is answered without it (prover.Prover).
"""
