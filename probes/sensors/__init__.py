"""What devices measure of themselves: one file a source, `sources` lists them."""
