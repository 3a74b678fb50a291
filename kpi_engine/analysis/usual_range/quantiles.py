"""Upper quantiles of the log Bayes factors of clean series: `python -m benchmarks.anomalies calibrate`."""

from __future__ import annotations

LENGTHS = (13, 60)
PROBABILITIES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
FACTORS: dict[str, tuple[tuple[float, ...], ...]] = {
    "month": ((0.10, 0.49, 0.75, 1.36, 2.09, 3.08), (-0.44, 0.13, 0.78, 1.53, 2.71, 3.53)),
    "month counts": ((-0.88, -0.47, -0.08, 0.32, 0.75, 1.2), (-0.97, -0.5, -0.08, 0.35, 1.0, 1.5)),
    "week": ((-0.39, 0.26, 0.90, 1.68, 2.39, 2.91), (-0.49, -0.05, 0.45, 0.89, 1.87, 3.09)),
    "week counts": ((-0.88, -0.47, -0.08, 0.32, 0.75, 1.2), (-0.97, -0.5, -0.08, 0.35, 1.0, 1.5)),
    "share": ((-0.47, -0.02, 0.23, 0.61, 1.20, 1.66),),
}
TAILS: dict[str, float] = {
    "month": 0.45,
    "month counts": 0.7,
    "week": 0.45,
    "week counts": 0.7,
    "share": 0.45,
}
