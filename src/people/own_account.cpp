// What agents do with their own account: password and second factor.
#include "people/access.hpp"
#include "people/throttle.hpp"
#include "people/totp.hpp"

namespace rapport::people {

namespace {

constexpr auto fresh_session = std::chrono::minutes(10);

std::unexpected<Error> totp_wrong() {
    return fail(ErrorKind::invalid, "totp_wrong", "The code is wrong or was used already.",
                {{"/code", "must be the code that the authenticator app shows now", "wait for the next code"}});
}

}  // namespace

Task<Expected<std::string>> Access::change_password(std::string current, std::string wanted, Act act, Session session) {
    auto look = [id = session.agent](store::Reader& reader) {
        return std::pair(find_agent(reader, id), proofs_of(reader, id));
    };
    auto const [agent, proofs] = co_await store_.read(std::move(look));
    if (!agent || agent->disabled_at) co_return fail(ErrorKind::unauthenticated, "not_signed_in", "Sign in first.");
    if (auto const good = check_password(wanted, agent->email, agent->name); !good) co_return fail(good.error());
    if (proofs->password && session.opened_by != OpenedBy::link && session.opened_by != OpenedBy::link_totp) {
        auto const who = throttle_of_account(EmailAddress{agent->email});
        auto count = [who, act](store::Tx& tx) { return count_attempt(tx, who, account_rule, act.now); };
        if (auto const counted = co_await store_.write(std::move(count)); !counted) co_return fail(counted.error());
        if (current.size() > most_password_octets) current.clear();
        auto const right = co_await passwords_.verify(*proofs->password, std::move(current));
        if (!right) co_return fail(right.error());
        if (!*right)
            co_return fail(ErrorKind::invalid, "current_password_wrong", "The present password is wrong.",
                           {{"/current", "must be the present password", "correct it"}});
        auto forget_them = [who](store::Tx& tx) { forget_attempts(tx, who); };
        co_await store_.write(std::move(forget_them));
    }
    auto const hash = co_await passwords_.hash(std::move(wanted));
    if (!hash) co_return fail(hash.error());
    auto const token = random_token(32);
    auto change = [act, session, token, &hash](store::Tx& tx) {
        set_password(tx, act, session.agent, *hash, session.id);
        rotate_session(tx, session.id, token);
    };
    co_await store_.write(std::move(change));
    forget();
    co_return token;
}

Task<Expected<Bytes>> Access::begin_totp(Act act, AgentId agent) {
    auto const secret = random_bytes(totp_secret_size);
    auto const sealed = seal_totp(options_.secrets_key, agent, secret);
    auto fn = [act, agent, sealed](store::Tx& tx) -> Expected<void> {
        auto const proofs = proofs_of(tx, agent);
        if (!proofs || proofs->totp_since)
            return fail(ErrorKind::conflict, "totp_enabled", "A second factor is in use already; remove it first.");
        people::begin_totp(tx, act, agent, sealed);
        return {};
    };
    if (auto const begun = co_await store_.write(std::move(fn)); !begun) co_return fail(begun.error());
    co_return secret;
}

Task<Expected<std::vector<std::string>>> Access::confirm_totp(std::string code, Act act, AgentId agent) {
    auto const codes = new_recovery_codes();
    std::vector<Digest> digests;
    for (auto const& one : codes) digests.push_back(recovery_digest(agent, one));
    auto fn = [this, code, act, agent, digests](store::Tx& tx) -> Expected<void> {
        auto const proofs = proofs_of(tx, agent);
        if (!proofs || !proofs->totp || proofs->totp_since)
            return fail(ErrorKind::conflict, "totp_not_begun", "Begin with POST /v1/agents/me/totp.");
        auto const secret = open_totp(options_.secrets_key, agent, proofs->totp->bytes);
        if (!secret) return fail(secret.error());
        auto const step = matching_step(*secret, code, act.now, 0);
        if (!step) return totp_wrong();
        people::confirm_totp(tx, act, agent, *step, digests);
        return {};
    };
    if (auto const confirmed = co_await store_.write(std::move(fn)); !confirmed) co_return fail(confirmed.error());
    co_return codes;
}

Task<Expected<void>> Access::remove_totp(std::optional<std::string> code, Act act, Session session) {
    auto const email = [id = session.agent](store::Reader& reader) { return find_agent(reader, id)->email; };
    auto const who = throttle_of_account(EmailAddress{co_await store_.read(email)});
    // Empty: the code was wrong, which stays counted.
    auto fn = [this, code, act, session, who](store::Tx& tx) -> Expected<bool> {
        auto const proofs = proofs_of(tx, session.agent);
        if (!proofs || !proofs->totp) return true;
        if (act.now - session.created_at > fresh_session && proofs->totp_since) {
            if (!code)
                return fail(ErrorKind::forbidden, "totp_code_needed",
                            "Give a code of the authenticator app, or a recovery code, as ?code=.");
            if (auto const counted = count_attempt(tx, who, account_rule, act.now); !counted)
                return fail(counted.error());
            auto const right = second_factor(tx, act, *proofs, *code);
            if (!right) return fail(right.error());
            if (!*right) return false;
            forget_attempts(tx, who);
        }
        people::remove_totp(tx, act, session.agent);
        return true;
    };
    auto const removed = co_await store_.write(std::move(fn));
    if (!removed) co_return fail(removed.error());
    if (!*removed) co_return totp_wrong();
    co_return Expected<void>();
}

}  // namespace rapport::people
