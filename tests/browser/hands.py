"""How people press: with a finger, or with the keyboard alone."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

MOST_TABS = 150


@dataclass(frozen=True)
class Finger:
    """A mouse or a finger; some press twice."""

    twice: bool = False

    def press(self, target: Locator) -> None:
        """Press a button or follow a link."""
        if self.twice:  # both before an answer can come, or the second hits the next page
            target.click(trial=True)
            target.evaluate("(one) => { one.click(); one.click(); }")
        else:
            target.click()

    def write(self, target: Locator, text: str) -> None:
        """Type in a field."""
        target.fill(text)


@dataclass(frozen=True)
class Keyboard:
    """Tab, Enter and Space only; what cannot be reached so cannot be used."""

    def press(self, target: Locator) -> None:
        """Go to a button or a link and press it; what has the focus must be seen to have it."""
        self._reach(target)
        outline = target.evaluate("(one) => getComputedStyle(one).outlineStyle")
        assert outline != "none", "the focus cannot be seen"
        is_link = target.evaluate("(one) => one.tagName") == "A"
        target.page.keyboard.press("Enter" if is_link else "Space")

    def write(self, target: Locator, text: str) -> None:
        """Go to a field and type."""
        self._reach(target)
        target.page.keyboard.type(text)

    def _reach(self, target: Locator) -> None:
        page: Page = target.page
        found = target.element_handle()  # looked for once: there are many Tabs
        for _tab in range(MOST_TABS):
            if found.evaluate("(one) => one === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never leads to {target}")


Hands = Finger | Keyboard
