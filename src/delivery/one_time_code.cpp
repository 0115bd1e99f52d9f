// Identification by a one-time code to an address of the recipient: another one than the link's (low), or the same
// where the sender allows that (basic). Stored as a keyed hash bound to session and delivery.
#include <arpa/inet.h>

#include "delivery/pages.hpp"
#include "delivery/pickup.hpp"
#include "delivery/row.hpp"
#include "delivery/sql.hpp"
#include "post/post.hpp"
#include "store/keyring.hpp"

namespace rapport::delivery {
namespace {

struct Sent {
    std::int64_t codes = 0, sessions = 0;
    std::optional<Time> last;
};
BOOST_DESCRIBE_STRUCT(Sent, (), (codes, sessions, last))

constexpr auto a_day = std::chrono::hours(24);

// The network that an address belongs to, as one who wants many addresses gets them: IPv4 by /24, IPv6 by /48.
std::string network_of(std::string const& address) {
    unsigned char octets[16] = {};
    if (inet_pton(AF_INET, address.c_str(), octets) == 1) return {reinterpret_cast<char const*>(octets), 3};
    if (inet_pton(AF_INET6, address.c_str(), octets) == 1) return {reinterpret_cast<char const*>(octets), 6};
    return address;
}

int seconds_until(Time then, Time now) {
    return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(then - now).count());
}

class OneTimeCode final : public Identification {
  public:
    OneTimeCode(store::Keyring const& keyring, DeliverySettings const& settings)
        : key_(keyring.derive("delivery.one-time-code")), settings_(settings) {}

    Begun begin(store::Tx& tx, Candidate const& candidate, Time now) override {
        auto const source = hash_of_network(candidate);
        auto const all = tx.one<Sent>(sql::codes_since, candidate.delivery, now - a_day).value_or(Sent{});
        if (auto const wait = wait_for(tx, candidate, source, all, now)) return {false, seconds_until(*wait, now)};
        auto const code = new_code(all.codes);
        auto const expires = now + settings_.code_life;
        tx.exec(sql::begin_pickup, candidate.session, candidate.delivery, now, hash(candidate, code), expires, source);
        post::Letter letter{
            to_text(candidate.delivery), "code", candidate.code_address, candidate.locale, "code", {}, expires,
            post::Priority::urgent};
        letter.data["organisation"] = settings_.organisation;
        letter.data["code"] = code;
        letter.data["valid_until"] = date_for_people(expires, candidate.locale);
        post::enqueue(tx, letter, now);
        auto const codes = all.codes + 1;
        return {true, 0, codes == settings_.codes_noticed || codes == settings_.codes_a_day, codes, all.sessions};
    }

    Finished finish(store::Tx& tx, Candidate const& candidate, std::string_view proof, Time now) override {
        // The try is counted before the code is compared, so that tries at once cannot outrun the count.
        if (tx.changed(sql::count_try, candidate.session, candidate.delivery, settings_.code_tries) == 0) return {};
        auto const pickup = find_pickup(tx, candidate.session, candidate.delivery);
        if (!pickup || !pickup->code || !pickup->code_expires_at || now >= *pickup->code_expires_at) return {};
        auto const given = hash(candidate, trimmed(proof));
        if (!equal_in_constant_time(given.view(), pickup->code->view()))
            return {std::nullopt, {}, std::max(0, settings_.code_tries - static_cast<int>(pickup->tries))};
        auto record = record_of(candidate, now);
        auto who = assertion_for(candidate, sha256(record), now);
        return {std::move(who), std::move(record), 0};
    }

  private:
    // When the next code may go out; nothing: now.
    std::optional<Time> wait_for(store::Reader& reader, Candidate const& candidate, Digest const& source,
                                 Sent const& all, Time now) const {
        auto const own = find_pickup(reader, candidate.session, candidate.delivery);
        bool const had_one = own && own->sent_at && *own->sent_at > now - a_day;
        if (had_one && now < *own->sent_at + settings_.code_pause) return *own->sent_at + settings_.code_pause;
        if (had_one && own->sent >= settings_.codes_a_session) return *own->sent_at + a_day;
        auto const near = reader.one<Sent>(sql::codes_from, candidate.delivery, now - a_day, source).value_or(Sent{});
        auto const trickle = [&](Sent const& sent, bool newcomer) -> std::optional<Time> {
            auto const next = *sent.last + (newcomer ? settings_.code_trickle : Duration(a_day));
            return now < next ? std::optional(next) : std::nullopt;
        };
        // Others' requests never shut out somebody who has had none: they wait for their turn.
        if (near.codes >= settings_.codes_a_network)
            if (auto const wait = trickle(near, !had_one)) return wait;
        if (all.codes >= settings_.codes_a_day)
            if (auto const wait = trickle(all, near.codes == 0)) return wait;
        return std::nullopt;
    }

    Digest hash_of_network(Candidate const& candidate) const {
        return keyed("network:" + std::to_string(candidate.delivery.value) + ":" + network_of(candidate.remote));
    }

    // Many codes are many chances to guess one: from where the sender is told on, guessing gets a hundred times harder.
    std::string new_code(std::int64_t sent_before) const {
        int const digits =
            sent_before >= settings_.codes_noticed ? std::max(settings_.code_digits, 8) : settings_.code_digits;
        std::uint64_t number = 0, limit = 1;
        for (char c : random_bytes(8)) number = number << 8 | static_cast<unsigned char>(c);
        for (int i = 0; i < digits; ++i) limit *= 10;
        auto text = std::to_string(number % limit);
        return std::string(static_cast<std::size_t>(digits) - text.size(), '0') + text;
    }

    Digest hash(Candidate const& candidate, std::string_view code) const {
        std::string message(candidate.session.view());
        message.append(std::to_string(candidate.delivery.value)).append(":").append(code);
        return keyed(message);
    }
    Digest keyed(std::string_view message) const {
        return hmac_sha256({reinterpret_cast<char const*>(key_.data()), key_.size()}, message);
    }

    static std::string record_of(Candidate const& candidate, Time now) {
        return "rapport-identification-1\ndelivery: " + to_text(candidate.delivery) +
               "\ncustomer: " + to_text(candidate.customer) +
               (candidate.delegation ? "\ndelegation: " + to_text(candidate.delegation->id) : std::string()) +
               "\nmethod: one-time code\nlevel: " + std::string(json::enum_name(candidate.level)) +
               "\naddress: " + candidate.code_address.value + "\ntime: " + to_text(now) +
               "\nsession: " + to_hex(sha256(candidate.session.view()).view()) + "\n";
    }
    static Assertion assertion_for(Candidate const& candidate, Digest const& record, Time now) {
        Assertion who{candidate.level, std::string(evidence::method::one_time_code), now, record};
        if (auto const& d = candidate.delegation) who.delegate = DelegateParty{to_text(d->id), d->name, d->email};
        return who;
    }

    Key256 key_;
    DeliverySettings settings_;
};

}  // namespace

std::unique_ptr<Identification> one_time_code(store::Keyring const& keyring, DeliverySettings const& settings) {
    return std::make_unique<OneTimeCode>(keyring, settings);
}

}  // namespace rapport::delivery
