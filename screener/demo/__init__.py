"""The demonstration: a marketplace of our own invention, sent through a real broker and a real worker before your eyes.

In the order of the story: `vocabulary.py` and `goods.py` invent goods and brands, `stories.py` what honest and dishonest sellers do with them,
`generator.py` the stream; `run.py` brings up broker and worker and sends it; `report.py` says what was found; `screen.py` shows it.
"""
