// Makes, checks, changes over and retires the keys that sign mails.
#include "post/signing.hpp"

#include <sys/stat.h>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

#include "base/log.hpp"
#include "channels/email/resolver.hpp"
#include "post/sql.hpp"
#include "store/durable_file.hpp"

namespace rapport::post {

namespace email = channels::email;

namespace {

constexpr std::chrono::milliseconds longest_question{3000};  // the program does not stop before it is answered

std::string selector_for(email::DkimAlgorithm algorithm, Time now) {
    auto const day = to_text(now).substr(0, 10);
    return "rp" + day.substr(0, 4) + day.substr(5, 2) + day.substr(8, 2) +
           (algorithm == email::DkimAlgorithm::rsa_sha256 ? "r" : "e");
}

std::unexpected<Error> wrong_state(SigningKey const& key, std::string_view verb) {
    return fail(ErrorKind::conflict, "key_state",
                "A key that is " + std::string(json::enum_name(key.state)) + " cannot be " + std::string(verb) + ".");
}

bool leads(SigningState from, SigningVerb verb) {
    return std::ranges::any_of(signing_transitions,
                               [&](auto const& row) { return row.from == from && row.verb == verb; });
}

}  // namespace

std::vector<SigningKey> signing_keys(store::Reader& reader) { return reader.all<SigningKey>(sql::dkim_keys); }

std::optional<SigningKey> find_signing_key(store::Reader& reader, std::string_view domain, std::string_view selector) {
    return reader.one<SigningKey>(sql::find_dkim_key, selector, domain);
}

SigningKeys::SigningKeys(store::Store& store, std::filesystem::path folder, SigningOptions options)
    : store_(store), folder_(std::move(folder)), options_(std::move(options)) {
    options_.dns.deadlines.resolve =
        std::min<std::chrono::milliseconds>(options_.dns.deadlines.resolve, longest_question);
    store::make_folders(folder_);
    ::chmod(folder_.c_str(), 0700);
}

std::filesystem::path SigningKeys::file_of(SigningKey const& key) const {
    return folder_ / (key.selector + '.' + key.domain + ".pem");
}

std::shared_ptr<email::DkimSigner const> SigningKeys::signer() const {
    std::lock_guard const lock(mutex_);
    return signer_;
}

Expected<SigningKey> SigningKeys::prepare(email::DkimAlgorithm algorithm, Time now) const {
    auto const made = email::DkimKey::make(algorithm);
    SigningKey key;
    key.domain = options_.domain;
    key.algorithm = algorithm;
    key.public_key = made.public_key();
    key.created_at = now;
    auto const first = selector_for(algorithm, now);
    for (int i = 1; i < 100; ++i) {
        key.selector = i == 1 ? first : first + std::to_string(i);
        if (store::create_durably(file_of(key), made.pem(), 0600)) return key;
    }
    return fail(ErrorKind::conflict, "too_many_keys", "A hundred keys were made today; that is no rotation.");
}

void SigningKeys::add(store::Tx& tx, SigningKey const& key, Time now) {
    tx.exec(sql::add_dkim_key, key.domain, key.selector, key.algorithm, key.public_key, now);
    tx.publish({.at = now, .kind = "mail.key_made", .subject = key.record_name()});
}

Expected<> SigningKeys::activate(store::Tx& tx, std::string_view selector, Time now) const {
    auto const key = find_signing_key(tx, options_.domain, selector);
    if (!key) return fail(ErrorKind::not_found, "not_found", "There is no such key.");
    if (!leads(key->state, SigningVerb::activate)) return wrong_state(*key, "activated");
    if (tx.changed(sql::activate_dkim_key, selector, options_.domain, now) != 1) return wrong_state(*key, "activated");
    tx.exec(sql::retire_other_dkim_keys, selector, options_.domain, key->algorithm, now + options_.keep);
    tx.publish({.at = now, .kind = "mail.key_activated", .subject = key->record_name()});
    return {};
}

Expected<> SigningKeys::retire(store::Tx& tx, std::string_view selector, Time now) const {
    auto const key = find_signing_key(tx, options_.domain, selector);
    if (!key) return fail(ErrorKind::not_found, "not_found", "There is no such key.");
    bool const allowed = leads(key->state, SigningVerb::retire) || leads(key->state, SigningVerb::give_up);
    if (!allowed || tx.changed(sql::retire_dkim_key, selector, options_.domain, now, key->state) != 1)
        return wrong_state(*key, "retired");
    tx.publish({.at = now, .kind = "mail.key_retired", .subject = key->record_name()});
    return {};
}

void SigningKeys::take(std::vector<SigningKey> const& keys) {
    std::vector<email::DkimIdentity> identities;
    for (auto const& key : keys) {
        if (key.domain != options_.domain) continue;
        if (key.state == SigningState::retired) {
            std::error_code ignored;
            std::filesystem::remove(file_of(key), ignored);
        }
        if (key.state != SigningState::active) continue;
        auto const pem = store::read_file(file_of(key));
        auto read = pem ? email::DkimKey::from_pem(*pem)
                        : fail(ErrorKind::not_found, "key_missing", file_of(key).string() + " is not there.");
        if (!read) {
            log::error("dkim_key_unusable", {{"selector", key.selector}, {"why", read.error().text}});
            continue;
        }
        identities.push_back({key.domain, key.selector, std::move(*read)});
    }
    // RSA first: there are verifiers that look at no more than the first one they understand.
    std::ranges::sort(identities, {}, [](auto const& identity) { return identity.key.algorithm(); });
    std::lock_guard const lock(mutex_);
    signer_ = std::make_shared<email::DkimSigner const>(std::move(identities));
}

void SigningKeys::load() {
    take(store_.read_now([](store::Reader& reader) { return signing_keys(reader); }));
}

Task<> SigningKeys::reload() {
    auto const keys = co_await store_.read([](store::Reader& reader) { return signing_keys(reader); });
    take(keys);
}

std::vector<email::DkimAlgorithm> SigningKeys::missing(std::vector<SigningKey> const& keys, Time now) const {
    std::vector<email::DkimAlgorithm> wanted;
    for (auto const algorithm : {email::DkimAlgorithm::rsa_sha256, email::DkimAlgorithm::ed25519_sha256}) {
        bool waits = false, old = false, any = false;
        for (auto const& key : keys) {
            if (key.domain != options_.domain || key.algorithm != algorithm) continue;
            any = true;
            waits = waits || key.state == SigningState::made;
            old = old || (key.state == SigningState::active && options_.rotate_after > Duration::zero() &&
                          key.active_at && now - *key.active_at > options_.rotate_after);
        }
        if ((!any && options_.make_first) || (old && !waits)) wanted.push_back(algorithm);
    }
    return wanted;
}

Task<> SigningKeys::look(Time now, net::Stop stop) {
    auto keys = co_await store_.read([](store::Reader& reader) { return signing_keys(reader); });
    for (auto const algorithm : missing(keys, now)) {
        auto const made = prepare(algorithm, now);
        if (!made) continue;
        co_await store_.write([&](store::Tx& tx) { add(tx, *made, now); });
        log::info("dkim_key_made", {{"record", made->record_name()}});
        keys.push_back(*made);
    }
    for (auto const& key : keys) {
        if (key.domain != options_.domain || stop.requested()) continue;
        if (key.state == SigningState::retiring && key.keep_until && *key.keep_until <= now) {
            auto const done =
                co_await store_.write([&](store::Tx& tx) -> Expected<> { return retire(tx, key.selector, now); });
            if (done) log::info("dkim_key_retired", {{"record", key.record_name()}});
        } else if (key.state != SigningState::retired) {
            co_await check(key, now);
        }
    }
    co_await reload();
}

// A new key signs as soon as its record is there; of the others people hear when it is not.
Task<> SigningKeys::check(SigningKey key, Time now) {
    auto const executor = co_await asio::this_coro::executor;
    email::Resolver resolver(executor, options_.dns);
    auto const answer = co_await resolver.texts(key.record_name());
    bool const there = std::ranges::any_of(answer.records, [&](std::string const& text) {
        return email::same_dkim_record(text, key.algorithm, key.public_key);
    });
    std::optional<std::string> problem;
    if (answer.failed)
        problem = "the DNS could not be asked: " + answer.why;
    else if (answer.records.empty())
        problem = "there is no record";
    else if (!there)
        problem = "the record is another one";
    auto const seen = there ? std::optional(now) : std::nullopt;
    auto const done = co_await store_.write([&](store::Tx& tx) -> Expected<> {
        tx.exec(sql::dkim_key_seen, key.selector, key.domain, seen, problem);
        if (!there || key.state != SigningState::made) return {};
        return activate(tx, key.selector, now);
    });
    if (there && done && key.state == SigningState::made) log::info("dkim_key_active", {{"record", key.record_name()}});
}

Task<> SigningKeys::run(net::Stop stop) {
    auto const period = std::chrono::duration_cast<std::chrono::milliseconds>(options_.look);
    do {
        co_await look(system_now(), stop);
    } while (co_await stop.sleep(period));
}

}  // namespace rapport::post
