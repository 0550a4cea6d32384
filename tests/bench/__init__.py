"""What `make bench` runs: the real server, real pages, a bare view to compare with."""
