"""The faults, one a round. Each function starts the program, breaks something under load, and leaves the program dead."""
import subprocess
import time

from support.parts import wait_for

# The ranges of n reach from start-up (and the recovery in it) into the load.
KILL_AT = {"sync": 250, "write": 1500, "seal": 200, "statement": 4000, "send": 800, "rename": 12}


def load_for(house, load, seconds):
    load.start()
    time.sleep(seconds)


def end(house, load):
    house.kill()
    load.stop()


def kill(house, load, chance):
    house.start()
    assert house.wait_ready(), "the server does not start: see server.log"
    load_for(house, load, chance.uniform(0.3, 2))
    end(house, load)


def kill_inside(call):
    def provoke(house, load, chance):
        n = chance.randrange(1, KILL_AT[call])
        house.start(f"kill:{call}:{n}", house.folder if call in ("write", "rename") else None)
        if not house.wait_ready():
            house.kill()
            return f"{call} {n}, at the start"
        load.start()
        try:
            house.process.wait(3)
        except subprocess.TimeoutExpired:
            pass
        reached = not house.kill()
        load.stop()
        return f"{call} {n}" if reached else f"{call} {n} not reached"
    return provoke


def wait_for_submissions(load, what, seconds=15):
    before = len(load.taken)
    wait_for(lambda: load.errors or len(load.taken) > before + 10, seconds, what)


def disk_fault(plan):
    """While nothing can be written: no 202, not ready, reads go on. Afterwards it recovers by itself."""
    def provoke(house, load, chance):
        house.start(plan, house.folder if plan.startswith("full") else None)
        assert house.wait_ready(), "the server does not start: see server.log"
        load.start()
        wait_for_submissions(load, "submissions to be taken before the fault")
        try:
            house.switch.touch()
            wait_for(lambda: not house.ready(), 10, "readiness to become false")
            time.sleep(0.3)  # for answers of before that are still on their way to the clients
            taken, written = len(load.taken), load.inbox.count()
            time.sleep(chance.uniform(0.5, 1.5))
            assert len(load.taken) == taken, "202 while nothing can be written"
            assert load.inbox.count() == written, "250 or 201 while nothing can be written"
            assert not house.ready(), "ready while nothing can be written"
            some = next(iter(load.taken.values())).delivery
            assert house.get_json(f"/v1/deliveries/{some}")["id"] == some, "reads do not go on"
        finally:
            house.switch.unlink()
        wait_for(house.ready, 15, "the server to recover by itself")
        wait_for_submissions(load, "submissions to be taken again")
        end(house, load)
    return provoke


def smtp_cut(house, load, chance):
    """The sink takes the mail and hangs up after the end of data: nobody may send it again."""
    def unknown():
        return len(house.get_json("/v1/outbox?state=unknown&limit=200")["items"])
    house.sink.restart("-q", ".")
    house.start()
    assert house.wait_ready()
    before = unknown()
    load_for(house, load, 0.7)
    if before < 200:
        wait_for(lambda: unknown() > before, 10, "letters to become unknown")
    end(house, load)
    time.sleep(0.1)  # the sink notices the last hang-up before it is replaced
    house.sink.restart()


def tsa_down(house, load, chance):
    def tsa():
        return house.get_json("/v1/settings/keys")["tsa"]
    house.tsa.stop()
    house.start()
    assert house.wait_ready(), "the server does not start without its time-stamping authority"
    claimed = tsa()["waiting"]  # a killed program's claims lapse after a minute: these may outlive the round
    load.start()
    wait_for(lambda: tsa().get("unreachable_since"), 20, "the outage to be noticed")
    assert house.events("tsa", "tsa.unreachable")
    wait_for_submissions(load, "submissions to be taken without time stamps")
    time.sleep(chance.uniform(0, 2))
    house.tsa.start()
    wait_for(lambda: not tsa().get("unreachable_since"), 70, "the end of the outage to be noticed")
    assert house.events("tsa", "tsa.recovered")
    load.stop()
    wait_for(lambda: tsa()["waiting"] <= claimed, 20, "the queue of time stamps to drain")
    house.kill()


def sessions_ended(house, load, chance):
    house.start()
    assert house.wait_ready()
    load.start()
    for _ in range(4):
        wait_for_submissions(load, "submissions to be taken after the sessions were ended")
        time.sleep(chance.uniform(0, 0.4))
        house.database.end_sessions()
    wait_for_submissions(load, "submissions to be taken after the sessions were ended")
    assert house.ready()
    end(house, load)


def database_killed(house, load, chance):
    house.start()
    assert house.wait_ready()
    load.start()
    for _ in range(2):
        wait_for_submissions(load, "submissions to be taken", 30)
        house.database.stop()
        wait_for(lambda: not house.ready(), 10, "readiness to become false")
        time.sleep(chance.uniform(0, 1))
        house.database.start()
    wait_for(house.ready, 15, "the server to find its database again")
    wait_for_submissions(load, "submissions to be taken again")
    end(house, load)


def database_fault(plan, path):
    """The fault is in PostgreSQL itself: its log cannot be synced (it ends, and is started again), or its tables cannot grow."""
    def provoke(house, load, chance):
        house.database.stop()
        house.database.start(house.shimmed(plan, house.database_switch, path))
        house.start()
        assert house.wait_ready()
        load.start()
        wait_for_submissions(load, "submissions to be taken before the fault")
        try:
            house.database_switch.touch()
            wait_for(lambda: not house.ready(), 10, "readiness to become false")
            time.sleep(chance.uniform(0.5, 1.5))
        finally:
            house.database_switch.unlink()
        if not house.database.is_running():
            house.database.start()
        wait_for(house.ready, 15, "the server to recover by itself")
        wait_for_submissions(load, "submissions to be taken again")
        end(house, load)
        house.database.stop()
        house.database.start()
    return provoke


COMMON = {"kill": kill, "smtp-cut": smtp_cut, "tsa-down": tsa_down} | {f"kill-{call}": kill_inside(call) for call in KILL_AT}
FAULTS = {
    "sqlite": COMMON | {"fail-sync": disk_fault("fail:sync:1"), "disk-full": disk_fault("full:write:1")},
    "postgresql": COMMON | {"sessions-ended": sessions_ended, "database-killed": database_killed,
                            "database-sync": database_fault("fail:sync:1", "pg_wal"), "database-full": database_fault("full:write:1", "/base/")},
}
# The first ten rounds; what follows is drawn from all of the engine's faults.
FIRST = {
    "sqlite": ["kill", "kill-sync", "kill-seal", "kill-statement", "disk-full", "kill-send", "fail-sync", "smtp-cut", "tsa-down", "kill-write"],
    "postgresql": ["kill", "kill-seal", "kill-statement", "sessions-ended", "kill-send", "database-killed", "smtp-cut", "database-full", "tsa-down", "database-sync"],
}
