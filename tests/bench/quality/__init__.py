"""The quality benchmark: how many constructed attacks the judge stops, and how many innocent listings it troubles."""
