"""Images that editors upload: checked, resized, shown to who may see a page that holds them."""
