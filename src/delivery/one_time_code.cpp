// Identification by a one-time code to an address of the recipient: another one than the link's (low), or the same
// where the sender allows that (basic). Stored as a keyed hash bound to session and delivery.
#include "delivery/pages.hpp"
#include "delivery/pickup.hpp"
#include "delivery/row.hpp"
#include "delivery/sql.hpp"
#include "post/post.hpp"
#include "store/keyring.hpp"

namespace rapport::delivery {
namespace {

struct Sent {
    std::int64_t codes = 0;
    std::optional<Time> last;
};
BOOST_DESCRIBE_STRUCT(Sent, (), (codes, last))

int seconds_until(Time then, Time now) {
    return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(then - now).count());
}

class OneTimeCode final : public Identification {
  public:
    OneTimeCode(store::Keyring const& keyring, DeliverySettings const& settings)
        : key_(keyring.derive("delivery.one-time-code")), settings_(settings) {}

    Begun begin(store::Tx& tx, Candidate const& candidate, Time now) override {
        // Counted over all sessions of the delivery: whoever holds the link can flood nobody.
        auto const sent =
            tx.one<Sent>(sql::codes_since, candidate.delivery, now - std::chrono::hours(24)).value_or(Sent{});
        if (sent.last && now < *sent.last + settings_.code_pause)
            return {false, seconds_until(*sent.last + settings_.code_pause, now)};
        if (sent.codes >= settings_.codes_a_day)
            return {false, seconds_until(*sent.last + std::chrono::hours(24), now)};
        auto const code = new_code();
        auto const expires = now + settings_.code_life;
        tx.exec(sql::begin_pickup, candidate.session, candidate.delivery, now, hash(candidate, code), expires);
        post::Letter letter{
            to_text(candidate.delivery), "code", candidate.code_address, candidate.locale, "code", {}, expires,
            post::Priority::urgent};
        letter.data["organisation"] = settings_.organisation;
        letter.data["code"] = code;
        letter.data["valid_until"] = date_for_people(expires, candidate.locale);
        post::enqueue(tx, letter, now);
        return {true, 0};
    }

    Finished finish(store::Tx& tx, Candidate const& candidate, std::string_view proof, Time now) override {
        // The try is counted before the code is compared, so that tries at once cannot outrun the count.
        if (tx.changed(sql::count_try, candidate.session, candidate.delivery, settings_.code_tries) == 0) return {};
        auto const pickup = find_pickup(tx, candidate.session, candidate.delivery);
        if (!pickup || !pickup->code || !pickup->code_expires_at || now >= *pickup->code_expires_at) return {};
        auto const given = hash(candidate, trimmed(proof));
        if (!equal_in_constant_time(given.view(), pickup->code->view()))
            return {std::nullopt, std::max(0, settings_.code_tries - static_cast<int>(pickup->tries))};
        return {assertion_for(candidate, now), 0};
    }

  private:
    std::string new_code() const {
        std::uint64_t number = 0, limit = 1;
        for (char c : random_bytes(8)) number = number << 8 | static_cast<unsigned char>(c);
        for (int i = 0; i < settings_.code_digits; ++i) limit *= 10;
        auto text = std::to_string(number % limit);
        return std::string(static_cast<std::size_t>(settings_.code_digits) - text.size(), '0') + text;
    }

    Digest hash(Candidate const& candidate, std::string_view code) const {
        std::string message(candidate.session.view());
        message.append(std::to_string(candidate.delivery.value)).append(":").append(code);
        return hmac_sha256({reinterpret_cast<char const*>(key_.data()), key_.size()}, message);
    }

    static Assertion assertion_for(Candidate const& candidate, Time now) {
        Assertion who{candidate.level, std::string(evidence::method::one_time_code), now, {}};
        who.record = "rapport-identification-1\ndelivery: " + to_text(candidate.delivery) +
                     "\ncustomer: " + to_text(candidate.customer) +
                     "\nmethod: one-time code\nlevel: " + std::string(json::enum_name(candidate.level)) +
                     "\naddress: " + candidate.code_address.value + "\ntime: " + to_text(now) +
                     "\nsession: " + to_hex(sha256(candidate.session.view()).view()) + "\n";
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
