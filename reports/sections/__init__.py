"""What stands in a report, section by section, in no form yet."""
