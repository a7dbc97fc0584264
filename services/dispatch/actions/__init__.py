"""What dispatch does: one function per use case, `verb_noun(work, ...)`."""
