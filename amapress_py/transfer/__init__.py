"""Pages in and out: files, and exports of WordPress."""
