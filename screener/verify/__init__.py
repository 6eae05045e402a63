"""The checks behind `screener verify`: every promise about the topics as a named invariant, over records that the command reads. Pure.

The records of one partition number are judged together, for an input, its trace and all it led to lie on the same number. What is kept of a
partition: one entry per seller (the last state hash), per listing (the end of its decision chain) and per standing hold or block; what one topic is
ahead of another while they are read, and what the trace says of a topic whose beginning was deleted; eight bytes per tick; the gaps between traced
offsets (none unless producers use transactions). A replay keeps the state itself, as a worker does.
"""
