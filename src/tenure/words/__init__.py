"""The words: what a notice, a status or an answer says, from facts of the core, per language.

Pure like the core: no clock, no files, no Django; the standard library, Babel and the core only.
Mail, portal and API take their sentences from here, so that they say the same. Each language is
written for itself in files of its own (``…_en``, ``…_fr``). Whatever people typed goes through
``names.clean`` before it stands in a sentence.
"""
