"""A browser without JavaScript, as small as it can be: cookies, links, forms, redirects."""
import html.parser
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request


class _Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self.words, self._form = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "a" and a.get("href"):
            self.links.append(a["href"])
        elif tag == "form":
            self._form = {"action": a.get("action", ""), "method": a.get("method", "get").lower(), "fields": {}}
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "textarea", "button") and a.get("name"):
            if a.get("type") in ("checkbox", "radio") and "checked" not in a:
                return
            self._form["fields"][a["name"]] = a.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None

    def handle_data(self, data):
        self.words.append(data)


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, browser):
        self.browser = browser

    def redirect_request(self, request, fp, code, msg, headers, newurl):
        if self.browser.holds and newurl.startswith(self.browser.holds):
            return None
        return super().redirect_request(request, fp, code, msg, headers, newurl)


class Browser:
    def __init__(self, context=None, sends=None):
        """context: an ssl.SSLContext, perhaps with a client certificate; sends: header fields of every request."""
        self.sends = sends or {}
        self.holds = None  # a redirect to an address that begins so is not followed: headers["Location"] has it
        self.jar = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(strict_ns_domain=http.cookiejar.DefaultCookiePolicy.DomainLiberal))
        handlers = [urllib.request.HTTPSHandler(context=context)] if context else []
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), _Redirects(self), *handlers)
        self.url = self.text = self.page = self.status = None

    def open(self, url, data=None, headers=None):
        self.url = urllib.parse.urljoin(self.url or url, url)
        request = urllib.request.Request(self.url, data, self.sends | (headers or {}))
        try:
            answer = self.opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        self.status, self.url, self.headers = answer.status, answer.url, answer.headers
        self.body = answer.read()
        if "html" in (answer.headers["Content-Type"] or ""):
            self.text = self.body.decode("utf-8")
            self.page = _Page(self.text)
        return self

    def form(self, ending):
        """The form whose action ends so."""
        for form in self.page.forms:
            if urllib.parse.urljoin(self.url, form["action"]).split("?")[0].endswith(ending):
                return form
        raise AssertionError(f"there is no form to …{ending} on {self.url}; there are {[f['action'] for f in self.page.forms]}: {self.text[:1500]}")

    def submit(self, ending, **fields):
        form = self.form(ending)
        origin = "://".join(urllib.parse.urlsplit(self.url)[:2])
        data = urllib.parse.urlencode(form["fields"] | fields).encode()
        return self.open(form["action"], data, {"Origin": origin})
