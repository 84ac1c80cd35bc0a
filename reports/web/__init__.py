"""The pages: what the record tells in a browser, and what people say there."""
