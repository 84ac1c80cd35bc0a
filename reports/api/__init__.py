"""Documents for programs: the same of the command and of the API."""
