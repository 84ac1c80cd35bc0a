"""What there is: values, sites.toml, topology, words; never opens a database."""
