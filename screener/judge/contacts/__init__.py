"""Ways out of the marketplace: accounts, numbers and addresses that a listing gives, in whatever spelling, and what they are once normalised.

`channels` is the table of messengers and their names, `reading` shows digits as digits, `names` finds the names, `accounts` reads what stands
beside them, `addresses` finds what needs no name, `hints` are words that lead to an account elsewhere, `weighing` says what a name and an account
are worth, `finder` puts them together, `identity` is what others link sellers by.
"""
