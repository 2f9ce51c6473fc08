"""Benchmarks: each prints ratios against yardsticks of the same run."""
