"""What sellers of copies say of their goods, as a grammar: classes of words in TOML, contexts that take them back, and how they are found in a text.

`grammar` reads the tables, `disguises` writes their words as evaders do, `finder` finds them, `innocent` takes back what has a harmless sense,
`weighing` makes one finding of what is left.
"""
