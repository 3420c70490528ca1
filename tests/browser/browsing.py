"""A person at a browser: comes to pages, presses what is there, and minds every page that is not in order.

With PICTURES=1 in the environment the pages worth looking at are kept under var/screenshots.
"""

import os
import re
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client

from tests.given import PASSWORD

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
PATIENCE = 90_000  # milliseconds; the machine may be busy
SCREENSHOTS = Path(settings.BASE_DIR) / "var" / "screenshots"
# A rule's own grade stands over what its checks say, so the light ones, a third of all, find nothing grave. Contrast is
# judged once for each look: text of one colour, size and weight on the same backgrounds has the same contrast.
GRAVE = """async minds_colours => {
  const light = axe._audit.rules.filter(rule => ["minor", "moderate"].includes(rule.impact));
  const rules = Object.fromEntries(light.map(rule => [rule.id, {enabled: false}]));
  rules["color-contrast"] = {enabled: false};
  const how = {resultTypes: ["violations"], preload: false};
  const violations = (await axe.run({...how, rules})).violations;

  const grounds = new Map(), looks = new Map();
  function groundOf(e) {
    if (!e) return "";
    if (!grounds.has(e)) {
      const {backgroundColor, backgroundImage, opacity} = getComputedStyle(e);
      const own = [backgroundColor, backgroundImage, opacity].join();
      grounds.set(e, groundOf(e.parentElement) + (own === "rgba(0, 0, 0, 0),none,1" ? "" : "/" + own));
    }
    return grounds.get(e);
  }
  for (const e of minds_colours ? document.querySelectorAll("body *") : []) {
    const box = e.getBoundingClientRect();
    const says = e.matches("input, select, textarea") || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!says || !e.checkVisibility() || box.width < 2 || box.height < 2) continue;
    const {color, fontSize, fontWeight} = getComputedStyle(e);
    const look = [color, fontSize, fontWeight, e.matches(":disabled"), groundOf(e)].join();
    looks.set(look, [...looks.get(look) || [], e].slice(0, 2));
  }
  if (looks.size) {
    const found = await axe.run({include: [...looks.values()].flat()}, {...how, runOnly: ["color-contrast"]});
    violations.push(...found.violations);
  }
  return violations
    .filter(v => v.impact === "serious" || v.impact === "critical")
    .map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | ")}`);
}"""
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1)
    .map(e => e.outerHTML.slice(0, 120)).slice(0, 5).concat("wider than the window");
}"""
TYPES = """names => names.map(name => document.querySelector(`[name="${name}"]:not([type="hidden"])`).type)"""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
# Draws every Chinese character of the page in the font of its element, beside two characters no font has.
TOFU = """() => {
  const pen = Object.assign(document.createElement("canvas"), {width: 32, height: 32})
    .getContext("2d", {willReadFrequently: true});
  function drawn(character, font) {
    pen.clearRect(0, 0, 32, 32);
    pen.font = font;
    pen.fillText(character, 2, 26);
    return new Uint32Array(pen.getImageData(0, 0, 32, 32).data.buffer);
  }
  function alike(one, other) { return one.every((point, at) => point === other[at]); }
  const bad = new Set(), seen = new Set(), boxes = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const font = "24px " + getComputedStyle(texts.currentNode.parentElement).fontFamily;
    if (!boxes.has(font)) {
      boxes.set(font, drawn("\\u{10FFFD}", font));
      if (!alike(drawn("\\u{F0001}", font), boxes.get(font))) bad.add("no two missing characters look alike: " + font);
    }
    for (const character of texts.currentNode.data.match(/\\p{Script=Han}/gu) || []) {
      if (seen.has(font + character)) continue;
      seen.add(font + character);
      if (alike(drawn(character, font), boxes.get(font))) bad.add(character);
    }
  }
  return {characters: seen.size, missing: [...bad].join("")};
}"""


STILL = "/static/img/favicon.svg"
_left = {}  # browsers nobody sits at


def sit_down(chromium, address, **kind):
    """A browser that was left clean, or a new one.

    One page of it, a still one, stays open for good: without any its process would end, and starting another costs
    more than loading two pages.
    """
    idle = _left.setdefault((chromium, *kind.items()), [])
    if idle:
        return idle.pop()
    context = chromium.new_context(**kind)
    context.new_page().goto(urljoin(address, STILL))
    return context


def get_up(chromium, context, **kind):
    """Leave no page of one's own and no cookie behind."""
    _still, *own = context.pages
    for page in own:
        page.close()
    context.clear_cookies()
    _left[(chromium, *kind.items())].append(context)


class Visitor:
    """One person, one browser of their own. `seen` holds the kinds of pages any visitor has had checked by axe.

    Whoever walks where another journey has been already need not look closer.
    """

    def __init__(self, browser, base_url, seen, *, size=None, scripts=True, looks_closer=True):
        self.browser, self.kind = browser, {"locale": "zh-CN", "java_script_enabled": scripts}
        self.context = sit_down(browser, base_url, **self.kind)
        self.base_url, self.seen = base_url, seen
        self.looks_closer = scripts and looks_closer
        self.complaints, self.expected, self.status = [], (), None
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.page.set_viewport_size(size or WIDE)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("response", self._receive)

    def _hear(self, message):
        """A console error or warning; that a page did not answer 200 is minded by `_receive`."""
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _receive(self, response):
        if response.request.is_navigation_request():
            self.status = response.status
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{response.status} for {response.url}")

    # --- coming to pages ------------------------------------------------------------------------------

    def go(self, path):
        """Open an address."""
        self.page.goto(urljoin(self.base_url, path))
        return self.look()

    def press(self, name, *, exact=True, within="main"):
        """Press the first button or link of that name and come to the page it leads to."""
        with self.page.expect_navigation():
            self.find(name, exact=exact, within=within).click()
        return self.look()

    def press_here(self, name, until):
        """Press a button that stays on the page, and wait for what the page says then."""
        self.find(name).click()
        return self.wait_for(until)

    def wait_for(self, words):
        """Wait until the page says this in sight."""
        self.page.get_by_text(words).and_(self.page.locator(":visible")).first.wait_for()
        return self.look()

    def act(self, label, **values):
        """In the office: press a button, fill in the form it opens, and press the form's button of the same name."""
        return self.press(label).fill(**values).press(label)

    def sign_in(self, user):
        """Through the sign-in page, as everybody does."""
        self.go("/accounts/login/")
        self.fill(login=user.email, password=PASSWORD)
        self.press("登录")
        return self

    def is_signed_in(self, user):
        """With the session of somebody who has gone through the sign-in page before."""
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.base_url}])
        return self

    def leaves(self):
        """Gets up: a page left open goes on counting, blinking and asking, which others' steps pay for."""
        if self.context:
            get_up(self.browser, self.context, **self.kind)
            self.context = None

    @contextmanager
    def refused(self, status):
        """Pages come to in this block answer with this status, and no other."""
        self.expected = (status,)
        try:
            yield
            assert self.status == status, f"{self.page.url} answered {self.status}"
        finally:
            self.expected = ()

    # --- what is on the page --------------------------------------------------------------------------

    def find(self, name, *, exact=True, within="main"):
        """The first button or link of that name."""
        place = self.page.locator(within)
        button = place.get_by_role("button", name=name, exact=exact)
        return button.or_(place.get_by_role("link", name=name, exact=exact)).first

    def unfold(self, summary):
        """Open a folded part of the page by the words on it."""
        self.page.locator("summary", has_text=summary).first.click()
        return self

    def upload(self, selector, name, content):
        """Choose a file, held in memory, for an upload field; with several names, as many files."""
        names = [name] if isinstance(name, str) else name
        files = [{"name": one, "mimeType": "application/pdf", "buffer": content} for one in names]
        self.page.set_input_files(selector, files)
        return self

    def download(self, name):
        """Press a link of that name that hands out a file; its bytes."""
        with self.page.expect_download() as waiting:
            self.find(name, exact=False).click()
        return Path(waiting.value.path()).read_bytes()

    def offers(self, name):
        """Whether a button or link of that name is on the page."""
        return self.find(name).count() == 1

    def fill(self, **values):
        """Fill in fields by their names; True or a list ticks boxes, a choice is named by its value."""
        types = values and self.page.evaluate(TYPES, list(values))
        for (name, value), kind in zip(values.items(), types, strict=True):
            field = f'[name="{name}"]:not([type="hidden"])'
            if value is True:
                self.page.check(field)
            elif kind in {"checkbox", "radio"}:
                for one in value if isinstance(value, list) else [value]:
                    self.page.check(f'{field}[value="{one}"]')
            elif kind == "select-one":
                self.page.select_option(field, str(value))
            else:
                self.page.fill(field, str(value))
        return self

    def text(self):
        """What the page says."""
        return self.page.locator("body").inner_text()

    def says(self, *sentences):
        """The page says all of this."""
        said = self.text()
        missing = [sentence for sentence in sentences if sentence not in said]
        assert not missing, f"{self.page.url} does not say {missing} but: {said}"
        return self

    # --- whether the page is in order -----------------------------------------------------------------

    def look(self):
        """No error in the console, no policy violation, no broken answer, no sideways scrolling, nothing for axe."""
        self.page.wait_for_load_state()
        kind = self._kind()
        if self.looks_closer and kind not in self.seen:
            self.seen.add(kind)
            self._look_closer()
        if self.complaints:
            self.picture("in-trouble")
            raise AssertionError("\n".join([self.page.url, *self.complaints]))
        return self

    def _look_closer(self):
        """Colours are the same at every width: once a page is enough."""
        self.complaints += self.page.evaluate(TOO_WIDE)
        if not self.page.evaluate("() => 'axe' in window"):  # else it is there since the page was looked at wide
            self.page.evaluate(AXE_SCRIPT)
        path, _width, errors = self._kind()
        self.complaints += self.page.evaluate(GRAVE, (path, errors) not in self.seen)
        self.seen.add((path, errors))

    def _kind(self):
        """Pages that differ only in their record are of one kind; a refused form is another kind."""
        path = re.sub(r"\d+(?!\.)|[0-9A-Z]{26}", "#", urlsplit(self.page.url).path)
        return path, self.page.viewport_size["width"], self.page.locator(".error-summary").count()

    def narrow(self, picture=""):
        """The same page on a phone that is turned, so to say: looked over, pictured, and turned back."""
        self._resize(NARROW)
        self.look()
        if picture:
            self.picture(f"{picture}-375")
        self._resize(WIDE)
        return self

    def _resize(self, size):
        """Two frames later the page has heard of it."""
        self.page.set_viewport_size(size)
        self.page.wait_for_function("width => innerWidth === width", arg=size["width"])
        self.page.evaluate(TWO_FRAMES)

    def picture(self, name):
        """Keep a picture for people to look at; of a page in trouble always."""
        if not (os.environ.get("PICTURES") or self.complaints):
            return self
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
        return self

    def tofu(self):
        """Chinese characters on the page that no font here can draw, and how many were tried."""
        found = self.page.evaluate(TOFU)
        return found["missing"], found["characters"]
