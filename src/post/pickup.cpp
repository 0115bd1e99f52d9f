// Following mailboxes elsewhere: one job each, and one that starts and ends them.
#include "post/pickup.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

#include "base/log.hpp"
#include "channels/email/dsn.hpp"
#include "channels/email/resolver.hpp"
#include "post/pickup_rows.hpp"
#include "post/sql.hpp"

namespace rapport::post {
namespace {

namespace email = channels::email;
using namespace std::chrono_literals;

constexpr auto look_again = 1000ms;
constexpr std::uint32_t window = 50'000;  // numbers asked for at once
constexpr auto after_refusal = 60'000ms;  // a wrong password again and again locks accounts

struct ToFollow {
    PickUpId id;
    std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(ToFollow, (), (id, version))

// One mailbox that is being followed; on the executor of the jobs.
struct Following {
    std::int64_t version = 0;
    bool over = false;   // asked to end
    bool ended = false;  // has ended
    std::shared_ptr<email::ImapSession> session;
};

}  // namespace

struct PickUps::State {
    store::Store& store;
    store::Keyring const& keyring;
    Inbound& inbound;
    PickUpOptions options;
    Clock clock;
    std::unique_ptr<email::Resolver> resolver = {};
    std::map<PickUpId, std::shared_ptr<Following>> following = {};
    std::size_t octets = 0;
    net::Signal freed = {};

    Task<> follow(PickUpId id, std::shared_ptr<Following> me, net::Stop stop);
    Task<Expected<>> serve(PickUpRow row, std::shared_ptr<Following> me, net::Stop stop);
    Task<Expected<>> begin(PickUpRow& row, email::ImapFolder folder, email::ImapSession& session);
    Task<Expected<>> take_new(PickUpRow& row, std::uint32_t up_to, std::shared_ptr<Following> me, net::Stop stop);
    Task<Expected<>> take(PickUpRow& row, std::uint32_t uid, email::ImapSession& session, net::Stop stop);
    Task<bool> reserve(std::size_t wanted, net::Stop stop);
    Task<> note_trouble(PickUpRow row, Error trouble);
    Task<> pause(std::chrono::milliseconds much, std::shared_ptr<Following> me, net::Stop stop);
};

PickUps::PickUps(store::Store& store, store::Keyring const& keyring, Inbound& inbound, PickUpOptions options,
                 Clock clock)
    : state_(std::make_shared<State>(store, keyring, inbound, std::move(options), std::move(clock))) {}
PickUps::~PickUps() = default;

store::Store& PickUps::store() const { return state_->store; }
store::Keyring const& PickUps::keyring() const { return state_->keyring; }
bool PickUps::is_taken(std::string_view address) const { return !state_->inbound.refusal()("", address); }

Task<> PickUps::run(net::TaskGroup& group, net::Stop stop) {
    auto const state = state_;
    auto const executor = co_await asio::this_coro::executor;
    // Run again after a failure, it finds jobs that still use the one from before.
    if (!state->resolver) state->resolver = std::make_unique<email::Resolver>(executor, state->options.dns);
    for (;;) {
        try {
            auto const wanted = co_await state->store.read(
                [](store::Reader& reader) { return reader.all<ToFollow>(sql::pickups_to_follow); });
            for (auto& [id, one] : state->following) {
                auto const found = std::ranges::find(wanted, id, &ToFollow::id);
                if (found != wanted.end() && found->version == one->version) continue;
                one->over = true;
                if (one->session) one->session->close();
            }
            std::erase_if(state->following, [](auto const& item) { return item.second->ended; });
            for (auto const& one : wanted) {
                if (state->following.contains(one.id)) continue;  // as it was before: it is ending
                auto const me = std::make_shared<Following>();
                me->version = one.version;
                state->following.emplace(one.id, me);
                group.spawn("pickup", [state, id = one.id, me](net::Stop s) { return state->follow(id, me, s); });
            }
        } catch (Unavailable const& fault) {
            log::warning("pickups_wait", {{"why", fault.what()}});
        }
        if (!co_await stop.sleep(look_again)) break;
    }
    for (auto& [id, one] : state->following) {
        one->over = true;
        if (one->session) one->session->close();
    }
    state->freed.notify();
    while (std::ranges::any_of(state->following, [](auto const& item) { return !item.second->ended; }))
        co_await net::sleep(20ms);
    state->following.clear();
    state->resolver.reset();
}

Task<> PickUps::State::pause(std::chrono::milliseconds much, std::shared_ptr<Following> me, net::Stop stop) {
    for (auto left = much; left > 0ms && !me->over; left -= 200ms)
        if (!co_await stop.sleep(std::min<std::chrono::milliseconds>(left, 200ms))) co_return;
}

Task<> PickUps::State::follow(PickUpId id, std::shared_ptr<Following> me, net::Stop stop) {
    struct Ended {
        Following& me;
        ~Ended() { me.ended = true; }
    } const ended{*me};
    auto wait = options.first_pause;
    while (!me->over && !stop.requested()) {
        auto const begun = std::chrono::steady_clock::now();
        std::optional<PickUpRow> row;
        std::optional<Error> trouble;
        try {
            row = co_await store.read(
                [id](store::Reader& reader) { return reader.one<PickUpRow>(sql::find_pickup, id); });
            if (!row || row->version != me->version || !row->enabled) co_return;
            auto const served = co_await serve(*row, me, stop);
            if (!served) trouble = served.error();
        } catch (Unavailable const& fault) {
            trouble = Error{ErrorKind::unavailable, "store_unavailable", fault.what()};
            row.reset();
        }
        if (me->session) me->session->close();
        me->session.reset();
        if (me->over || stop.requested()) co_return;
        if (std::chrono::steady_clock::now() - begun > options.longest_pause) wait = options.first_pause;
        if (trouble && row) {
            log::warning("pickup_failed", {{"pickup", to_text(id)}, {"code", trouble->code}});
            try {
                co_await note_trouble(*row, *trouble);
            } catch (Unavailable const&) {  // told the next time
            }
        }
        auto const refused = trouble && trouble->code == "sign_in_refused";
        co_await pause(refused ? std::max<std::chrono::milliseconds>(wait, after_refusal) : wait, me, stop);
        wait = std::min(wait * 2, options.longest_pause);
    }
}

Task<> PickUps::State::note_trouble(PickUpRow row, Error trouble) {
    auto const now = clock();
    auto const text = email::shown(trouble.text, 500);
    co_await store.write([&](store::Tx& tx) {
        tx.exec(sql::pickup_in_trouble, row.id, row.version, trouble.code, text, now);
        if (row.trouble_code == trouble.code) return;
        tx.publish({.at = now, .kind = "pickup.failed", .subject = to_text(row.id), .data = {{"code", trouble.code}}});
    });
}

// Until the connection ends, or nobody wants it any more.
Task<Expected<>> PickUps::State::serve(PickUpRow row, std::shared_ptr<Following> me, net::Stop stop) {
    auto const executor = co_await asio::this_coro::executor;
    auto account = account_of(keyring, row);
    if (!account) co_return fail(account.error());
    auto const session = email::ImapSession::make(executor, *resolver, options.limits);
    me->session = session;
    Expected<email::ImapFolder> folder = co_await session->open(std::move(*account));
    if (!folder) co_return fail(folder.error());
    auto const now = clock();
    co_await store.write([&](store::Tx& tx) {
        tx.exec(sql::pickup_connected, row.id, row.version, now);
        if (row.trouble_code)
            tx.publish({.at = now, .kind = "pickup.connected", .subject = to_text(row.id), .data = {}});
    });
    row.trouble_code.reset();
    Expected<> step = co_await begin(row, *folder, *session);
    std::uint32_t up_to = folder->uid_next > 0 ? folder->uid_next - 1 : 0;
    while (step && !me->over && !stop.requested()) {
        step = co_await take_new(row, up_to, me, stop);
        up_to = 0;
        if (!step || me->over || stop.requested()) break;
        Expected<bool> news = co_await session->wait_for_news(options.idle);
        if (!news) step = fail(news.error());
    }
    if (step) co_await session->log_out();
    co_return step;
}

// Where to begin: after what is here, or with what comes from now on. Other numbers (RFC 9051 §2.3.1.1) say nothing
// about what was fetched: all is fetched again, and the spool knows what it has by its octets.
Task<Expected<>> PickUps::State::begin(PickUpRow& row, email::ImapFolder folder, email::ImapSession& session) {
    if (row.uid_validity == folder.uid_validity) co_return Expected<>{};
    std::uint32_t last = 0;  // of what lies there now
    if (row.from_now) {
        last = folder.uid_next > 0 ? folder.uid_next - 1 : 0;
        if (folder.uid_next == 0 && folder.messages > 0) {
            Expected<std::vector<std::uint32_t>> uids = co_await session.uids(1, 0);
            if (!uids) co_return fail(uids.error());
            if (!uids->empty()) last = uids->back();
        }
    }
    bool const numbered_anew = row.uid_validity.has_value();
    row.uid_validity = folder.uid_validity;
    row.last_uid = numbered_anew ? 0 : last;
    row.lay_there_below = numbered_anew && row.from_now ? std::int64_t{last} + 1 : 0;
    co_await store.write([&](store::Tx& tx) {
        tx.exec(sql::pickup_begins, row.id, row.version, *row.uid_validity, row.last_uid, row.lay_there_below);
    });
    co_return Expected<>{};
}

Task<Expected<>> PickUps::State::take_new(PickUpRow& row, std::uint32_t up_to, std::shared_ptr<Following> me,
                                          net::Stop stop) {
    for (;;) {
        auto const first = static_cast<std::uint32_t>(row.last_uid + 1);
        if (up_to > 0 && first > up_to) co_return Expected<>{};
        auto const last = up_to > 0 && up_to - first >= window ? first + window - 1 : up_to;
        Expected<std::vector<std::uint32_t>> uids = co_await me->session->uids(first, last);
        if (!uids) co_return fail(uids.error());
        for (auto const uid : *uids) {
            if (me->over || stop.requested()) co_return Expected<>{};
            Expected<> taken = co_await take(row, uid, *me->session, stop);
            if (!taken) co_return taken;
        }
        if (last == 0) co_return Expected<>{};
        row.last_uid = std::max<std::int64_t>(row.last_uid, last);
    }
}

// Bounds what all jobs hold together; one mail always may.
Task<bool> PickUps::State::reserve(std::size_t wanted, net::Stop stop) {
    auto seen = freed.count();
    while (octets > 0 && octets + wanted > options.octets)
        if (!co_await stop.wait(freed, seen, 1000ms)) co_return false;
    octets += wanted;
    co_return true;
}

Task<Expected<>> PickUps::State::take(PickUpRow& row, std::uint32_t uid, email::ImapSession& session, net::Stop stop) {
    Expected<std::optional<email::ImapMail>> about = co_await session.about(uid);
    if (!about) co_return fail(about.error());
    // After a renumbering: what had been there before we came.
    bool const old = *about && uid < row.lay_there_below && (*about)->arrived.value_or(row.created_at) < row.created_at;
    std::int64_t took = 0;
    if (*about && !old) {
        auto size_there = (*about)->size;
        bool too_large = size_there > options.limits.mail;
        auto const size = too_large ? std::size_t{1 << 20} : static_cast<std::size_t>(size_there);
        bool const reserved = co_await reserve(size, stop);
        if (!reserved) co_return Expected<>{};
        struct Release {
            State& state;
            std::size_t size;
            ~Release() {
                state.octets -= size;
                state.freed.notify();
            }
        } const release{*this, size};
        Expected<std::optional<Bytes>> octets_of = co_await session.fetch(uid, too_large);
        if (octets_of && *octets_of && !too_large && (*octets_of)->size() > options.limits.mail) {
            // Some servers guess sizes: it would be asked for again and again, and nothing after it.
            too_large = true;
            size_there = (*octets_of)->size();
            octets_of = co_await session.fetch(uid, true);
        }
        if (!octets_of) co_return fail(octets_of.error());
        if (*octets_of) {
            email::ArrivedMail mail;
            mail.mail.raw =
                too_large ? left_behind(**octets_of, size_there, row.folder, row.host) : std::move(**octets_of);
            mail.mail.from = return_path_in(mail.mail.raw);
            mail.mail.to = {row.address.value};
            mail.peer = row.host;
            mail.protocol = email::Protocol::imap;
            mail.encrypted = row.security != ImapSecurity::none;
            email::Kept kept = email::Kept::try_again;
            kept = co_await inbound.keep(std::move(mail));
            if (kept != email::Kept::durable)
                co_return fail(ErrorKind::unavailable, "not_kept", "A mail could not be kept; it is fetched again.");
            took = 1;
        }
    }
    auto const now = clock();
    co_await store.write([&](store::Tx& tx) {
        tx.exec(sql::pickup_took, row.id, row.version, *row.uid_validity, static_cast<std::int64_t>(uid), took, now);
    });
    row.last_uid = uid;
    if (took > 0 && row.mark_seen) co_return co_await session.mark_seen(uid);
    co_return Expected<>{};
}

Task<Expected<std::int64_t>> PickUps::check(PickUpId id) const {
    auto const state = state_;
    auto const row =
        co_await state->store.read([id](store::Reader& reader) { return reader.one<PickUpRow>(sql::find_pickup, id); });
    if (!row) co_return no_such_pickup();
    auto account = account_of(state->keyring, *row);
    if (!account) co_return fail(account.error());
    account->read_only = true;
    auto const executor = co_await asio::this_coro::executor;
    email::Resolver resolver(executor, state->options.dns);
    auto limits = state->options.limits;
    limits.connect = limits.command = std::chrono::milliseconds(10'000);
    auto const session = email::ImapSession::make(executor, resolver, limits);
    Expected<email::ImapFolder> folder = co_await session->open(std::move(*account));
    if (!folder) co_return fail(ErrorKind::conflict, folder.error().code, folder.error().text);
    co_await session->log_out();
    co_return static_cast<std::int64_t>(folder->messages);
}

}  // namespace rapport::post
