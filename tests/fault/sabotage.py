"""Shows that the checks can fail: each damage to a copy of the data must be noticed."""
import collections
import shutil
import sqlite3

from checks import check_mails, fsck

# What is done to the database, and the words with which fsck notices.
DAMAGES = [
    ("a delivery lost", "DELETE FROM delivery WHERE id = (SELECT max(id) FROM delivery)", "delivery_count"),
    ("evidence lost", "DELETE FROM evidence WHERE id = (SELECT max(id) FROM evidence)", "Its evidence is missing"),
    ("a leaf rewritten", "UPDATE log_leaf SET commitment = (SELECT commitment FROM log_leaf WHERE leaf_index = 7) WHERE leaf_index = 8", "the log was rewritten"),
    ("leaves lost", "DELETE FROM log_leaf WHERE leaf_index >= (SELECT max(size) FROM checkpoint) - 3", "leaves were lost"),
    ("evidence replaced", "UPDATE evidence SET xml = (SELECT xml FROM evidence WHERE id = (SELECT max(id) FROM evidence)) "
     "WHERE id = (SELECT min(id) FROM evidence)", "evidence, salt or leaf was changed"),
    ("content replaced", "UPDATE delivery_message SET body = (SELECT body FROM delivery_message ORDER BY delivery DESC LIMIT 1) "
     "WHERE delivery = (SELECT min(delivery) FROM delivery_message)", "part 0 of its content"),
    ("a content lost", "DELETE FROM delivery_message WHERE delivery = (SELECT min(delivery) FROM delivery_message)", "part 0 of its content"),
    ("a journal line lost", "DELETE FROM journal WHERE seq = 5", "gaps"),
    ("a letter to be sent again", "UPDATE outbox SET state = 'queued' WHERE id = (SELECT max(id) FROM outbox WHERE state = 'accepted')", "only a queued letter"),
    ("a message lost", "DELETE FROM conversation_message WHERE id = (SELECT max(id) FROM conversation_message)", "another number of messages"),
    ("a counter wrong", "UPDATE conversation_counter SET n = n + 1 WHERE scope = 'all' AND state = 'open'", "its counter of open conversations is wrong"),
    ("a clock moved", "UPDATE conversation SET due_at = due_at + 1 WHERE id = (SELECT max(id) FROM conversation WHERE due_at IS NOT NULL)",
     "what it says to be due is not what follows"),
    ("a fact lost", "DELETE FROM sla_fact WHERE message = (SELECT max(message) FROM sla_fact)",
     ("what it says to be due is not what follows", "its clocks have not heard of a message")),  # whether something was due by it
    ("a mail lost", "DELETE FROM inbound_message WHERE id = (SELECT max(inbound) FROM conversation_message)", "is not in the spool"),
    ("a state changed", "UPDATE delivery SET state = 'handed_over' WHERE id = (SELECT max(id) FROM delivery)", "its journal says"),
]


def keep_backup(house, load):
    """Of the database alone, while it is small: what is damaged later are copies of it."""
    house.seen_at_backup = dict(load.checkpoints)
    if house.database:
        house.database.run("createdb", *house.database.where(), "-T", "fault", "backup")
    else:
        shutil.copy(house.folder / "rapport.db", house.folder / "backup.db")


def copy_of(house):
    """A configuration on a fresh copy of the backup, with the files as they are now."""
    data = house.folder / "copy"
    if not data.exists():
        data.mkdir()
        for folder in ("keys", "blobs"):
            shutil.copytree(house.folder / folder, data / folder)
    if house.database:
        house.database.run("dropdb", *house.database.where(), "--if-exists", "copy")
        house.database.run("createdb", *house.database.where(), "-T", "backup", "copy")
        return house.write_configuration("copy.toml", data, house.database.url("copy"))
    for file in data.glob("rapport.db*"):
        file.unlink()
    shutil.copy(house.folder / "backup.db", data / "rapport.db")
    return house.write_configuration("copy.toml", data, data / "rapport.db")


def damage(house, sql):
    if house.database:
        house.database.sql(sql, "copy")
    else:
        connection = sqlite3.connect(house.folder / "copy" / "rapport.db")
        assert connection.execute(sql).rowcount > 0, f"without effect: {sql}"
        connection.commit()
        connection.close()


def noticed(check, *arguments):
    try:
        check(*arguments)
    except AssertionError:
        return
    raise AssertionError(f"{check.__name__} notices nothing")


def mails_are_counted(letters, mails):
    some = next(letter for letter, state in letters.items() if state == "accepted")
    noticed(check_mails, letters, mails | type(mails)({some: 2}))
    noticed(check_mails, letters, type(mails)({m: n for m, n in mails.items() if m != some}))
    noticed(check_mails, {k: v for k, v in letters.items() if k != some}, mails)
    noticed(check_mails, letters | {some: "queued"}, mails)


def inbox_is_counted(inbox, sink):
    """A mail lost, or there twice, or in another conversation; an answer that left twice, or not at all; a message that no screen heard of."""
    some = next(key for key, mail in inbox.mails["taken"].items() if mail["parent"])
    where, message = inbox.places[some][0]
    for there in ([], [(where, message)] * 2, [("cnv_elsewhere", message)]):
        noticed(inbox.check_once, collections.defaultdict(list, inbox.places | {some: there}))
    noticed(inbox.check_once, collections.defaultdict(list, inbox.places | {"m999999": [(where, message)]}))
    sent = next(one for one in sink if one.startswith("<cnv.") and any(
        one.startswith(f"<cnv.{inbox.places[key][0][1]['id'].removeprefix('msg_')}.") and inbox.places[key][0][1]["state"] == "sent" for key in inbox.replies["taken"]))
    noticed(inbox.check_sent, inbox.places, sink + [sent])
    noticed(inbox.check_sent, inbox.places, [one for one in sink if one != sent])
    noticed(inbox.check_sent, inbox.places, sink + ["<cnv.0000000000009.x@ours.test>"])
    noticed(inbox.check_heard, inbox.messages[1:])


def old_backup(house, load):
    """The log of a backup is sound in itself, but somebody has seen more of it: only the kept checkpoints tell."""
    configuration = copy_of(house)
    said = fsck(house, load.checkpoints, configuration, expected=3)
    assert "the log is shorter than that now" in said, f"an old backup goes unnoticed:\n{said}"
    fsck(house, {}, configuration)


def prove_the_checks(house, load, letters, mails):
    mails_are_counted(letters, mails)
    inbox_is_counted(load.inbox, house.sink.message_ids())
    old_backup(house, load)
    for name, sql, words in DAMAGES:
        configuration = copy_of(house)
        damage(house, sql)
        said = fsck(house, house.seen_at_backup, configuration, expected=3)
        any_of = [words] if isinstance(words, str) else words
        assert any(one in said for one in any_of), f"{name}: fsck does not say \"{' or '.join(any_of)}\" but\n{said}"
    print(f"   {len(DAMAGES) + 13} damages done on purpose, all noticed", flush=True)
