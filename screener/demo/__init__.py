"""The demonstration: a marketplace of our own invention, sent through a real broker and a real worker before your eyes.

In the order of the story: `vocabulary.py` and `goods.py` invent goods and brands, `honest.py` and `crooked.py` what sellers do with them,
`generator.py` the stream and the truth about it; `run.py` brings up broker and worker and sends it, `tally.py` reads what comes of it; `report.py`
says what was found, `screen.py` shows it.
"""
