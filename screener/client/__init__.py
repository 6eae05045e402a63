"""For producer services: publish listings, wait for decisions, test without a broker."""
