#!/usr/bin/env python3
"""Bulk from the upload to the mail, counted at the sink: mapping, dry run, pause, kill -9 and resume, replay, report, throttle, pace; schedules; digests. On both engines."""
import collections
import csv
import io
import pathlib
import re
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import wait_for  # noqa: E402
from support.server import ALL_SCOPES, Rapport  # noqa: E402

HEADER = "E-mail;Name;Language;Ref;Subject;Text\r\n"
MAPPING = {"columns": [{"column": "E-mail", "to": "email"}, {"column": "Name", "to": "name"}, {"column": "Language", "to": "locale"},
                       {"column": "Ref", "to": "reference"}, {"column": "Ref", "to": "key"}, {"column": "Subject", "to": "data.subject"},
                       {"column": "Text", "to": "data.text"}]}


def rows(prefix, count):
    return "".join(f'{prefix}{i}@example.com;"Ada; Conti";{"it" if i % 2 else "fa"};{prefix}-{i};Subject {i};"Two\nlines"\r\n' for i in range(count))


def upload(rapport, text, kind="announcement", key=None, expected=201, content_type="text/csv", **query):
    parameters = "&".join(f"{k}={v}" for k, v in {"kind": kind, **query}.items())
    headers = {"Content-Type": content_type} | ({"Idempotency-Key": key} if key else {})
    body = text if isinstance(text, bytes) else text.encode()
    status, _, answer = rapport.request("POST", f"/v1/bulk?{parameters}", body, headers=headers)
    assert status == expected, (status, answer)
    return answer


def verb(rapport, job, what, body=None, expected=200, method="POST"):
    status, _, answer = rapport.request(method, f"/v1/bulk/{job}/{what}", body)
    assert status == expected, (what, status, answer)
    return answer


def until(rapport, job, state, seconds=60):
    wait_for(lambda: rapport.get(f"/v1/bulk/{job}")["state"] == state, seconds, f"the job to be {state}")
    return rapport.get(f"/v1/bulk/{job}")


def addresses_at_sink(rapport, prefix):
    """How many mails each address of the prefix has got."""
    found = collections.Counter()
    for file in rapport.sink.folder.iterdir():
        if match := re.search(rb"^To:[^\n]*?(" + prefix.encode() + rb"\d+@example\.com)", file.read_bytes(), re.M):
            found[match.group(1)] += 1
    return found


def all_arrive_once(rapport, prefix, count, seconds=60):
    try:
        wait_for(lambda: len(addresses_at_sink(rapport, prefix)) == count, seconds, f"{count} mails to {prefix}…")
    finally:
        print(f"    {prefix}: {len(addresses_at_sink(rapport, prefix))} of {count} addresses")
    time.sleep(0.5)  # what must not come has had its time
    found = addresses_at_sink(rapport, prefix)
    assert len(found) == count and set(found.values()) == {1}, [a for a, n in found.items() if n != 1]


def a_file_becomes_notices(rapport):
    text = "\ufeff" + HEADER + rows("first", 700)
    job = upload(rapport, text, key="file-1", name="First")
    assert (job["state"], job["rows"], job["separator"]) == ("uploaded", 700, ";"), job
    assert job["columns"] == ["E-mail", "Name", "Language", "Ref", "Subject", "Text"] and len(job["sample"]) == 20
    assert job["sample"][1][1] == "Ada; Conti" and "start" not in job["may"]
    suggested = {c["column"]: c["to"] for c in job["suggested"]["columns"]}
    assert suggested["E-mail"] == "email" and suggested["Subject"] == "data.subject", suggested
    assert upload(rapport, text, key="file-1")["id"] == job["id"]  # the same upload is one job
    assert upload(rapport, text + rows("x", 1), key="file-1", expected=409)["code"] == "idempotency_key_reused"
    verb(rapport, job["id"], "start", expected=409)
    fault = verb(rapport, job["id"], "mapping", {"columns": [{"column": "E-Mail", "to": "email"}]}, 422, "PUT")
    assert [f["pointer"] for f in fault["fields"]] == ["/columns/0/column", "/columns", "/columns"], fault
    mapped = verb(rapport, job["id"], "mapping", MAPPING, method="PUT")
    assert "start" in mapped["may"], mapped
    letter = rapport.get(f"/v1/bulk/{job['id']}/preview?row=2")
    assert letter["subject"] == "Subject 1" and letter["locale"] == "it", letter
    verb(rapport, job["id"], "dry-run")
    checked = until(rapport, job["id"], "checked")
    assert checked["check"]["counts"] == {"submitted": 700, "collected": 0, "suppressed": 0, "throttled": 0, "duplicate": 0, "failed": 0}, checked
    assert not addresses_at_sink(rapport, "first") and not rapport.get(f"/v1/notices?origin={job['id']}")["items"]
    verb(rapport, job["id"], "start")
    done = until(rapport, job["id"], "done")
    assert done["counts"]["submitted"] == 700 and done["progress"]["processed"] == 700, done
    all_arrive_once(rapport, "first", 700)
    row = rapport.get(f"/v1/bulk/{job['id']}/rows?limit=2")["items"][1]
    assert (row["row"], row["line"], row["reference"]) == (2, 4, "first-1") and row["notice"].startswith("ntc_"), row
    events = {e["verb"] for e in rapport.get("/v1/audit?subject=" + job["id"])["items"]}
    assert {"bulk.uploaded", "bulk.mapped", "bulk.check_started", "bulk.started"} <= events, events


def wrong_rows_do_not_stop_it(rapport):
    bad = ("nobody;N;en;w-1;S;T\r\n" "wrong2@example.com;N;xx;w-2;S;T\r\n" 'wrong3@example.com;N;en;w-3;"=HYPERLINK(""x"")";T\r\n'
           "wrong4@example.com;N;en;w-4;S\r\n" "wrong5@example.com;N;en;w-5;;T\r\n" "wrong6@example.com;N;en;right-1;S;T\r\n")
    job = upload(rapport, HEADER + rows("right", 30) + bad + rows("rest", 30))["id"]
    verb(rapport, job, "mapping", MAPPING, method="PUT")
    verb(rapport, job, "dry-run")
    check = until(rapport, job, "checked")["check"]["counts"]
    assert (check["submitted"], check["failed"], check["duplicate"]) == (60, 5, 1), check
    verb(rapport, job, "start")
    done = until(rapport, job, "done")
    assert (done["counts"]["submitted"], done["counts"]["failed"], done["counts"]["duplicate"]) == (60, 5, 1), done["counts"]
    failed = rapport.get(f"/v1/bulk/{job}/rows?state=failed")["items"]
    fields = [(r["row"], r["faults"][0]["field"]) for r in failed]
    assert fields == [(31, "E-mail"), (32, "Language"), (33, "Subject"), (34, ""), (35, "Subject")], fields
    assert all(f["rule"] and f["fix"] for r in failed for f in r["faults"])
    assert "row 2" in rapport.get(f"/v1/bulk/{job}/rows?state=duplicate")["items"][0]["reason"]
    status, headers, report = rapport.request("GET", f"/v1/bulk/{job}/report?columns=true")
    assert status == 200 and "attachment" in headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(report.decode("utf-8-sig"))))
    assert len(lines) == 66 and lines[0]["state"] == "submitted" and lines[0]["delivery"].startswith("dlv_"), lines[0]
    assert lines[32]["Subject"].startswith("'=HYPERLINK"), lines[32]  # no spreadsheet executes it
    status, _, report = rapport.request("GET", f"/v1/bulk/{job}/report?state=failed")
    assert len(report.decode().splitlines()) == 6, report
    all_arrive_once(rapport, "right", 30)
    assert not addresses_at_sink(rapport, "wrong")


def files_that_are_none_are_refused(rapport):
    def refusal(text, **more):
        answer = upload(rapport, text, expected=422, **more)
        return answer["code"], answer["detail"]
    code, detail = refusal(HEADER.encode() + "a@example.com;Zo\xeb;en;1;S;T\r\n".encode("latin-1"))
    assert code == "file_encoding" and detail.startswith("Line 2, octet 57"), detail
    assert refusal((HEADER + rows("u", 3)).encode("utf-16"))[0] == "file_encoding"
    code, detail = refusal(HEADER + 'a@example.com;"N;en;1;S;T\r\n' + "b@example.com;N;en;2;S;T\r\n" * 2000)
    assert code == "file_quoting" and "line 2" in detail, detail
    assert refusal(",".join(f"c{i}" for i in range(10_000)) + "\n")[0] == "file_columns"
    assert refusal("a,a\n1,2\n")[0] == "file_columns"
    assert refusal("email\n")[0] == "file_empty"
    assert refusal("email\n" + "x" * 300_000)[0] == "file_row_too_long"
    assert upload(rapport, "email\n", kind="nothing", expected=422)["fields"][0]["pointer"] == "/kind"
    upload(rapport, "email\n", content_type="text/plain", expected=415)
    before = len(rapport.get("/v1/bulk?limit=200")["items"])
    reader = rapport.new_key("reader", ["deliveries.read"])
    assert rapport.request("POST", "/v1/bulk?kind=announcement", b"email\nx\n", key=reader, headers={"Content-Type": "text/csv"})[0] == 403
    assert rapport.request("GET", "/v1/bulk", key=reader)[0] == 200
    assert len(rapport.get("/v1/bulk?limit=200")["items"]) == before


def json_lines_are_taken(rapport):
    lines = "".join(f'{{"to": "lines{i}@example.com", "about": {{"subject": "S {i}", "text": "T"}}}}\n' for i in range(50)) + "[]\n\n{\"to\": 5}\n"
    job = upload(rapport, lines, content_type="application/x-ndjson")
    assert job["columns"] == ["to", "about"] and job["rows"] == 52, job
    verb(rapport, job["id"], "mapping", {"columns": [{"column": "to", "to": "email"}, {"column": "about", "to": "data"}]}, method="PUT")
    verb(rapport, job["id"], "start")
    done = until(rapport, job["id"], "done")
    assert (done["counts"]["submitted"], done["counts"]["failed"]) == (50, 2), done["counts"]
    all_arrive_once(rapport, "lines", 50)


def paused_killed_and_resumed_nothing_is_lost_or_doubled(rapport):
    count = 4000
    job = upload(rapport, HEADER + rows("many", count))["id"]
    verb(rapport, job, "mapping", MAPPING, method="PUT")
    verb(rapport, job, "pace", {"rows_per_second": 1500}, method="PUT")
    verb(rapport, job, "start")
    for at in (600, 1500):  # pause and resume
        wait_for(lambda: rapport.get(f"/v1/bulk/{job}")["progress"]["processed"] >= at, 30, f"{at} rows")
        paused = verb(rapport, job, "pause")
        time.sleep(0.3)
        assert rapport.get(f"/v1/bulk/{job}")["progress"]["processed"] == paused["progress"]["processed"] < count
        assert "resume" in paused["may"]
        verb(rapport, job, "resume")
    for at in (2200, 3000):  # kill -9
        wait_for(lambda: rapport.get(f"/v1/bulk/{job}")["progress"]["processed"] >= at, 30, f"{at} rows")
        rapport.process.send_signal(signal.SIGKILL)
        rapport.process.wait()
        rapport.start()
    done = until(rapport, job, "done", 90)
    assert done["counts"]["submitted"] == count, done["counts"]
    # A letter that was under way when the program died waits for a person: its server may have it.
    unknown = lambda: [x for x in rapport.get("/v1/outbox?state=unknown&limit=200")["items"]]  # noqa: E731
    wait_for(lambda: len(addresses_at_sink(rapport, "many") | collections.Counter({x["to"].encode(): 1 for x in unknown()})) == count,
             90, "every row at the sink, or unknown")
    time.sleep(0.5)
    found = addresses_at_sink(rapport, "many")
    assert set(found.values()) == {1}, [a for a, n in found.items() if n != 1]
    for letter in unknown():
        if letter["to"].encode() not in found:
            assert rapport.request("POST", f"/v1/outbox/{letter['id']}/retry")[0] in (200, 202, 204)
    all_arrive_once(rapport, "many", count)


def what_failed_is_replayed_alone(rapport):
    text = "E-mail,External,Subject,Text\n" + "".join(f"replay{i}@example.com,{'crm-9' if i % 10 == 0 else ''},S,T\n" for i in range(40))
    job = upload(rapport, text)["id"]
    columns = [c for c in MAPPING["columns"] if c["column"] in ("E-mail", "Subject", "Text")]
    verb(rapport, job, "mapping", {"columns": columns[:-2] + [{"column": "External", "to": "external_id"}] + columns[-2:]}, method="PUT")
    verb(rapport, job, "start")
    assert until(rapport, job, "done")["counts"]["failed"] == 4
    all_arrive_once(rapport, "replay", 36)
    status, _, customer = rapport.request("POST", "/v1/customers", {"name": "Nine", "locale": "en", "external_id": "crm-9",
                                                                   "addresses": [{"kind": "email", "value": "nine@example.com", "verified": True}]})
    assert status == 201, customer
    verb(rapport, job, "replay", {"rows": ["throttled"]}, 409)
    verb(rapport, job, "replay", {"rows": ["failed"]})
    done = until(rapport, job, "done")
    assert (done["counts"]["failed"], done["counts"]["submitted"]) in ((0, 40), (4, 36)), done["counts"]
    if done["counts"]["failed"]:
        raise AssertionError(rapport.get(f"/v1/bulk/{job}/rows?state=failed")["items"])
    verb(rapport, job, "replay", {"rows": ["failed"]}, 409)


def cancelled_and_erased(rapport):
    job = upload(rapport, HEADER + rows("cancel", 2000))["id"]
    verb(rapport, job, "mapping", MAPPING, method="PUT")
    verb(rapport, job, "pace", {"rows_per_second": 200}, method="PUT")
    verb(rapport, job, "start")
    wait_for(lambda: rapport.get(f"/v1/bulk/{job}")["progress"]["processed"] > 0, 20, "the first rows")
    stopped = verb(rapport, job, "cancel")
    time.sleep(0.5)
    assert rapport.get(f"/v1/bulk/{job}")["counts"] == stopped["counts"]
    verb(rapport, job, "resume", expected=409)
    gone = verb(rapport, job, "erasure")
    assert gone["erased"] and not gone["sample"], gone
    assert rapport.request("GET", f"/v1/bulk/{job}/preview?row=1")[0] == 410
    all_arrive_once(rapport, "cancel", stopped["counts"]["submitted"])


def schedules_run_when_they_are_due(rapport):
    def create(expected=201, **body):
        status, _, answer = rapport.request("POST", "/v1/schedules", body)
        assert status == expected, (status, answer)
        return answer
    notice = {"kind": "announcement", "recipients": [{"email": "sched0@example.com"}], "data": {"subject": "On time", "text": "T"}}
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    once = create(name="Once", notice=notice, at=soon)
    assert once["state"] == "active" and once["next_at"] == soon, once
    yearly = {"rule": "FREQ=DAILY", "begins": "2027-03-27T02:30", "zone": "Europe/Rome"}
    daily = create(name="Daily", notice=notice, recurrence=yearly)
    runs = rapport.get(f"/v1/schedules/{daily['id']}/next-runs?limit=3")["items"]
    assert [r["local"] for r in runs] == ["2027-03-27T02:30:00+01:00", "2027-03-28T03:30:00+02:00", "2027-03-29T02:30:00+02:00"], runs
    assert "does not exist" in runs[1]["note"] and (runs[1]["clocks"], runs[1]["wanted"]) == ("forward", "2027-03-28T02:30:00"), runs[1]  # Europe/Rome puts its clocks forward at 02:00
    back = rapport.request("POST", "/v1/recurrence-previews", yearly | {"begins": "2027-10-30T02:30"})[2]["items"]
    assert [r.get("clocks") for r in back[:3]] == [None, "back", None] and "exists twice" in back[1]["note"], back
    status, _, skipping = rapport.request("POST", "/v1/recurrence-previews", yearly | {"gap": "skip"})
    assert [r["local"][:10] for r in skipping["items"][:2]] == ["2027-03-27", "2027-03-29"], skipping
    assert {f["pointer"] for f in create(422, name="X", notice=notice, recurrence={"rule": "FREQ=SECONDLY", "begins": "2027-02-30T10:00", "zone": "Mars/Base"})["fields"]} == {
        "/recurrence/rule", "/recurrence/begins", "/recurrence/zone"}
    assert create(422, name="X", notice={**notice, "data": {}}, at="2099-01-01T00:00:00Z")["fields"][0]["pointer"] == "/at"
    assert rapport.request("POST", f"/v1/schedules/{daily['id']}/pause")[2]["state"] == "paused"
    assert "next_at" not in rapport.get(f"/v1/schedules/{daily['id']}")
    assert rapport.request("POST", f"/v1/schedules/{daily['id']}/resume")[2]["next_at"] == "2027-03-27T01:30:00Z"
    assert rapport.request("DELETE", f"/v1/schedules/{daily['id']}")[0] == 204
    assert rapport.request("GET", f"/v1/schedules/{daily['id']}")[0] == 404
    job = upload(rapport, HEADER + rows("later", 20))["id"]
    verb(rapport, job, "mapping", MAPPING, method="PUT")
    start = create(name="Start the job", bulk=job, at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2)))
    all_arrive_once(rapport, "sched", 1)
    all_arrive_once(rapport, "later", 20)
    for schedule in (once, start):
        wait_for(lambda: rapport.get(f"/v1/schedules/{schedule['id']}")["state"] == "ended", 10, "the schedule to end")
        run = rapport.get(f"/v1/schedules/{schedule['id']}/runs")["items"][0]
        assert run["result"] == "done", run
    assert rapport.get(f"/v1/notices?origin={once['id']}")["items"][0]["origin"] == once["id"]


def promotional_notices_are_throttled(rapport):
    kind = {"name": "offer", "names": {"en": "Offer"}, "class": "promotional", "category": "offers", "delivery": "plain",
            "schema": {"type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]}}
    assert rapport.request("POST", "/v1/kinds", kind)[0] == 201
    _, _, draft = rapport.request("POST", "/v1/templates", {"kind": "offer", "locale": "en", "subject": "{{what}}", "text": "{{what}} for you"})
    assert rapport.request("POST", f"/v1/templates/{draft['version']['id']}/publication")[0] == 201
    for address in ("offer1@example.com", "offer2@example.com"):  # promotional notices go to who agreed alone
        _, _, customer = rapport.request("POST", "/v1/customers", {"name": "Ada", "locale": "en", "addresses": [{"kind": "email", "value": address, "verified": True}]})
        consent = {"category": "offers", "method": "form", "wording": {"text": "Yes, offers.", "version": "1", "locale": "en"}, "source": "https://shop.example.org/"}
        status, _, answer = rapport.request("POST", f"/v1/customers/{customer['id']}/consents", consent)
        assert status == 201, answer
    status, _, limit = rapport.request("PUT", "/v1/throttle", {"promotional": {"most": 2, "days": 7}})
    assert status == 200 and rapport.get("/v1/throttle") == limit
    text = "email,what\n" + "offer1@example.com,A\n" * 3 + "offer2@example.com,A\n"
    for expected in ((3, 1), (1, 3)):
        job = upload(rapport, text, kind="offer")
        verb(rapport, job["id"], "mapping", job["suggested"], method="PUT")
        verb(rapport, job["id"], "start")
        counts = until(rapport, job["id"], "done")["counts"]
        assert (counts["submitted"], counts["throttled"]) == expected, counts
    report = rapport.request("GET", f"/v1/bulk/{job['id']}/report?state=throttled")[2].decode()
    assert "2 promotional notices in the last 7 days" in report, report
    assert rapport.request("PUT", "/v1/throttle", {})[0] == 200
    verb(rapport, job["id"], "replay", {"rows": ["throttled"]})
    assert until(rapport, job["id"], "done")["counts"]["submitted"] == 4


def notices_are_collected_into_a_digest(rapport):
    status, _, digest = rapport.request("POST", "/v1/digests", {"name": "Orders", "category": "orders", "every": "day", "at": "08:00"})
    assert status == 201, digest
    assert rapport.request("POST", "/v1/digests", {"name": "Again", "category": "orders", "every": "hour"})[0] == 409
    sample = next(k for k in rapport.get("/v1/kinds")["items"] if k["name"] == "order_confirmation")["sample"]
    for i in range(3):
        body = {"kind": "order_confirmation", "recipients": [{"email": "digest0@example.com", "name": "Ada"}], "data": sample | {"order": f"A-{i}"}}
        status, _, answer = rapport.request("POST", "/v1/notices", body)
        assert answer["notices"][0]["state"] == "collected" and "delivery" not in answer["notices"][0], answer
    waiting = rapport.get("/v1/digests")["items"][0]
    assert waiting["waiting"] == 3 and waiting["next_at"][11:19] == "08:00:00", waiting
    assert not addresses_at_sink(rapport, "digest")
    assert rapport.request("DELETE", f"/v1/digests/{digest['id']}")[0] == 204  # what it holds goes out now
    all_arrive_once(rapport, "digest", 1)
    _, text = rapport.mail_to("digest0@example.com")
    assert all(f"A-{i}" in text for i in range(3)), text
    assert rapport.get(f"/v1/notices?origin={digest['id']}")["items"][0]["kind"] == "digest"


STEPS = [a_file_becomes_notices, wrong_rows_do_not_stop_it, files_that_are_none_are_refused, json_lines_are_taken,
         paused_killed_and_resumed_nothing_is_lost_or_doubled, what_failed_is_replayed_alone, cancelled_and_erased,
         schedules_run_when_they_are_due, promotional_notices_are_throttled, notices_are_collected_into_a_digest]


def run(engine):
    with Rapport(engine) as rapport:
        rapport.key = rapport.new_key("bulk", [*ALL_SCOPES, "templates.write"])
        for step in STEPS:
            step(rapport)
            print(f"  {engine}: {step.__name__}", flush=True)
        wait_for(lambda: rapport.command("fsck").returncode == 0, 20, "a clean fsck")


for wanted in sys.argv[1:] or ("sqlite", "postgresql"):
    run(wanted)
print("bulk: ok")
