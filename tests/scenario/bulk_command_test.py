#!/usr/bin/env python3
"""`rapport bulk` against a running server: send with a mapping, dry run, follow over a restart, list, show, pause, resume, cancel, report, replay; what is wrong and its exit codes."""
import csv
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import rapport_binary, wait_for  # noqa: E402
from support.server import ALL_SCOPES, Rapport  # noqa: E402

HEADER = "email,name,Subject,Words\r\n"
MAP = ["--map", "email=email", "--map", "name=name", "--map", "Subject=data.subject", "--map", "Words=data.text"]


def rows(prefix, count):
    return HEADER + "".join(f"{prefix}{i}@example.com,Ada,Subject {i},Text\r\n" for i in range(count))


class Command:
    def __init__(self, rapport):
        self.rapport, self.folder = rapport, rapport.folder
        self.environment = dict(os.environ) | {"RAPPORT_API_KEY": rapport.key}

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def begin(self, *words):
        return subprocess.Popen([rapport_binary(), "bulk", *map(str, words), "--server", self.rapport.url], env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __call__(self, *words, code=0, environment=None, server=None):
        ran = subprocess.run([rapport_binary(), "bulk", *map(str, words), "--server", server or self.rapport.url],
                             env=environment or self.environment, capture_output=True, text=True, timeout=90)
        assert ran.returncode == code, (words, ran.returncode, ran.stdout, ran.stderr)
        return ran


def job_of(ran):
    return re.search(r"blk_\w+", ran.stdout + ran.stderr).group()


def a_file_is_sent_and_followed(bulk):
    file = bulk.file("one.csv", rows("one", 40))
    ran = bulk("send", file, "--kind", "announcement", *MAP, "--follow", "--name", "First & only")
    job = job_of(ran)
    assert f"{job} uploaded: 40 rows" in ran.stderr and "40 submitted" in ran.stdout, ran
    assert "name: First & only" in bulk("show", job).stdout
    assert json.loads(bulk("show", job, "--json").stdout)["counts"]["submitted"] == 40
    assert f"{job} done 40/40" in bulk("list").stdout
    wait_for(lambda: len(list(bulk.rapport.sink.folder.iterdir())) == 40, 30, "40 mails at the sink")
    # The same call again with its key is the same job.
    key = ["--idempotency-key", "april"]
    first, second = (job_of(bulk("send", file, "--kind", "announcement", *MAP, "--follow", *key)) for _ in range(2))
    assert first == second != job


def a_dry_run_says_what_is_wrong_and_sends_nothing(bulk):
    before = len(list(bulk.rapport.sink.folder.iterdir()))
    file = bulk.file("two.csv", rows("two", 5) + "nobody,Ada,S,T\r\n" + "x@example.com,Ada,=1+1,T\r\n")
    mapping = bulk.file("mapping.json", json.dumps({"columns": [{"column": c, "to": t} for c, t in
                                                                (w.split("=") for w in MAP[1::2])]}))
    ran = bulk("send", file, "--kind", "announcement", "--mapping", mapping, "--dry-run", code=3)
    job = job_of(ran)
    assert "5 good, 2 failed" in ran.stdout, ran.stdout
    assert "line 7, email: must be an e-mail address" in ran.stderr and "line 8, Subject: must not begin like" in ran.stderr, ran.stderr
    assert f"rapport bulk start {job}" in ran.stderr
    assert len(list(bulk.rapport.sink.folder.iterdir())) == before
    ran = bulk("start", job, "--follow", code=3)
    assert "5 submitted, 2 failed" in ran.stdout, ran.stdout
    report = bulk("report", job, "--state", "failed", "--columns").stdout
    lines = list(csv.DictReader(io.StringIO(report.lstrip("\ufeff"))))
    assert [line["line"] for line in lines] == ["7", "8"] and lines[0]["email"] == "nobody", lines
    out = bulk.folder / "report.csv"
    assert bulk("report", job, "--out", out).stdout == "" and len(out.read_text().splitlines()) == 8
    assert "5 submitted, 2 failed" in bulk("replay", job, "--follow", code=3).stdout
    assert "No row of the job" in bulk("replay", job, "--rows", "throttled,suppressed", code=1).stderr


def what_the_names_suggest_is_enough(bulk):
    file = bulk.file("three.jsonl", "".join(json.dumps({"email": f"three{i}@example.com", "subject": "S", "text": "T"}) + "\n" for i in range(3)))
    assert "3 submitted" in bulk("send", file, "--kind", "announcement", "--follow").stdout


def a_job_is_paused_resumed_and_cancelled_and_followed_over_a_restart(bulk):
    file = bulk.file("four.csv", rows("four", 3000))
    job = job_of(bulk("send", file, "--kind", "announcement", *MAP, "--pace", "400"))
    assert f"{job} paused" in bulk("pause", job).stdout
    assert "A job that is paused cannot be paused." in bulk("pause", job, code=1).stderr
    follower = bulk.begin("resume", job, "--follow")
    wait_for(lambda: bulk.rapport.get(f"/v1/bulk/{job}")["progress"]["processed"] > 800, 30, "800 rows")
    bulk.rapport.process.send_signal(signal.SIGKILL)
    bulk.rapport.process.wait()
    bulk.rapport.start()
    out, err = follower.communicate(timeout=90)
    assert follower.returncode == 0 and "3000 submitted" in out and f"{job} running" in err, (follower.returncode, out, err)
    other = job_of(bulk("send", file, "--kind", "announcement", *MAP, "--pace", "50"))
    assert f"{other} cancelled" in bulk("cancel", other).stdout
    assert "cannot be resumed" in bulk("resume", other, code=1).stderr


def a_job_that_stops_by_itself_says_why(bulk):
    rapport = bulk.rapport
    kind = {"name": "news", "names": {"en": "News"}, "class": "transactional", "category": "service", "delivery": "plain",
            "schema": {"type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]}}
    assert rapport.request("POST", "/v1/kinds", kind)[0] == 201
    _, _, draft = rapport.request("POST", "/v1/templates", {"kind": "news", "locale": "en", "subject": "{{what}}", "text": "{{what}}"})
    assert rapport.request("POST", f"/v1/templates/{draft['version']['id']}/publication")[0] == 201
    file = bulk.file("five.csv", "email,what\n" + "".join(f"five{i}@example.com,W\n" for i in range(400)))
    job = job_of(bulk("send", file, "--kind", "news", "--pace", "50"))
    wait_for(lambda: rapport.get(f"/v1/bulk/{job}")["progress"]["processed"] > 0, 30, "the first rows")
    schema = {"type": "object", "properties": {"what": {"type": "string"}, "city": {"type": "string"}}, "required": ["what", "city"]}
    status, _, answer = rapport.request("PATCH", "/v1/kinds/news", {"schema": schema})
    assert status == 200, answer
    ran = bulk("show", job, "--follow", code=3)
    assert "stopped: The mapping does not fit" in ran.stdout and "data.city" in ran.stdout, ran.stdout
    assert rapport.get(f"/v1/bulk/{job}")["trouble"]["code"] == "mapping_unfit"
    status, _, answer = rapport.request("PUT", f"/v1/bulk/{job}/mapping", {"columns": [{"column": "email", "to": "email"}, {"column": "what", "to": "data.what"}],
                                                                           "data": {"city": "Bolzano"}})
    assert status == 200 and answer["state"] == "paused" and "trouble" not in answer, answer
    rapport.request("PUT", f"/v1/bulk/{job}/pace", {})
    assert "400 submitted" in bulk("resume", job, "--follow").stdout
    stopped = [e for e in rapport.get("/v1/audit?subject=" + job)["items"] if e["verb"] == "bulk.stopped"]
    assert len(stopped) == 1, stopped


def what_is_wrong_is_said_with_exit_codes(bulk):
    file = bulk.file("six.csv", rows("six", 1))
    assert "--kind NAME is needed" in bulk("send", file, code=2).stderr
    assert "Say what to do" in bulk(code=2).stderr
    assert "Something is missing" in bulk("pause", code=2).stderr
    assert "--rows is not known here" in bulk("pause", "blk_1", "--rows", "x", code=2).stderr
    assert "COLUMN=PLACE" in bulk("send", file, "--kind", "announcement", "--map", "email", code=2).stderr
    assert "cannot be read" in bulk("send", bulk.folder / "none.csv", "--kind", "announcement", code=1).stderr
    assert "must be a column of the file" in bulk("send", file, "--kind", "announcement", "--map", "mail=email", code=1).stderr
    assert "line 2" in bulk("send", bulk.file("bad.csv", HEADER + 'a@example.com,"x,y\r\n'), "--kind", "announcement", code=1).stderr
    assert "no such job" in bulk("show", "blk_00000000000ab", code=1).stderr
    bare = {k: v for k, v in bulk.environment.items() if k != "RAPPORT_API_KEY"}
    assert "An API key is needed" in bulk("list", code=2, environment=bare).stderr
    keys = bulk.file("key", bulk.rapport.key + "\n")
    assert bulk("list", "--key-file", keys, environment=bare).stdout
    bulk("list", code=1, environment=bare | {"RAPPORT_API_KEY": "rk_wrong"})
    reader = bulk.rapport.new_key("reader", ["deliveries.read"])
    bulk("send", file, "--kind", "announcement", code=1, environment=bare | {"RAPPORT_API_KEY": reader})
    assert bulk("list", code=1, server="http://127.0.0.1:9").stderr


STEPS = [a_file_is_sent_and_followed, a_dry_run_says_what_is_wrong_and_sends_nothing, what_the_names_suggest_is_enough,
         a_job_is_paused_resumed_and_cancelled_and_followed_over_a_restart, a_job_that_stops_by_itself_says_why, what_is_wrong_is_said_with_exit_codes]

with Rapport() as server:
    server.key = server.new_key("bulk", [*ALL_SCOPES, "templates.write"])
    command = Command(server)
    for step in STEPS:
        step(command)
        print(f"  {step.__name__}", flush=True)
    wait_for(lambda: server.command("fsck").returncode == 0, 20, "a clean fsck")
print("bulk command: ok")
