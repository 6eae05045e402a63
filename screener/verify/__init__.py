"""The checks behind `screener verify`: every promise about the topics as a named invariant, over records that the command reads. Pure.

The records of one partition number are judged together, for an input, its trace and all it led to lie on the same number. What is kept per
partition: one entry per seller (the last state hash), per listing (the end of its decision chain) and per standing hold or block; what one topic
is ahead of another while they are read; the gaps between traced offsets. Nothing grows with the number of records.
"""
