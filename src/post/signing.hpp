// The keys that sign our mails with DKIM: private halves as files (0600) in a folder of their own, states in the
// database. A key is made, its record published by a person, found in the DNS, and only then signs; the one before
// stays published for a while, because mails are still on their way, and is then retired (RFC 6376 §6.1.2, appendix
// C.3).
#pragma once

#include <boost/describe.hpp>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "channels/email/dkim.hpp"
#include "channels/email/email.hpp"
#include "net/task_group.hpp"
#include "store/store.hpp"

namespace rapport::post {

enum class SigningState : std::uint8_t { made, active, retiring, retired };
BOOST_DESCRIBE_ENUM(SigningState, made, active, retiring, retired)

enum class SigningVerb : std::uint8_t { see, activate, replace, retire, give_up };
BOOST_DESCRIBE_ENUM(SigningVerb, see, activate, replace, retire, give_up)

struct SigningTransition {
    SigningState from;
    SigningVerb verb;
    SigningState to;
    std::string_view why;
};
inline constexpr SigningTransition signing_transitions[] = {
    {SigningState::made, SigningVerb::see, SigningState::active, "its record was found in the DNS as it should be"},
    {SigningState::made, SigningVerb::activate, SigningState::active, "a person says that its record is published"},
    {SigningState::made, SigningVerb::give_up, SigningState::retired, "a person does not want it"},
    {SigningState::active, SigningVerb::replace, SigningState::retiring,
     "a newer key of its algorithm signs; its record stays published for mails on their way"},
    {SigningState::retiring, SigningVerb::retire, SigningState::retired,
     "its time is over: the record can be removed, the private key is erased"},
};

struct SigningKey {
    std::string domain, selector;
    channels::email::DkimAlgorithm algorithm{};
    std::string public_key;
    SigningState state{};
    Time created_at{};
    std::optional<Time> seen_at, active_at, keep_until, retired_at;
    std::optional<std::string> problem;

    std::string record_name() const { return selector + "._domainkey." + domain; }
    std::string record() const { return channels::email::dkim_record(algorithm, public_key); }
};
BOOST_DESCRIBE_STRUCT(SigningKey, (),
                      (domain, selector, algorithm, public_key, state, created_at, seen_at, active_at, keep_until,
                       retired_at, problem))

std::vector<SigningKey> signing_keys(store::Reader& reader);  // newest first
std::optional<SigningKey> find_signing_key(store::Reader& reader, std::string_view domain, std::string_view selector);

struct SigningOptions {
    std::string domain;                          // of the From field: signatures are aligned (RFC 7489 §3.1.1)
    bool make_first = true;                      // the first pair of keys is made by itself
    Duration keep = std::chrono::hours(24 * 7);  // how long a replaced key stays published
    Duration rotate_after = Duration::zero();    // a successor is made by itself; zero: by people only
    Duration look = std::chrono::minutes(10);    // for records of new keys
    channels::email::TransportOptions dns = {};  // whose resolver is asked
};

class SigningKeys {
  public:
    // Makes the folder, 0700. Throws when it cannot.
    SigningKeys(store::Store& store, std::filesystem::path folder, SigningOptions options);

    SigningOptions const& options() const { return options_; }
    // Of the active keys; what the room asks for each mail. Any thread. Empty until load() or run().
    std::shared_ptr<channels::email::DkimSigner const> signer() const;

    // The private key is durable before the row is written: a row always has its file.
    Expected<SigningKey> prepare(channels::email::DkimAlgorithm algorithm, Time now) const;
    static void add(store::Tx& tx, SigningKey const& key, Time now);
    // made → active, by a person, or because its record was seen. The active one of its algorithm → retiring.
    Expected<> activate(store::Tx& tx, std::string_view selector, Time now) const;
    // made → retired, retiring → retired. The file goes after the commit (erase_retired).
    Expected<> retire(store::Tx& tx, std::string_view selector, Time now) const;

    // Reads which keys are active. Blocking; any thread.
    void load();
    Task<> reload();
    // Looks at the DNS for new keys, retires old ones, makes the first. One round.
    Task<> look(Time now, net::Stop stop = {});
    Task<> run(net::Stop stop);

  private:
    std::filesystem::path file_of(SigningKey const& key) const;
    void take(std::vector<SigningKey> const& keys);
    Task<> check(SigningKey key, Time now);
    std::vector<channels::email::DkimAlgorithm> missing(std::vector<SigningKey> const& keys, Time now) const;

    store::Store& store_;
    std::filesystem::path folder_;
    SigningOptions options_;
    mutable std::mutex mutex_;
    std::shared_ptr<channels::email::DkimSigner const> signer_;
};

}  // namespace rapport::post
