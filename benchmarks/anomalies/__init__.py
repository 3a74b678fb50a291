"""How well unusual values are found in short series: `python -m benchmarks.anomalies` (docs/judgement.md)."""
