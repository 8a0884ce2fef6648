"""Runs become findings: headline figures per run, paired comparisons, places."""
