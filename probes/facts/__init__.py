"""What a device says that it is: maker, model, serials, neighbours; vendors/ holds the makers."""
