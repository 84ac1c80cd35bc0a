"""Messages: who is told of what and when, in which words, by which way."""
