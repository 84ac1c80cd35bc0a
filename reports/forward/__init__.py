"""What happened, and what people did, for a security operations centre: syslog, CEF, JSON."""
