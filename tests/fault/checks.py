"""What must hold after every round, and in the end."""
import collections
import concurrent.futures
import json
import subprocess
import threading

from support.parts import rapport_binary, wait_for


def after_restart(house, load, chance):
    house.start()
    assert house.wait_ready(), "the server does not start after the fault: see server.log"
    load.settle()
    names = list(load.taken.values())
    for submission in chance.sample(names, min(20, len(names))):
        check_delivery(house, submission)
    load.inbox.check_some(chance)
    house.stop()
    fsck(house, load.checkpoints)


def check_delivery(house, submission, connection=None):
    """It is there with its evidence and its content; the letter that it wrote."""
    status, body = house.get(f"/v1/deliveries/{submission.delivery}", connection)
    assert status == 200, f"{submission.delivery} ({submission.key}) was answered with 202 and is gone ({status})"
    detail = json.loads(body)
    assert detail["reference"] == submission.key, f"{submission.delivery} is not the delivery of {submission.key}"
    assert detail["text"] == submission.text, f"{submission.delivery} has another text"
    codes = [e["code"] for e in detail["evidence"]]
    assert codes[:1] == ["A1"], f"{submission.delivery} lacks its evidence A.1: {codes}"
    assert len(detail["letters"]) == 1, f"{submission.delivery} has {len(detail['letters'])} letters"
    letter = detail["letters"][0]
    if letter["state"] == "accepted":
        assert codes == ["A1", "C1"], f"{submission.delivery} was notified, but its evidence is {codes}"
    if submission.file:
        status, content = house.get(f"/v1/deliveries/{submission.delivery}/files/1", connection)
        assert status == 200 and content == submission.file, f"{submission.delivery}: its file is not what was sent ({status})"
    return letter


def fsck(house, checkpoints, configuration=None, expected=0):
    folder = house.folder / "checkpoints"
    folder.mkdir(exist_ok=True)
    words = []
    for number, (note, size) in enumerate(sorted(checkpoints.items(), key=lambda c: c[1])):
        file = folder / f"{number}-{size}.txt"
        file.write_bytes(note)
        words += ["--checkpoint", str(file)]
    result = house.command("fsck", *words, configuration=configuration)
    assert result.returncode == expected, f"fsck: {result.returncode}\n{result.stdout[-3000:]}{result.stderr[-1000:]}"
    return result.stdout


def check_mails(letters, mails):
    """letters: state by identifier; mails: how often each letter's Message-ID came to the sink."""
    strange = [m for m in mails if m not in letters]
    assert not strange, f"{len(strange)} mails belong to no letter, for example {strange[:3]}"
    twice = [m for m, n in mails.items() if n > 1]
    assert not twice, f"{len(twice)} mails reached the sink twice, for example {[(m, letters[m]) for m in twice[:3]]}"
    for letter, state in letters.items():
        assert state in ("accepted", "unknown"), f"{letter} ended as {state}"
        assert state == "unknown" or mails[letter] == 1, f"{letter} is accepted, and its mail did not arrive"


def packages_verify(house, load, chance):
    for submission in chance.sample(list(load.taken.values()), min(5, len(load.taken))):
        path = f"/v1/deliveries/{submission.delivery}/package"
        wait_for(lambda: house.get(path)[0] == 200, 15, "the package")
        file = house.folder / "package.asice"
        file.write_bytes(house.get(path)[1])
        checked = subprocess.run([rapport_binary(), "verify", file], capture_output=True, text=True)
        assert checked.returncode == 0, f"the package of {submission.delivery} does not verify: {checked.stdout}{checked.stderr}"


def in_the_end(house, load, chance):
    """All letters have ended; every delivery was mailed once, or says that nobody knows. The letters, for sabotage.py."""
    house.start()
    assert house.wait_ready()
    wait_for(lambda: all(not house.get_json(f"/v1/outbox?state={state}&limit=1")["items"] for state in ("queued", "attempting")), 60, "the outbox to drain")
    ids = collections.Counter(s.delivery for s in load.taken.values())
    assert max(ids.values()) == 1, "two submissions share a delivery"
    check_nothing_else(house, ids)
    own = threading.local()

    def letter_of(submission):
        own.connection = getattr(own, "connection", None) or house.connection()
        return check_delivery(house, submission, own.connection)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        letters = {letter["id"]: letter["state"] for letter in pool.map(letter_of, load.taken.values())}
    sink = house.sink.message_ids()
    mails = collections.Counter(m.strip("<>").split("@")[0].split(".")[0] for m in sink if not m.startswith("<cnv."))
    check_mails(letters, mails)
    of_the_inbox = load.inbox.check_all(sink)
    packages_verify(house, load, chance)
    house.stop()
    fsck(house, load.checkpoints)
    unknown = sum(state == "unknown" for state in letters.values())
    print(f"   {of_the_inbox}", flush=True)
    print(f"   in the end: {len(ids)} deliveries, {len(mails)} mails, {unknown} letters unknown, {len(load.checkpoints)} checkpoints kept, "
          f"slowest start {house.slowest_start:.1f} s; nothing lost, nothing doubled", flush=True)
    return letters, mails


def check_nothing_else(house, ids):
    """A submission that was sent again has not made a second delivery."""
    seen, after = set(), ""
    while after is not None:
        page = house.get_json(f"/v1/deliveries?limit=200{after}")
        seen |= {d["id"] for d in page["items"]}
        after = f"&after={page['next']}" if page.get("next") else None
    assert seen == set(ids), f"{len(seen - set(ids))} deliveries that nobody was told of, {len(set(ids) - seen)} missing"
