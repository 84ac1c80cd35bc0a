"""What devices tell on their command line, by SSH or Telnet: read-only commands, own limits."""
