"""What devices tell unasked: a child hears and sifts it, the desk acts on it."""
