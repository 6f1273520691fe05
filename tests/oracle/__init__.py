"""A second reading of the lifecycle's rules, to check the product's core against.

It was written apart from that core, from the text of the rules alone, and shares no code with
it. It prefers clarity to speed: whatever can be computed anew from the licences is computed
anew at every instant. It takes well-formed scenarios only; it does not validate them.
"""
