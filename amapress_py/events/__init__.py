"""What takes place besides deliveries: signing sessions, meetings, parties, visits."""
