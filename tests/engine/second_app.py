"""Another application that uses the engine alone; prints its page and what it had to import."""

import sys

from flask import Flask, render_template_string

from amapress_py.engine import NoAttributes, Shortcodes, shortcode


@shortcode("heure", NoAttributes, "L’heure")
def heure(context: object, attributes: NoAttributes) -> str:
    return "midi & demi"


app = Flask(__name__)
Shortcodes(app, shortcodes=[heure])


@app.get("/")
def page() -> str:
    return render_template_string("{{ text|shortcodes }}", text="<p>Il est [heure].</p>")


if __name__ == "__main__":
    print(app.test_client().get("/").text)
    print(sorted(name for name in sys.modules if name.startswith("amapress_py")))
