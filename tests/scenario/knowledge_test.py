#!/usr/bin/env python3
"""The knowledge base over HTTP, with curl (which we did not write) as the reader: written, conflicting, reviewed, published at its time, moved, rated without script, found, retired; what is for agents is nobody
else's; pages are kept and follow what is published, also after kill -9; fsck finds nothing. On both engines."""
import base64
import json
import pathlib
import re
import signal
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as xml
from datetime import datetime, timedelta, timezone

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def soon_true(condition, what, seconds=10):
    wait_for(condition, seconds, what)


def curl(rapport, path, *words):
    """(status, headers, body), redirects not followed."""
    url = rapport.url + urllib.parse.quote(path, safe="/?=&%+:")
    done = subprocess.run(["curl", "-s", "-i", "--max-time", "30", *words, url], capture_output=True, timeout=60)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:] if ":" in line}
    return int(lines[0].split()[1]), headers, body.decode("utf-8", "replace")


def author(rapport, method, path, body=None, status=200, key=None):
    got, _, answer = rapport.request(method, "/v1/knowledge" + path, body, key=key or rapport.author)
    assert got == status, (method, path, got, answer)
    return answer


def text_path(article, locale="en"):
    return f"/articles/{article}/translations/{locale}"


def publish(rapport, article, locale="en", **more):
    text = author(rapport, "GET", text_path(article, locale))
    return author(rapport, "POST", text_path(article, locale) + "/publication", {"version": text["version"], **more})


def written(rapport, title, body, locale="en", **more):
    return author(rapport, "POST", "/articles", {"locale": locale, "title": title, "body": body, **more}, 201)["id"]


def authors(rapport):
    """Two of them at once: nothing is lost; and who may only write publishes nothing."""
    article = written(rapport, "Read the meter", "First.")
    seen = author(rapport, "GET", text_path(article))
    author(rapport, "PUT", text_path(article), {"version": seen["version"], "title": "Read the meter", "body": "Ann's words."})
    late = author(rapport, "PUT", text_path(article), {"version": seen["version"], "title": "Read the meter", "body": "Ben's words."}, 409)
    assert late["code"] == "changed_meanwhile" and late["current"]["body"] == "Ann's words." and late["yours"]["body"] == "Ben's words.", late
    compared = author(rapport, "POST", "/comparison", {"before": late["current"]["body"], "after": late["yours"]["body"]})
    assert [line["kind"] for line in compared["lines"]] == ["changed"], compared
    author(rapport, "PUT", text_path(article), {"version": late["current"]["version"], "title": "Read the meter", "body": "Ann's and Ben's words."})
    text = author(rapport, "GET", text_path(article))
    author(rapport, "POST", text_path(article) + "/publication", {"version": text["version"]}, 403, key=rapport.writer)
    author(rapport, "POST", text_path(article) + "/review", {"version": text["version"], "comment": "Right?"}, key=rapport.writer)
    approved = author(rapport, "POST", text_path(article) + "/approval", {"version": text["version"]})
    assert approved["state"] == "approved" and approved["review"]["verdict"] == "approved", approved
    assert curl(rapport, "/help/en/articles/read-the-meter")[0] == 404
    assert publish(rapport, article)["url"].endswith("/help/en/articles/read-the-meter")
    assert author(rapport, "GET", text_path(article) + "/versions")["items"][0]["approved_by"] == approved["review"]["verdict_by"]
    return article


def readers(rapport, article):
    """What curl is given: whole, small, kept, and told when it has changed."""
    path = "/help/en/articles/read-the-meter"
    status, headers, page = curl(rapport, path)
    assert status == 200 and "Ann's and Ben's words." in page.replace("&#39;", "'").replace("&apos;", "'"), page
    assert "script-src" not in headers["content-security-policy"] and "set-cookie" not in headers
    assert json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])["headline"] == "Read the meter"
    packed = subprocess.run(["curl", "-s", "-H", "Accept-Encoding: br, gzip", "-o", "/dev/null", "-w", "%{size_download} %{size_header}", rapport.url + path], capture_output=True, text=True, timeout=60).stdout
    assert sum(map(int, packed.split())) < 60_000, packed
    assert curl(rapport, path, "-H", f"If-None-Match: {headers['etag']}")[0] == 304
    long_text = "# One\n\n" + "A paragraph with [a link](https://example.org) and words. " * 400
    author(rapport, "PUT", text_path(article), {"version": author(rapport, "GET", text_path(article))["version"], "title": "Read your meter", "body": long_text})
    publish(rapport, article)
    soon_true(lambda: curl(rapport, path)[0] == 301, "the old address leads to the new one")
    assert curl(rapport, path)[1]["location"] == "/help/en/articles/read-your-meter"
    assert curl(rapport, "/help/en/articles/read-your-meter", "-H", f"If-None-Match: {headers['etag']}")[0] == 200
    assert curl(rapport, "/help", "-H", "Accept-Language: fa")[1]["location"] == "/help/fa"


def audiences(rapport):
    article = written(rapport, "Inside <only>", "For agents.", audience={"kind": "agents"})
    publish(rapport, article)
    image = rapport.request("POST", "/v1/knowledge/files?name=plan.png", PNG, key=rapport.author, headers={"Content-Type": "image/png"})[2]
    assert image["image"] and image["media_type"] == "image/png", image
    open_one = written(rapport, "With a picture", f"![plan](file:{image['id']})")
    file_path = f"/help/files/{image['id']}/plan.png"
    assert curl(rapport, file_path)[0] == 404, "a draft's image"
    publish(rapport, open_one)
    soon_true(lambda: curl(rapport, file_path)[0] == 200, "the image of what was published")
    assert curl(rapport, "/help/en/articles/inside-only")[0] == 404
    assert "Inside" not in curl(rapport, "/help/en")[2]
    assert curl(rapport, "/help/en/articles/inside-only", "-H", f"Authorization: Bearer {rapport.author}")[0] == 200
    places = [one.text for one in xml.fromstring(curl(rapport, "/help/sitemap.xml")[2].encode()).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert any("with-a-picture" in one for one in places) and not any("inside" in one for one in places), places


def dates(rapport):
    article = written(rapport, "Prices of next year", "Higher.")
    soon = (datetime.now(timezone.utc) + timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert publish(rapport, article, publish_at=soon)["state"] == "scheduled"
    assert curl(rapport, "/help/en/articles/prices-of-next-year")[0] == 404
    soon_true(lambda: curl(rapport, "/help/en/articles/prices-of-next-year")[0] == 200, "what was scheduled is published", seconds=30)
    rapport.process.send_signal(signal.SIGKILL)
    rapport.process.wait()
    rapport.start()
    assert curl(rapport, "/help/en/articles/prices-of-next-year")[0] == 200
    author(rapport, "POST", f"/articles/{article}/retirement")
    soon_true(lambda: curl(rapport, "/help/en/articles/prices-of-next-year")[0] == 410, "retired")


def answers(rapport):
    article = written(rapport, "Pay my bill", "By card.")
    publish(rapport, article)
    path = "/help/en/articles/pay-my-bill/feedback"
    status, headers, _ = curl(rapport, path, "--data", "helped=no")
    assert status == 303 and headers["location"].endswith("step=why"), headers
    status, headers, _ = curl(rapport, path, "--data-urlencode", "helped=no", "--data-urlencode", "reason=wrong", "--data-urlencode", "comment=<b>Which card?</b>")
    assert status == 303 and headers["location"].endswith("step=thanks"), headers
    said = author(rapport, "GET", f"/feedback?article={article}")["items"]
    assert len(said) == 1 and said[0]["comment"] == "<b>Which card?</b>" and said[0]["reason"] == "wrong", said
    assert author(rapport, "GET", "/report")["articles"][0]["not_helped"] == 1
    author(rapport, "DELETE", f"/feedback/{said[0]['id']}", status=204)
    assert curl(rapport, path, "-H", "Origin: https://elsewhere.test", "--data", "helped=yes")[0] == 403


def search(rapport):
    for locale, title, query in (("en", "Replace a lost card", "lost card"), ("th", "วิธีชำระค่าไฟฟ้า", "ค่าไฟฟ้า"), ("ja", "請求書を再発行する", "請求書"), ("ko", "요금을 납부하는 방법", "요금"), ("fa", "چگونه قبض را بپردازم", "قبض"), ("it", "Pagare la bolletta", "bolletta")):
        article = written(rapport, title, "x", locale)
        publish(rapport, article, locale)
        soon_true(lambda: title in curl(rapport, f"/help/{locale}/search?q={urllib.parse.quote(query)}")[2], f"{query} is found", seconds=20)
    assert "<script" not in curl(rapport, "/help/en/search?q=%3Cscript%3Ealert(1)%3C/script%3E")[2]


def main():
    for engine in sys.argv[1:] or ["sqlite", "postgresql"]:
        with Rapport(engine) as rapport:
            rapport.author = rapport.new_key("author", ["knowledge.read", "knowledge.write", "knowledge.publish"])
            rapport.writer = rapport.new_key("writer", ["knowledge.read", "knowledge.write"])
            article = authors(rapport)
            readers(rapport, article)
            audiences(rapport)
            dates(rapport)
            answers(rapport)
            search(rapport)
            found = rapport.command("fsck", "--json")
            assert json.loads(found.stdout)["clean"], found.stdout
        print(f"knowledge base: {engine} good")


if __name__ == "__main__":
    main()
