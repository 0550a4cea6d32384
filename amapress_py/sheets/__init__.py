"""What is printed for a day of delivery."""
