"""The sentences around the evidence in English, for reviewers."""

from __future__ import annotations

from typing import Final

from screener.judge.explain.words import Frame, Sentences

ENGLISH: Final = Frame(
    head="{kind} of listing {listing}, revision {revision}, seller {seller}",
    kinds={"allow": "ALLOW", "hold": "HOLD", "block": "BLOCK", "release": "RELEASE"},
    means={
        "allow": "This revision was judged clean.",
        "hold": "Undecided: a person has to look at it.",
        "block": "The evidence is strong enough to block.",
        "release": "An earlier hold or block of this revision has ended.",
        "": "A decision this release does not know.",
    },
    risk="  {means} Risk that the goods are not genuine: {word}, {risk:.2f} of 1.",
    bands=((0.0, "very low"), (0.1, "low"), (0.4, "medium"), (0.7, "high"), (0.9, "very high")),
    shadow="  Shadow mode: judged and recorded only; nothing was sent to the services that act.",
    degraded="  A detector failed, so evidence may be missing; the screener never allows on that.",
    escalated="  Nobody decided in time and the evidence is strong: escalated.",
    sampled="  Released by the clock and picked for a person's look afterwards.",
    brands="Brands named: {brands}",
    evidence="Evidence:",
    no_evidence="Evidence: none",
    fields={
        "title": "the title", "description": "the description", "brand": "the brand field", "price": "the price", "category": "the category",
        "images": "the photos", "attributes": "the attributes", "seller": "the seller's history", "listing": "the listing's history",
        "event": "the event itself", "": "an unknown place",
    },
    signal="  {number}. {label} ({name}), {word} sign ({strength:.2f} of 1), in {field}{span}",
    strength=((0.0, "weak"), (0.4, "medium"), (0.7, "strong")),
    span=", characters {start} to {end}",
    wrote="     The seller wrote: {quote}",
    found="     Found: {fact}.",
    noted="     Found: {fact}.",
    meaning="     Why it counts: {meaning}",
    innocent="     Innocent reading considered: {innocent}. What became of it: {fell}.",
    unknown_signal=Sentences(
        "unknown sign",
        "A signal this release has no words for.",
        "unknown to this release",
        "see the note and the detector of that name",
        "see the detector of that name",
    ),
    rules="Rules that matched:",
    rule="  {id}: {reason}",
    rule_as_recorded="  {id}: {reason}",
    rule_unread="  {id} (its reason stands in rulebook {version}, which is not at hand)",
    no_rules={
        "allow": "Rules that matched: none; the weights of the signals together stay below the rulebook's threshold for a hold.",
        "hold": "Rules that matched: none; the weights of the signals together reach the rulebook's threshold for a hold.",
        "": "Rules that matched: none; a person or the clock decided.",
    },
    own_rules={
        "barred": "A person or a rule barred this listing altogether, so no later revision of it is shown.",
        "degraded": "A detector failed, so the revision waits for a person instead of being allowed.",
    },
    cleared="What would have made it innocent:",
    producer={
        ("allow", "revision"): "The marketplace may show this revision.",
        ("allow", "listing"): "The marketplace may show this revision.",
        ("hold", "revision"): "The marketplace must not show this revision; the last allowed revision may stay visible.",
        ("hold", "listing"): "The marketplace must not show any revision of this listing.",
        ("block", "revision"): "The marketplace must never show this revision; the last allowed revision may stay visible.",
        ("block", "listing"): "The marketplace must never show any revision of this listing.",
        ("release", "revision"): "The marketplace may show this revision.",
        ("release", "listing"): "The marketplace may show this revision.",
    },
    unknown="The marketplace must not show this revision (an unknown decision counts as hold).",
    review="A person decides by {review_by}.",
    chain="Decisions about this listing before:",
    link="  revision {revision}, number {sequence}: {kind} on {at}, risk {risk:.2f}{signals}",
    link_signals=" ({signals})",
    first="Decisions about this listing before: none known here.",
    identity="Decision {decision}, number {sequence} about this revision, caused by {cause}.",
    supersedes="It replaces decision {decision}.",
    times="The event claims {occurred}; the broker got it {appended}.",
    in_force="In force: rulebook {rulebook} (offset {rulebook_offset}), registry {registry} (offset {registry_offset}), judge {judge}.",
    separator=", ",
    stop=".",
)  # fmt: skip
