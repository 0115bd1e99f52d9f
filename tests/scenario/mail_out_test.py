#!/usr/bin/env python3
"""How mail leaves: DKIM keys from the first record to rotation, DANE and MTA-STS, sign-in at a smart host, failover, rules, dead letters - against unbound
with a signed zone, Postfix, Dovecot, an https server and OpenDKIM, all started here."""
import pathlib
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.mail_parts import Authority, NameServer, PolicyServer, Postfix, opendkim_says  # noqa: E402
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

HOSTS = ["mx-good", "mx-bad", "mx-none", "mx-broken", "mx-ca"]


def policy(mode, mx, age=3600):
    return f"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: {age}\n"


def make_world(rapport):
    """Everything foreign: (authority, postfix, names, policies)."""
    authority = Authority(rapport.folder / "ca")
    key, chain = authority.issue("mx", [f"{h}.lab.example" for h in HOSTS] + ["mx.plain.example"])
    postfix = Postfix(rapport.folder / "postfix", rapport.sink.port, key, chain)
    sts_hosts = [f"mta-sts.{d}.plain.example" for d in ("enforced", "unlisted", "wrong", "tested")]
    https_key, https_chain = authority.issue("sts", sts_hosts)
    policies = PolicyServer(https_key, https_chain, {
        sts_hosts[0]: policy("enforce", "mx.plain.example"), sts_hosts[1]: policy("enforce", "other.plain.example"),
        sts_hosts[2]: policy("enforce", "*.plain.example"), sts_hosts[3]: policy("testing", "wrong-name.plain.example")})
    tlsa = f"_{postfix.port}._tcp"
    lab = "".join(f"{h} IN A 127.0.0.1\n{h.removeprefix('mx-')} IN MX 10 {h}\n" for h in HOSTS)
    lab += f"{tlsa}.mx-good IN TLSA 3 1 1 {authority.spki_sha256(chain)}\n{tlsa}.mx-bad IN TLSA 3 1 1 {'ab' * 32}\n"
    lab += f"{tlsa}.mx-broken IN TLSA 3 1 1 {authority.spki_sha256(chain)}\n{tlsa}.mx-ca IN TLSA 2 0 1 {authority.own_sha256()}\n"
    plain = "mx IN A 127.0.0.1\nwrong-name IN A 127.0.0.1\nnothing IN MX 10 mx\n"
    for domain, mx in (("enforced", "mx"), ("unlisted", "mx"), ("wrong", "wrong-name"), ("tested", "wrong-name")):
        plain += f'{domain} IN MX 10 {mx}\n_mta-sts.{domain} IN TXT "v=STSv1; id=1"\nmta-sts.{domain} IN A 127.0.0.1\n'
    names = NameServer(rapport.folder / "dns", {"lab.example": lab, "plain.example": plain, "sender.example": ""}, signed=["lab.example"],
                       spoil=[(f"{tlsa}.mx-broken.lab.example", "TLSA")])
    return authority, postfix, names, policies


def configure(rapport, lines):
    text = rapport.config.read_text()
    rapport.config.write_text(text[:text.index("[mail]")] + "[mail]\n" + lines)


def send(rapport, address):
    status, _, answer = rapport.request("POST", "/v1/settings/mail/test", {"to": address})
    assert status == 202, answer
    return answer["id"]


def letter(rapport, identifier):
    return next(item for item in rapport.get("/v1/outbox?owner=test")["items"] if item["id"] == identifier)


def tried(rapport, identifier, seconds=30):
    """The last attempt of a letter, as soon as there is an outcome."""
    attempts = []

    def look():
        attempts[:] = [a for a in rapport.get(f"/v1/outbox/{identifier}/attempts")["items"] if a.get("ended_at")]
        return bool(attempts)
    wait_for(look, seconds, f"an attempt of {identifier}")
    return attempts[-1]


def raw_mails(rapport):
    return [file.read_bytes() for file in sorted(rapport.sink.folder.iterdir())]


def mail_about(rapport, address):
    found = []

    def look():
        found[:] = [m for m in raw_mails(rapport) if f"To: <{address}>".encode() in m]
        return bool(found)
    wait_for(look, 20, f"the mail to {address}")
    raw = found[-1]
    # smtp-sink puts its own lines before the mail.
    return raw[raw.index(b"Received:"):] if b"Received:" in raw else raw


def keys_of(rapport, *states):
    return [k for k in rapport.get("/v1/settings/mail/dkim")["keys"] if not states or k["state"] in states]


def zone_of(keys):
    def record(key):
        text = key["record"]
        pieces = " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200))
        return f'{key["record_name"].removesuffix(".sender.example")} IN TXT {pieces}\n'
    return "".join(record(k) for k in keys)


def check_tls_policies(rapport):
    expected = {
        "a@good.lab.example": ("accepted", "dane verified"), "a@ca.lab.example": ("accepted", "dane verified"),
        "a@none.lab.example": ("accepted", "opportunistic"), "a@bad.lab.example": ("delayed", "dane failed"),
        "a@broken.lab.example": ("delayed", "TLSA look-up failed"), "a@nothing.plain.example": ("accepted", "opportunistic"),
        "a@enforced.plain.example": ("accepted", "mta-sts verified"), "a@unlisted.plain.example": ("delayed", "host not listed"),
        "a@wrong.plain.example": ("delayed", "mta-sts failed"), "a@tested.plain.example": ("accepted", "mta-sts-testing unverified"),
    }
    sent = {address: send(rapport, address) for address in expected}
    for address, (result, tls) in expected.items():
        attempt = tried(rapport, sent[address])
        assert attempt["result"] == result and tls in attempt.get("tls", ""), f"{address}: {attempt}"
        assert attempt["source"] == "mx", attempt
    return sent


def check_kept_policy(rapport, policies, names):
    """A policy that was promised holds although its record and its server are gone, also after a restart."""
    names.change("plain.example", names.zones["plain.example"].replace('_mta-sts.wrong IN TXT "v=STSv1; id=1"\n', ""))
    rapport.stop()
    rapport.start()
    asked = len(policies.asked)
    attempt = tried(rapport, send(rapport, "b@wrong.plain.example"))
    assert attempt["result"] == "delayed" and "mta-sts failed" in attempt["tls"], attempt
    assert len(policies.asked) == asked, "a policy that is kept is not fetched again"


def check_keys(rapport, names):
    """From nothing to two signatures, and through a rotation."""
    wait_for(lambda: len(keys_of(rapport, "made")) == 2, 20, "the first pair of keys")
    first = keys_of(rapport)
    send(rapport, "unsigned@nothing.plain.example")
    assert b"DKIM-Signature" not in mail_about(rapport, "unsigned@nothing.plain.example"), "signed before the record is there"
    lines = {line["name"]: line for line in rapport.get("/v1/settings/mail/domain")["lines"]}
    for key in first:
        assert lines[key["record_name"]]["should_be"] == key["record"], lines

    names.change("sender.example", zone_of(first))
    assert rapport.request("POST", "/v1/settings/mail/dkim/check")[0] == 200
    assert len(keys_of(rapport, "active")) == 2, keys_of(rapport)
    send(rapport, "signed@good.lab.example")
    mail = mail_about(rapport, "signed@good.lab.example")
    records = {k["record_name"]: k["record"] for k in first}
    for key in first:  # OpenDKIM speaks of the first signature it can use: one key at a time
        said = opendkim_says(rapport.folder / "opendkim", only_signature(mail, key["selector"]), records)
        assert f"(s={key['selector']}, d=sender.example" in said.stderr + said.stdout and "succeeded" in said.stderr + said.stdout, said

    # Rotation: a successor signs only when its record is there, the old one stays published.
    done = rapport.command("key", "dkim", "make", "rsa")
    assert done.returncode == 0, done.stderr
    assert rapport.request("POST", "/v1/settings/mail/dkim/check")[0] == 200
    assert len(keys_of(rapport, "made")) == 1 and len(keys_of(rapport, "active")) == 2, keys_of(rapport)
    names.change("sender.example", zone_of(keys_of(rapport)))
    assert rapport.command("key", "dkim", "check").returncode == 0
    assert rapport.request("POST", "/v1/settings/mail/dkim/check")[0] == 200
    states = sorted(k["state"] for k in keys_of(rapport))
    assert states == ["active", "active", "retiring"], states
    old = keys_of(rapport, "retiring")[0]
    assert old["keep_until"], old
    send(rapport, "rotated@good.lab.example")
    assert f"s={old['selector']};".encode() not in mail_about(rapport, "rotated@good.lab.example")
    status, _, _ = rapport.request("POST", f"/v1/settings/mail/dkim/{old['selector']}/retirement")
    assert status == 200 and not list((rapport.folder / "keys/dkim").glob(old["selector"] + ".*")), "its private key is erased"
    verbs = [line["verb"] for line in rapport.get("/v1/audit")["items"]]
    assert "settings.dkim_key_made" in verbs and "settings.dkim_key_retired" in verbs, verbs


def only_signature(mail, selector):
    """The mail without the other DKIM-Signature fields."""
    out, keep, head, body = [], True, *mail.replace(b"\r\n", b"\n").split(b"\n\n", 1)
    lines = head.split(b"\n")
    fields = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            fields[-1] += b"\n" + line
        else:
            fields.append(line)
    for field in fields:
        keep = not field.startswith(b"DKIM-Signature:") or f"s={selector};".encode() in field
        if keep:
            out.append(field)
    return b"\n".join(out) + b"\n\n" + body


def check_dead_letters(rapport):
    status, _, answer = rapport.request("POST", "/v1/settings/mail/test", {"to": "x@no-such-domain.example"})
    assert status == 202
    wait_for(lambda: letter(rapport, answer["id"])["state"] == "failed", 20, "the letter to fail")
    dead = rapport.get("/v1/dead-letters?reason=no_such_domain")["items"]
    assert [d["id"] for d in dead] == [answer["id"]] and dead[0]["can_be_sent"] and dead[0]["enhanced_status"] == "5.1.2", dead
    assert rapport.get("/v1/dead-letters?reason=expired")["items"] == []
    status, _, done = rapport.request("POST", "/v1/dead-letters/replay", {"filter": {"domain": "no-such-domain.example"}})
    assert status == 200 and done["queued"] == 1, done
    wait_for(lambda: letter(rapport, answer["id"])["attempts"] == 2 and letter(rapport, answer["id"])["state"] == "failed", 20, "the second attempt")
    status, _, refused = rapport.request("POST", "/v1/dead-letters/replay", {})
    assert status == 422, refused
    reader = rapport.new_key("reads only", ["outbox.read"])
    assert rapport.request("POST", "/v1/dead-letters/replay", {"filter": {}}, key=reader)[0] == 403
    assert "outbox.replayed" in [line["verb"] for line in rapport.get("/v1/audit")["items"]]


def check_rules(rapport):
    rule = {"match": "mx.plain.example", "connections": 1, "mails_per_connection": 5, "rate_per_minute": 120, "one_site": False}
    assert rapport.request("PUT", "/v1/settings/mail/sites/rules", rule)[0] == 200
    assert rapport.request("PUT", "/v1/settings/mail/sites/rules", rule | {"connections": -1})[0] == 422

    def in_force():
        tried(rapport, send(rapport, "probe@nothing.plain.example"))
        return any(s["rate_per_minute"] == 120 for s in rapport.get("/v1/settings/mail/sites")["sites"])
    wait_for(in_force, 20, "the rule to be in force")
    start = time.monotonic()
    ids = [send(rapport, f"r{i}@nothing.plain.example") for i in range(10)]
    for identifier in ids:
        assert tried(rapport, identifier)["result"] == "accepted"
    taken = time.monotonic() - start
    assert taken > 2, f"10 letters at 120 a minute, 4 of them at once, took {taken:.1f} s"
    site = next(s for s in rapport.get("/v1/settings/mail/sites")["sites"] if s["site"] == "mx.plain.example")
    assert site["rate_per_minute"] == 120 and site["most_connections"] == 1, site
    assert rapport.request("DELETE", "/v1/settings/mail/sites/rules/mx.plain.example")[0] == 204
    cap = {"source": "mx", "caps": [1]}
    assert rapport.request("PUT", "/v1/settings/mail/warm-ups", cap)[0] == 200
    sources = rapport.get("/v1/settings/mail/sources")
    assert sources["warm_ups"][0]["caps"] == [1] and sources["sources"][0]["sent_today"] > 1, sources
    assert rapport.request("DELETE", "/v1/settings/mail/warm-ups/mx")[0] == 204


def by_mx(rapport):
    authority, postfix, names, policies = make_world(rapport)
    configure(rapport, f"""from = "post@sender.example"
hello = "rapport.sender.example"
dns = "127.0.0.1@{names.port}"
dns_trust_anchor = "{names.anchor}"
mx_port = {postfix.port}
mta_sts_port = {policies.port}
mta_sts_ca_file = "{authority.certificate}"
mta_sts_private = ["mta-sts.enforced.plain.example", "mta-sts.unlisted.plain.example", "mta-sts.wrong.plain.example", "mta-sts.tested.plain.example"]
ca_file = "{authority.certificate}"
addresses = ["127.0.0.1"]
""")
    try:
        rapport.start()
        check_keys(rapport, names)
        check_tls_policies(rapport)
        check_kept_policy(rapport, policies, names)
        check_dead_letters(rapport)
        check_rules(rapport)
    finally:
        rapport.stop()
        postfix.stop()
        names.stop()
        policies.stop()


class Throttler(threading.Thread):
    """A server that says 421 4.7.0 to everybody; and one that takes connections and says nothing."""

    def __init__(self, greeting):
        super().__init__(daemon=True)
        self.socket, self.greeting, self.seen, self.open = socket.create_server(("127.0.0.1", 0)), greeting, 0, []
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.seen += 1
            if self.greeting:
                peer.sendall(self.greeting)
                peer.close()
            else:
                self.open.append(peer)


def by_smart_host(rapport):
    """Signs in at Postfix (Dovecot decides), over verified TLS; a wrong password waits; the next host takes over."""
    authority = Authority(rapport.folder / "ca2")
    key, chain = authority.issue("smart", ["localhost"])
    postfix = Postfix(rapport.folder / "smart", rapport.sink.port, key, chain, sasl={"rapport": "correct horse"})
    (rapport.folder / "good").write_text("correct horse\n")
    (rapport.folder / "wrong").write_text("battery staple\n")
    limited = Throttler(b"421 4.7.0 Too many connections, try again later\r\n")
    basic = f"""from = "post@example.org"
tls = "required"
dkim = false
ca_file = "{authority.certificate}"
"""
    account = 'user = "rapport"\npassword_file = "{}/{}"\nsmart_host = "localhost:{}"\n'
    try:
        configure(rapport, basic + account.format(rapport.folder, "good", postfix.port))
        rapport.start()
        attempt = tried(rapport, send(rapport, "a@example.com"))
        assert attempt["result"] == "accepted" and "required verified" in attempt["tls"], attempt
        assert "sasl_username=rapport" in (rapport.folder / "smart/log").read_text(), "Postfix knows who signed in"
        rapport.stop()

        configure(rapport, basic + account.format(rapport.folder, "wrong", postfix.port))
        rapport.start()
        attempt = tried(rapport, send(rapport, "b@example.com"))
        assert attempt["result"] == "delayed" and attempt["reply"].startswith("535"), attempt
        rapport.stop()

        for first in (free_port(), limited.port):  # nobody there; somebody who turns us away
            configure(rapport, basic + f'smart_host = "localhost:{first}"\nfallback_hosts = ["localhost:{postfix.port}"]\nfallback_users = ["rapport"]\n'
                      f'fallback_password_files = ["{rapport.folder}/good"]\n')
            rapport.start()
            attempt = tried(rapport, send(rapport, f"c{first}@example.com"))
            assert attempt["result"] == "accepted" and attempt["source"] == f"localhost:{postfix.port}", attempt
            sources = []

            def look():
                sources[:] = rapport.get("/v1/settings/mail/sources")["sources"]
                return bool(sources) and sources[0].get("away_until")
            wait_for(look, 10, "the first host to be known as away")
            rapport.stop()
    finally:
        rapport.stop()
        postfix.stop()


def main():
    for part in (by_mx, by_smart_host):
        rapport = Rapport()
        try:
            part(rapport)
        except BaseException:
            rapport.__exit__(AssertionError)
            raise
        rapport.__exit__(None)
        print(f"{part.__name__}: good")


if __name__ == "__main__":
    sys.exit(main())
