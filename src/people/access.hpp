// Who is there, and what may they do: signing in, sessions, API keys, net's authenticator, and the routes of people.
// The app makes one Access, hands authenticator() to the server, adds routes() to its table and runs both jobs.
#pragma once

#include "base/crypto.hpp"
#include "net/net.hpp"
#include "net/server.hpp"
#include "net/task_group.hpp"
#include "people/agents.hpp"
#include "people/api_keys.hpp"
#include "people/identities.hpp"
#include "people/passwords.hpp"
#include "people/sessions.hpp"
#include "people/viewers.hpp"
#include "store/store.hpp"

namespace rapport::people {

inline constexpr std::string_view session_cookie = "rapport_session";
inline constexpr std::string_view csrf_header = "X-Rapport-Request";  // unsafe methods with a cookie need it, value 1

struct AccessOptions {
    Key256 secrets_key{};                  // Keyring::derive("people.secrets"): seals TOTP secrets
    std::string organisation = "Rapport";  // as authenticator apps show it
    std::string public_url{};  // "https://care.example.org": links start with it; https makes cookies Secure
    unsigned hashing_threads = 1;
};

struct Credentials {
    EmailAddress email{};
    std::string password{};
    std::optional<std::string> totp{};  // six digits, or a recovery code
};
BOOST_DESCRIBE_STRUCT(Credentials, (), (email, password, totp))

struct SignedIn {
    Agent agent;
    Session session;
    std::string token;  // for the cookie; nowhere else
};

class Access {
  public:
    Access(store::Store& store, AccessOptions options);

    // Every refusal looks alike and takes as long: unknown account, wrong password, deactivated (code
    // sign_in_refused). Code totp_required when only the second factor is missing; too_many_attempts while throttled.
    Task<Expected<SignedIn>> sign_in(Credentials credentials, Act act, std::string user_agent);
    // The link stands for the password, not for the second factor. Codes link_refused, totp_required.
    Task<Expected<SignedIn>> sign_in_by_link(std::string token, std::optional<std::string> totp, Act act,
                                             std::string user_agent);
    // Somebody came back from a provider: the agent who has linked that identity. Code identity_unknown.
    Task<Expected<SignedIn>> sign_in_by_provider(ProvidedIdentity identity, Act act, std::string user_agent);
    Task<> sign_out(Act act, AgentId agent, SessionId session);

    // `current` is needed unless the agent has no password, or came by a link. Ends the other sessions; the present one
    // goes on under a new token, which is returned. Codes current_password_wrong, weak_password, too_many_attempts.
    Task<Expected<std::string>> change_password(std::string current, std::string wanted, Act act, Session session);

    // Unconfirmed secret; code totp_enabled when there is one in use.
    Task<Expected<Bytes>> begin_totp(Act act, AgentId agent);
    // Recovery codes, shown this once. Code totp_wrong, totp_not_begun.
    Task<Expected<std::vector<std::string>>> confirm_totp(std::string code, Act act, AgentId agent);
    // A session older than ten minutes needs a code too. Code totp_wrong, totp_code_needed.
    Task<Expected<void>> remove_totp(std::optional<std::string> code, Act act, Session session);

    // Bearer key, or session cookie with its rule for unsafe methods. Refusals of a known viewer are audited.
    Task<Expected<net::Viewer>> authenticate(net::Request& request, net::Permission permission);
    net::Authenticate authenticator();
    // After a change of agents, sessions or keys in this process: the next request reads them anew.
    void forget() { viewers_.forget(); }

    // Forgets who is known when the journal tells of a change, also by another node or the command line.
    Task<> run_invalidation(net::Stop stop);
    // Writes last uses and deletes what has expired, once a minute.
    Task<> run_upkeep(net::Stop stop);
    Task<> upkeep(Time now);  // one round

    store::Store& store() { return store_; }
    AccessOptions const& options() const { return options_; }
    net::Cookie cookie(std::string token, bool secure_request) const;  // an empty token deletes it

  private:
    Task<Expected<std::optional<Proofs>>> admit(EmailAddress email, Act act);
    Task<Expected<SignedIn>> finish(Proofs proofs, std::optional<std::string> totp, std::optional<std::string> link,
                                    EmailAddress email, Act act, std::string user_agent);
    Task<> forgive(EmailAddress email, std::string remote);
    Task<std::shared_ptr<Known const>> load(Digest token, bool is_key, Time now);
    Expected<bool> second_factor(store::Tx& tx, Act const& act, Proofs const& proofs, std::string_view code) const;

    store::Store& store_;
    AccessOptions options_;
    std::string dummy_hash_;  // what an unknown account's password is compared with
    PasswordPool passwords_;
    Viewers viewers_;
};

net::Routes routes(Access& access);

}  // namespace rapport::people
