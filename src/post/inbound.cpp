// Keeping and handling mails that arrive.
#include "post/inbound.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include "base/log.hpp"
#include "channels/email/dsn.hpp"
#include "post/sql.hpp"
#include "post/suppression.hpp"

namespace rapport::post {
namespace {

namespace email = channels::email;
using namespace std::chrono_literals;

constexpr std::string_view channel = "email";
constexpr auto look_again = 2000ms;  // other nodes may have kept something
constexpr auto most_patience = std::chrono::minutes(2);
constexpr auto tidy_every = std::chrono::hours(1);
constexpr std::size_t largest_inline = store::Blobs::largest_in_row - 64;  // encryption adds a little

struct Waiting {
    InboundId id;
    Time received_at{};
    std::string peer, sender;
    std::int64_t size = 0;
    Digest blob;
    store::Blob wrapped_key;
    std::string recipient;
    std::int64_t starts = 0;
    std::string provider_id;
};
BOOST_DESCRIBE_STRUCT(Waiting, (),
                      (id, received_at, peer, sender, size, blob, wrapped_key, recipient, starts, provider_id))

struct StoredBlob {
    Digest blob;
    store::Blob wrapped_key;
};
BOOST_DESCRIBE_STRUCT(StoredBlob, (), (blob, wrapped_key))

struct OldMail {
    InboundId id;
    Digest blob;
};
BOOST_DESCRIBE_STRUCT(OldMail, (), (id, blob))

struct Entry {
    Takes takes;
    Handler handle;
};

// One recipient's mail with what a handler made of it.
struct Planned {
    InboundId id;
    std::string recipient;
    InboundState state = InboundState::handled;
    Understood understood;
};

std::string how(email::ArrivedMail const& mail) {
    std::string_view const by = mail.protocol == email::Protocol::lmtp   ? "lmtp "
                                : mail.protocol == email::Protocol::imap ? "imap "
                                                                         : "smtp ";
    return std::string(by) + mail.peer + (mail.encrypted ? " tls" : "");
}

}  // namespace

struct Inbound::State {
    store::Store& store;
    store::Keyring const& keyring;
    store::Blobs const& blobs;
    InboundOptions options;
    Clock clock;
    std::vector<Entry> handlers;
    net::Signal news;
    std::atomic<std::int64_t> kept = 0, again = 0, handled = 0, unread = 0;

    Entry const* taker(std::string_view address) const {
        auto const found = std::ranges::find_if(handlers, [&](auto const& entry) { return entry.takes(address); });
        return found == handlers.end() ? nullptr : &*found;
    }

    Expected<Bytes> raw(store::Reader& reader, Digest const& blob, ByteView wrapped_key) const {
        auto const key = keyring.unwrap(wrapped_key);
        if (!key) return fail(key.error());
        return blobs.read(reader, blob, *key);
    }

    std::vector<Planned> plan(store::Reader& reader) const;
    Planned plan_one(store::Reader& reader, Waiting const& waiting, Expected<Bytes> const& raw,
                     Expected<email::MimeMail> const& mail) const;
    void settle(store::Tx& tx, Planned const& planned) const;
    Task<> settle_singly(std::vector<Planned> const& batch);
    Task<> tidy_up();
};

Inbound::Inbound(store::Store& store, store::Keyring const& keyring, store::Blobs const& blobs, InboundOptions options,
                 Clock clock)
    : state_(new State{store, keyring, blobs, options, std::move(clock), {}, {}}) {}
Inbound::~Inbound() = default;

void Inbound::on_recipient(Takes takes, Handler handler) {
    state_->handlers.push_back({std::move(takes), std::move(handler)});
}

InboundCounters Inbound::counters() const { return {state_->kept, state_->again, state_->handled, state_->unread}; }

email::Dialogue::Refusal Inbound::refusal() const {
    return [state = state_.get()](std::string_view, std::string_view to) -> std::optional<std::string> {
        if (state->taker(to)) return std::nullopt;
        return "550 5.1.1 No such mailbox here";
    };
}

// The same octets again are the same mail: a peer that did not get our 250 sends it once more, or to another mailbox.
Task<email::Kept> Inbound::keep(email::ArrivedMail arrived) {
    auto& s = *state_;
    auto const now = s.clock();
    auto const& mail = arrived.mail;
    auto const digest = to_hex(sha256(mail.raw).view());
    auto const key = random_key();
    auto const wrapped = s.keyring.wrap(key);
    // A large mail goes to a file of its own, durable before the transaction: not on this thread.
    store::PreparedBlob blob;
    auto const prepare = [&](store::Reader&) { return s.blobs.prepare(mail.raw, key); };
    if (mail.raw.size() <= largest_inline)
        blob = s.blobs.prepare(mail.raw, key);
    else
        blob = co_await s.store.read(prepare);

    auto const peer = how(arrived);
    auto const add = [&](store::Tx& tx) {
        auto const id = tx.new_id<InboundId>();
        s.blobs.keep(tx, blob);
        tx.exec(sql::add_inbound, id, channel, digest, now, peer, mail.from, mail.raw.size(), blob.address,
                store::BlobView{wrapped});
        for (auto const& to : mail.to) tx.exec(sql::add_inbound_recipient, id, to);
        return true;
    };
    auto const add_recipients = [&](store::Tx& tx) {
        auto const id = tx.one<InboundId>(sql::inbound_by_provider_id, channel, digest);
        if (!id) return false;
        for (auto const& to : mail.to) tx.exec(sql::add_inbound_recipient, *id, to);
        return true;
    };
    bool known = false;
    try {
        co_await s.store.write(add);
        ++s.kept;
    } catch (store::UniqueViolation const&) {
        known = true;
    }
    if (known) {
        bool const added = co_await s.store.write(add_recipients);
        if (!added) co_return email::Kept::try_again;
        ++s.again;
    }
    s.news.notify();
    co_return email::Kept::durable;
}

Planned Inbound::State::plan_one(store::Reader& reader, Waiting const& waiting, Expected<Bytes> const& raw_bytes,
                                 Expected<email::MimeMail> const& mail) const {
    Planned planned{waiting.id, waiting.recipient, InboundState::unread, {"unread"}};
    auto& out = planned.understood;
    auto const* entry = taker(waiting.recipient);
    if (waiting.starts > options.starts) {
        out.summary = "the program ended several times while it waited; it is left alone";
    } else if (!raw_bytes) {
        out.summary = raw_bytes.error().text;
    } else if (!entry) {
        out.summary = "nobody here takes mail for this address any more";
    } else {
        auto const digest = Digest::from(from_hex(waiting.provider_id).value_or(""));
        Arrived const arrived{waiting.id,
                              waiting.received_at,
                              waiting.sender,
                              waiting.recipient,
                              digest.value_or(Digest{}),
                              *raw_bytes,
                              mail ? &*mail : nullptr,
                              mail ? std::string() : mail.error().text};
        try {
            out = entry->handle(reader, arrived);
            planned.state = mail ? InboundState::handled : InboundState::unread;
        } catch (Unavailable const&) {
            throw;
        } catch (std::exception const& failure) {
            out = {"unread", std::string("it could not be handled: ") + failure.what()};
        }
    }
    out.summary = email::shown(out.summary);
    return planned;
}

std::vector<Planned> Inbound::State::plan(store::Reader& reader) const {
    std::vector<Planned> out;
    InboundId last;
    Expected<Bytes> raw_bytes;
    Expected<email::MimeMail> mail;
    for (auto const& waiting : reader.all<Waiting>(sql::waiting_inbound, options.batch)) {
        bool const dangerous = waiting.starts > options.starts;
        if (waiting.id != last && !dangerous) {
            raw_bytes = raw(reader, waiting.blob, waiting.wrapped_key.bytes);
            if (raw_bytes)
                mail = email::read_mime(*raw_bytes);
            else
                mail = fail(raw_bytes.error());
            last = waiting.id;
        }
        auto planned = plan_one(reader, waiting, raw_bytes, mail);
        if (planned.understood.later && clock() - waiting.received_at < most_patience) continue;
        out.push_back(std::move(planned));
    }
    return out;
}

void Inbound::State::settle(store::Tx& tx, Planned const& planned) const {
    auto const& u = planned.understood;
    auto const changed = tx.changed(sql::inbound_handled, planned.id, planned.recipient, planned.state, u.kind,
                                    u.letter, u.summary, clock());
    if (changed == 1 && u.finish) u.finish(tx);
}

// One mail whose effects cannot be written must not stop the others: it is shown instead.
Task<> Inbound::State::settle_singly(std::vector<Planned> const& batch) {
    for (auto const& planned : batch) {
        auto const one = [&](store::Tx& tx) { settle(tx, planned); };
        std::string trouble;
        try {
            co_await store.write(one);
        } catch (Unavailable const&) {
            throw;
        } catch (std::exception const& failure) {
            trouble = failure.what();
        }
        if (trouble.empty()) continue;
        log::error("mail_not_handled", {{"mail", to_text(planned.id)}, {"why", trouble}});
        Planned const left{planned.id,
                           planned.recipient,
                           InboundState::unread,
                           {"unread", email::shown("its effects could not be written: " + trouble)}};
        auto const leave = [&](store::Tx& tx) { settle(tx, left); };
        co_await store.write(leave);
    }
}

Task<std::size_t> Inbound::handle_waiting() {
    auto& s = *state_;
    std::vector<Planned> planned;
    auto const look = [&s](store::Reader& reader) { return s.plan(reader); };
    auto const write = [&](store::Tx& tx) {
        for (auto const& one : planned) s.settle(tx, one);
    };
    // What was planned may have become stale meanwhile: then it is planned again.
    bool done = false;
    for (int attempt = 0; attempt < 3 && !done; ++attempt) {
        planned = co_await s.store.read(look);
        if (planned.empty()) co_return 0;
        try {
            co_await s.store.write(write);
            done = true;
        } catch (Unavailable const&) {
            throw;
        } catch (std::exception const& failure) {
            log::warning("mails_not_handled", {{"mails", planned.size()}, {"why", failure.what()}});
        }
    }
    if (!done) co_await s.settle_singly(planned);
    for (auto const& one : planned) ++(one.state == InboundState::unread ? s.unread : s.handled);
    co_return planned.size();
}

Task<> Inbound::State::tidy_up() {
    auto const now = clock();
    auto const lift_old = [&](store::Tx& tx) { forget_expired(tx, now); };
    co_await store.write(lift_old);
    if (options.keep == Duration::zero()) co_return;
    auto const before = now - options.keep;
    auto const forget = [&](store::Tx& tx) {
        for (auto const& old : tx.all<OldMail>(sql::old_inbound, before)) {
            tx.exec(sql::drop_inbound_recipients, old.id);
            tx.exec(sql::drop_inbound, old.id);
            blobs.drop(tx, old.blob);
        }
    };
    co_await store.write(forget);
}

Task<> Inbound::run(net::Stop stop) {
    auto& s = *state_;
    auto const count_start = [](store::Tx& tx) { tx.exec(sql::inbound_started); };
    co_await s.store.write(count_start);
    Time tidied{};
    auto seen = s.news.count();
    for (;;) {
        try {
            while (!stop.requested()) {
                auto const handled = co_await handle_waiting();
                if (handled == 0) break;
            }
            if (s.clock() - tidied >= tidy_every) {
                tidied = s.clock();
                co_await s.tidy_up();
            }
        } catch (Unavailable const& fault) {
            log::warning("mails_wait", {{"why", fault.what()}});
        }
        bool const go_on = co_await stop.wait(s.news, seen, look_again);
        if (!go_on) co_return;
    }
}

Expected<Bytes> Inbound::raw(store::Reader& reader, InboundId id) const {
    auto const found = reader.one<StoredBlob>(sql::inbound_blob, id);
    if (!found) return fail(ErrorKind::not_found, "not_found", "There is no such mail.");
    return state_->raw(reader, found->blob, found->wrapped_key.bytes);
}

std::vector<InboundItem> list_inbound(store::Reader& reader, std::string_view kind, std::optional<InboundId> before,
                                      std::size_t limit) {
    InboundId const below = before.value_or(InboundId{std::numeric_limits<std::int64_t>::max()});
    if (kind.empty()) return reader.all<InboundItem>(sql::list_inbound, below, limit);
    return reader.all<InboundItem>(sql::list_inbound_of_kind, below, limit, kind);
}

}  // namespace rapport::post
