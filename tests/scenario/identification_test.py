#!/usr/bin/env python3
"""Who is it? Recipients and agents identified by a real OpenID Connect provider (oidc-provider) and by certificates (openssl);
delegates; codes that no holder of the link can use up for the recipient. On both engines."""
import base64
import hashlib
import http.client
import pathlib
import re
import signal
import ssl
import sys
import tempfile
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.browser import Browser  # noqa: E402
from support.identity import WAYS, CertificateAuthority, IdentityProvider  # noqa: E402
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport, link_in  # noqa: E402

SECRET, SUBJECT = "The price rises to 42.17 EUR.", "Change of your contract 4711"
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"


def submit(rapport, name, assurance="substantial", expect=202, headers=None, **recipient):
    body = {"kind": "registered", "recipients": [{"email": f"{name}@example.com", "name": name.title()} | recipient],
            "subject": SUBJECT, "text": SECRET, "assurance": assurance}
    status, _, answer = rapport.request("POST", "/v1/deliveries", body, headers=headers, key="" if headers else None)
    assert status == expect, (status, answer)
    return answer["deliveries"][0]["id"] if status == 202 else answer


def detail(rapport, delivery):
    return rapport.get(f"/v1/deliveries/{delivery}")


def evidence(rapport, delivery, code):
    one = next(e for e in detail(rapport, delivery)["evidence"] if e["code"] == code)
    return rapport.get(f"/v1/deliveries/{delivery}/evidence/{one['id']}").decode()


def open_link(rapport, address, **options):
    _, text = rapport.mail_to(address)
    browser = Browser(**options).open(link_in(text))
    assert browser.status == 200 and SUBJECT not in browser.text, browser.text
    return browser


def through(rapport, provider, browser, way, address, **options):
    browser.submit(f"/providers/{way}")
    assert browser.status == 200 and "http-equiv" in browser.text, browser.text
    provider.sign_in(browser, None, address, **options)
    callback = browser.url
    assert SECRET not in browser.text and SUBJECT not in browser.text
    return callback


def on(browser):
    """Where the page leads on to."""
    return browser.open(re.search(r'content="0; url=([^"]+)"', browser.text).group(1))


def every_algorithm(rapport, provider):
    for way in WAYS:
        delivery = submit(rapport, way)
        browser = open_link(rapport, f"{way}@example.com")
        assert "send_code" not in browser.text and not any(f["action"].endswith("/code") for f in browser.page.forms), "a code is not enough"
        callback = through(rapport, provider, browser, way, f"{way}@example.com")
        assert browser.status == 200, browser.text
        on(browser).submit("/acceptance")
        assert browser.status == 200, browser.text
        assert SECRET in browser.open(browser.url.split("?")[0] + "/content").text
        xml = evidence(rapport, delivery, "C3")
        assert SUBSTANTIAL in xml and "#openid-connect" in xml and "identity-assertion-sha256" in xml, xml
        again = Browser().open(callback)
        assert again.status == 403 and SECRET not in again.text, "an answer of another browser is taken"
        assert browser.open(callback).status == 403, "an answer is taken twice"
    return delivery


def record_of(rapport, delivery, code, key=None):
    one = next(e for e in detail(rapport, delivery)["evidence"] if e["code"] == code)
    status, _, body = rapport.request("GET", f"/v1/deliveries/{delivery}/evidence/{one['id']}/identification", key=key)
    return status, body


def erased_with_the_content(rapport, delivery, kept_in):
    """What the provider said is kept under the content's key: not in plain anywhere, and gone when the content is erased."""
    xml = evidence(rapport, delivery, "C3")
    status, record = record_of(rapport, delivery, "C3")
    assert status == 200, record
    assert base64.b64encode(hashlib.sha256(record).digest()).decode() in xml, "the evidence speaks of another record"
    text = record.decode()
    token = base64.b64decode(re.search(r"^assertion-base64: (\S+)$", text, re.M).group(1))
    assert token.count(b".") == 2 and hashlib.sha256(token).hexdigest() in text, text
    reader = rapport.new_key("reader", ["deliveries.read", "customers.read"])
    assert record_of(rapport, delivery, "C3", reader)[0] == 403, "whoever sees deliveries sees what providers say of people"
    reads = [one for one in rapport.get("/v1/audit?limit=200")["items"] if one["verb"] == "delivery.identification_read"]
    assert [one["subject"] for one in reads] == [delivery], reads
    assert rapport.command("delivery", "erase", delivery).returncode == 0
    status, problem = record_of(rapport, delivery, "C3")
    assert status == 410 and problem["code"] == "content_erased", (status, problem)
    assert evidence(rapport, delivery, "C3") == xml
    assert rapport.command("fsck").returncode == 0
    for piece in (token, base64.b64encode(token), b"rapport-identification-1\n"):
        assert piece[:200] not in kept_in(), "it stands in plain in the database"


def kept_of(rapport):
    """All that the database holds, as bytes."""
    if rapport.database:
        rapport.database.run("pg_dump", *rapport.database.where(), "-f", rapport.database.folder / "dump.sql", "scenario")
        text = (rapport.database.folder / "dump.sql").read_bytes()
        return text + b"".join(bytes.fromhex(h.decode()) for h in re.findall(rb"\\\\x([0-9a-f]{64,})", text) if len(h) % 2 == 0)
    return b"".join(path.read_bytes() for path in sorted(rapport.folder.glob("rapport.db*")))


def wrong_people(rapport, provider):
    delivery = submit(rapport, "ada")
    browser = open_link(rapport, "ada@example.com")
    through(rapport, provider, browser, "rs256", "eve@example.com")
    assert browser.status == 403 and "for somebody else" in browser.text, browser.text
    landing = browser.open(browser.page.links[-1])
    assert any(f["action"].endswith("/providers/rs256") for f in landing.page.forms), "identified as somebody else"
    through(rapport, provider, browser, "rs256", "ada@example.com", acr="urn:test:low")
    assert browser.status == 403 and "not sure enough" in browser.text, browser.text
    browser.open(browser.page.links[-1])
    through(rapport, provider, browser, "rs256", "unverified.ada@example.com")
    assert browser.status == 403 and "for somebody else" in browser.text, "an unverified address counts"
    browser.open(browser.page.links[-1]).submit("/providers/rs256")
    browser.jar.clear("127.0.0.1")
    browser.open(next(link for link in browser.page.links if link.startswith(provider.issuer)))
    browser.open(browser.page.forms[1]["action"], b"abort=1")
    assert browser.status == 403 and "broken off" in browser.text, browser.text
    state = detail(rapport, delivery)
    assert state["state"] == "notified" and state["identification"]["trouble"] and state["identification"]["refused"] == 4, state["identification"]


def mix_up(rapport, provider):
    """The answer of one provider brought to the address of another."""
    submit(rapport, "mia")
    browser = open_link(rapport, "mia@example.com")
    browser.submit("/providers/rs256")
    way = next(link for link in browser.page.links if link.startswith(provider.issuer))
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(way).query)["state"][0]
    for path in ("es256", "rs256"):
        browser.open(f"{rapport.url}/p/sign-in/{path}?state={state}&code=forged&iss=https%3A%2F%2Fevil.example")
        assert browser.status in (403, 422), browser.status
    assert browser.open(f"{rapport.url}/p/sign-in/rs256?state={'x' * 43}&code=c").status == 403


def crashes(rapport, provider):
    """kill -9 at any moment of the way back: whoever was away is identified, or has to go again; nothing lies in between."""
    outcomes = set()
    for i, delay in enumerate([0, 0.001, 0.002, 0.004, 0.007, 0.012, 0.02, 0.04, 0.2]):
        delivery = submit(rapport, f"rae{i}")
        browser = open_link(rapport, f"rae{i}@example.com")
        link = browser.url
        browser.submit("/providers/rs256")
        browser.holds = f"{rapport.url}/p/sign-in/"
        provider.sign_in(browser, None, f"rae{i}@example.com")
        callback, browser.holds = browser.headers["Location"], None
        timer = threading.Timer(delay, rapport.process.kill)
        timer.start()
        try:
            browser.open(callback)
        except (OSError, http.client.HTTPException):
            pass
        timer.join()
        rapport.process.wait()
        rapport.start()
        browser.open(link)
        known = any(f["action"].endswith("/acceptance") for f in browser.page.forms)
        outcomes.add(known)
        assert not any(e["code"] == "C3" for e in detail(rapport, delivery)["evidence"])
        if not known:
            browser.open(callback)  # of a flow that was not taken yet, or was: then one begins again
            if browser.status != 200:
                assert browser.status == 403 and SECRET not in browser.text, browser.text
                through(rapport, provider, browser.open(link), "rs256", f"rae{i}@example.com")
            browser.open(link)
        assert browser.open(callback).status == 403, "an answer is taken twice"
        browser.open(link).submit("/acceptance")
        assert [e["code"] for e in detail(rapport, delivery)["evidence"]].count("C3") == 1, browser.text
    assert outcomes == {True, False}, f"the moments were all alike: {outcomes}"


def levels(rapport):
    answer = submit(rapport, "hal", "high", 422)
    assert "identity_provider" in answer["fields"][0]["fix"] and answer["fields"][0]["pointer"] == "/assurance", answer


def delegates(rapport, provider):
    delivery = submit(rapport, "gus", delegates=[{"name": "Dora Smith", "email": "dora@example.com"}])
    browser = open_link(rapport, "dora@example.com")
    assert "somebody else" in browser.text, browser.text
    link = browser.url
    through(rapport, provider, browser, "rs256", "gus@example.com")
    assert browser.status == 403, "the recipient is taken for the delegate"
    browser.open(link)
    through(rapport, provider, browser, "rs256", "dora@example.com")
    on(browser).submit("/acceptance")
    assert browser.status == 200 and detail(rapport, delivery)["state"] == "consigned", browser.text
    xml = evidence(rapport, delivery, "C3")
    delegate = re.search(r"RecipientsDelegateDetails>.*?</erds:RecipientsDelegateDetails", xml, re.S).group()
    assert "dora@example.com" in delegate and SUBSTANTIAL in delegate and "dgn_" in xml, xml
    assert SUBSTANTIAL not in xml.split("RecipientsDelegateDetails")[0].split("RecipientDetails>")[1], "the recipient was not identified"
    made = rapport.get(f"/v1/deliveries/{delivery}/delegations")["items"][0]
    assert rapport.request("DELETE", f"/v1/deliveries/{delivery}/delegations/{made['id']}")[0] == 204
    browser.open(link)
    assert browser.status == 410 and SECRET not in browser.open(link + "/content").text, "a revoked delegate still reads"

    # The recipient names somebody themself; for all deliveries.
    delivery = submit(rapport, "ivy")
    browser = open_link(rapport, "ivy@example.com")
    through(rapport, provider, browser, "rs256", "ivy@example.com")
    on(browser)
    browser.open(browser.url + "/delegation").submit("/delegation", name="Otto", email="otto@example.com", scope="all")
    assert browser.status == 200 and "Otto" in browser.text, browser.text
    open_link(rapport, "otto@example.com")
    submit(rapport, "ivy")
    wait_for(lambda: len([m for m in rapport.sink.mails() if "otto@example.com" in (m["To"] or "")]) == 2, 15, "the second letter to the delegate")


def certificates(rapport, authority, other):
    url = f"https://localhost:{rapport.certificate_port}"

    def present(name, certificate, key):
        context = ssl.create_default_context(cafile=authority.root)
        if certificate:
            context.load_cert_chain(certificate, key)
        browser = open_link(rapport, f"{name}@example.com", context=context)
        assert any(link.startswith(url) for link in browser.page.links), browser.page.links
        return browser.open(next(link for link in browser.page.links if link.startswith(url)))

    delivery = submit(rapport, "cora")
    certificate, key = authority.issue("Cora Jones", "cora@example.com")
    browser = present("cora", certificate, key)
    assert browser.status == 200 and "Cora Jones" in browser.text and SUBJECT not in browser.text, browser.text
    assert detail(rapport, delivery)["state"] == "notified"
    browser.submit("/client-certificate")
    assert browser.status == 200, browser.text
    on(browser).submit("/acceptance")
    xml = evidence(rapport, delivery, "C3")
    der = base64.b64decode("".join(certificate.read_text().split("-----")[2].split()))
    assert "#client-certificate" in xml and base64.b64encode(hashlib.sha256(der).digest()).decode() in xml, xml

    submit(rapport, "carl")
    for words, reason in ((authority.issue("Carl 1", "carl@example.com", usage="serverAuth"), "purpose"),
                          (authority.issue("Carl 2", "carl@example.com", start="20200101000000Z", days="20200201000000Z"), "expired"),
                          (other.issue("Carl 3", "carl@example.com"), "issuer"), ((None, None), "")):
        browser = present("carl", *words)
        assert browser.status == 403 and reason in browser.text and not browser.page.forms, (reason, browser.text)
    certificate, key = authority.issue("Dan", "dan@example.com")
    browser = present("carl", certificate, key).submit("/client-certificate")
    assert browser.status == 403 and "for somebody else" in browser.text, browser.text
    certificate, key = authority.issue("Carl 4", "carl@example.com")
    assert present("carl", certificate, key).status == 200
    authority.revoke("Carl 4")
    good = authority.crl.read_bytes()
    authority.crl.write_text("nothing that can be read")
    log = rapport.folder / "server.log"
    rapport.process.send_signal(signal.SIGHUP)
    wait_for(lambda: b"revocations_not_reloaded" in log.read_bytes(), 10, "the unreadable list to be noticed")
    assert present("carl", certificate, key).status == 200, "the old list is not in force any more"
    authority.crl.write_bytes(good)
    rapport.process.send_signal(signal.SIGHUP)
    wait_for(lambda: b"revocations_reloaded" in log.read_bytes(), 10, "the new list to be read")
    assert "revoked" in present("carl", certificate, key).text


def floods(rapport):
    """Somebody who holds the link asks for code after code, from many browsers and a network of addresses."""
    delivery = submit(rapport, "fay", "basic")
    link = open_link(rapport, "fay@example.com").url
    sent = 0
    for i in range(30):
        browser = Browser(sends={"X-Forwarded-For": f"198.51.100.{i}"}).open(link).submit("/code")
        sent += browser.status == 200
    assert sent == 8, f"{sent} codes went to one network"
    assert browser.status == 429 and int(browser.headers["Retry-After"]) > 0 and "text/html" in browser.headers["Content-Type"]
    own = Browser(sends={"X-Forwarded-For": "203.0.113.7"}).open(link).submit("/code")
    assert own.status == 200, "the recipient is kept from their code"
    told = detail(rapport, delivery)["identification"]
    assert told["trouble"] and told["codes"] == 9 and told["sessions"] == 9, told


def agents(rapport, provider):
    rapport.command("user", "add", "ann@example.org", "--name", "Ann", "--role", "agent")
    token = re.search(r"#token=(\S+)", rapport.command("user", "link", "ann@example.org").stdout).group(1)
    unsafe = {"X-Rapport-Request": "1"}
    _, headers, _ = rapport.request("POST", "/v1/session/link", {"token": token}, key="", headers=unsafe)
    session = {"Cookie": headers["Set-Cookie"].split(";")[0]} | unsafe

    def go(path, headers):
        status, answer, body = rapport.request("POST", path, {}, key="", headers=headers)
        assert status == 201, body
        browser = Browser()
        browser.jar.clear()
        cookie = answer["Set-Cookie"].split(";")[0]
        browser.sends = {"Cookie": cookie}
        browser.url = body["url"]
        return browser, body["url"]

    # Nobody has linked it yet.
    browser, way = go("/v1/sign-in/providers/rs256", unsafe)
    provider_browser = Browser()
    final = finish(provider, provider_browser, way, browser.sends["Cookie"], "ann@work.example")
    assert "identity_unknown" in final.url, final.url
    browser, way = go("/v1/agents/me/identities/rs256", session)
    final = finish(provider, Browser(), way, browser.sends["Cookie"], "ann@work.example")
    assert "/settings/account" in final.url and "problem" not in final.url, final.url
    assert rapport.request("GET", "/v1/agents/me/identities", key="", headers=session)[2]["items"][0]["subject"] == "ann@work.example"
    browser, way = go("/v1/sign-in/providers/rs256", unsafe)
    final = finish(provider, Browser(), way, browser.sends["Cookie"], "ann@work.example")
    assert "problem" not in final.url, final.url
    signed_in = {"Cookie": next(f"{c.name}={c.value}" for c in final.jar if c.name == "rapport_session")} | unsafe

    # The step-up rule: an API key and a session by link are not enough, this session is.
    assert submit(rapport, "zoe", expect=403)["code"] == "sender_assurance_too_low"
    assert submit(rapport, "zoe", expect=403, headers=session)["code"] == "sender_assurance_too_low"
    delivery = submit(rapport, "zoe", headers=signed_in)
    xml = evidence(rapport, delivery, "A1")
    assert SUBSTANTIAL in xml.split("SenderDetails")[1] and "#openid-connect" in xml, xml
    low = submit(rapport, "yan", "basic")
    assert "#account" in evidence(rapport, low, "A1"), "an API key claims more than it proves"


def finish(provider, browser, way, cookie, address):
    """Signs in at the provider; the cookie of the flow goes along on the way back."""
    name, value = cookie.split("=", 1)
    import http.cookiejar
    browser.jar.set_cookie(http.cookiejar.Cookie(0, name, value, None, False, "localhost.local", False, False, "/", True, False, None, True, None, None, {}))
    return provider.sign_in(browser, way, address)


def run(engine):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rapport-identity-"))
    authority, other = CertificateAuthority(folder / "ca"), CertificateAuthority(folder / "other", "Another authority")
    server_certificate, server_key = authority.issue("localhost", host="localhost", usage="serverAuth")
    port = free_port()
    rapport = Rapport(engine)
    rapport.certificate_port = port
    provider = IdentityProvider(rapport.url, folder)
    before = rapport.config.read_text()
    rapport.config.write_text("trust_proxy = true\n" + before + f"""
[tls]
certificate = "{server_certificate}"
key = "{server_key}"
certificate_listen = "127.0.0.1:{port}"
certificate_url = "https://localhost:{port}"
[[certificate_authority]]
id = "card"
name = "Test authority"
file = "{authority.root}"
revocation_file = "{authority.crl}"
level = "substantial"
{provider.config()}
""")
    try:
        with rapport:
            erased_with_the_content(rapport, every_algorithm(rapport, provider), lambda: kept_of(rapport))
            wrong_people(rapport, provider)
            mix_up(rapport, provider)
            crashes(rapport, provider)
            levels(rapport)
            delegates(rapport, provider)
            floods(rapport)
            certificates(rapport, authority, other)
            rapport.stop()
            checked = rapport.command("fsck")
            assert checked.returncode == 0, checked.stdout + checked.stderr
            rapport.config.write_text(rapport.config.read_text() + "[identification]\nsender_step_up = true\n")
            rapport.start()
            agents(rapport, provider)
    finally:
        provider.stop()
    print(f"{engine}: passed")


if __name__ == "__main__":
    for engine in sys.argv[1:] or ["sqlite", "postgresql"]:
        run(engine)
