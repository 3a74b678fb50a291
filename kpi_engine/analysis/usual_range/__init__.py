"""The usual range of a short series: what its last value is expected to be, and how far it may lie from that.

    bank            Gaussian models of a series, each as a matrix that whitens it
    level_series    one series under all of them: evidence of a departure, and the prediction
    working_scale   the scale on which the noise of amounts and counts is even
    small_counts    counts of a few a period, exactly
    shares          rates, by their numerators and denominators
    scores          Net Promoter Scores, by their answers
    null            how often evidence of some strength comes up where nothing happens
    quantiles       the same as numbers; written by `python -m benchmarks.anomalies calibrate`
    judgement       the value that a judgement is
    detector        which of these a series is judged by

numpy and scipy are imported where a series is judged, because most of what the engine does needs neither.
"""
