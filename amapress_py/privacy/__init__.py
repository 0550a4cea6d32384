"""What a person may ask about his own data: read them, take them away, have them erased."""
