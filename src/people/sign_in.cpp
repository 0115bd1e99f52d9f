// Signing in: count the attempt, compare off the store's threads, then decide and open the session in one transaction.
#include "people/access.hpp"
#include "people/sql.hpp"
#include "people/throttle.hpp"
#include "people/totp.hpp"

namespace rapport::people {

namespace {

std::unexpected<Error> sign_in_refused() {
    return fail(ErrorKind::unauthenticated, "sign_in_refused",
                "The e-mail address, the password or the code is wrong. Check them and try again.");
}
std::unexpected<Error> totp_required() {
    return fail(ErrorKind::unauthenticated, "totp_required", "Enter the code that your authenticator app shows.");
}
std::unexpected<Error> link_refused() {
    return fail(ErrorKind::unauthenticated, "link_refused",
                "The link was used already or has expired. Ask for a new one.");
}

Act as_agent(Act act, Proofs const& proofs) {
    act.actor = {ActorKind::agent, proofs.id.value, proofs.name};
    return act;
}

void audit_refusal(store::Tx& tx, Act const& act, std::optional<AgentId> agent, std::string_view why) {
    audit(tx, act, "agent.sign_in_refused", agent ? to_text(*agent) : "unknown", AuditOutcome::refused, {{"why", why}});
}

}  // namespace

// Both throttles count; who is over a limit is told so before anything is compared.
Task<Expected<std::optional<Proofs>>> Access::admit(EmailAddress email, Act act) {
    auto fn = [email, act](store::Tx& tx) -> Expected<std::optional<Proofs>> {
        auto const by_address = count_attempt(tx, throttle_of_address(act.remote), address_rule, act.now);
        if (!by_address) return fail(by_address.error());
        auto const by_account = count_attempt(tx, throttle_of_account(email), account_rule, act.now);
        if (!by_account) return fail(by_account.error());
        return proofs_by_email(tx, email);
    };
    co_return co_await store_.write(std::move(fn));
}

Task<> Access::forgive(EmailAddress email, std::string remote) {
    auto fn = [email, remote](store::Tx& tx) {
        undo_attempt(tx, throttle_of_address(remote));
        undo_attempt(tx, throttle_of_account(email));
    };
    co_await store_.write(std::move(fn));
}

Task<Expected<SignedIn>> Access::sign_in(Credentials credentials, Act act, std::string user_agent) {
    auto const admitted = co_await admit(credentials.email, act);
    if (!admitted) co_return fail(admitted.error());
    auto proofs = *admitted;
    bool const usable = proofs && proofs->password && !proofs->disabled_at;
    bool const sized = credentials.password.size() <= most_password_octets;
    std::string const hash = usable ? *proofs->password : dummy_hash_;
    std::string password = sized ? credentials.password : std::string();
    auto const right = co_await passwords_.verify(hash, std::move(password));
    if (!right) {
        co_await forgive(credentials.email, act.remote);
        co_return fail(right.error());
    }
    if (!*right || !usable || !sized) {
        std::optional<AgentId> const agent = proofs ? std::optional(proofs->id) : std::nullopt;
        auto fn = [act, agent](store::Tx& tx) { audit_refusal(tx, act, agent, "password"); };
        co_await store_.write(std::move(fn));
        co_return sign_in_refused();
    }
    if (proofs->totp_since && !credentials.totp) {
        co_await forgive(credentials.email, act.remote);
        co_return totp_required();
    }
    if (is_outdated(hash)) {
        auto const renewed = co_await passwords_.hash(credentials.password);
        auto fn = [id = proofs->id, &renewed, &hash](store::Tx& tx) {
            return renewed && tx.changed(sql::upgrade_password, id, *renewed, hash) == 1;
        };
        bool const upgraded = co_await store_.write(std::move(fn));
        if (upgraded) proofs->password = *renewed;
    }
    co_return co_await finish(*proofs, credentials.totp, std::nullopt, credentials.email, act, std::move(user_agent));
}

Task<Expected<SignedIn>> Access::sign_in_by_link(std::string token, std::optional<std::string> totp, Act act,
                                                 std::string user_agent) {
    struct Found {
        Proofs proofs;
        std::string email;
    };
    auto look = [token, act](store::Reader& reader) -> std::optional<Found> {
        auto const id = agent_of_link(reader, token, act.now);
        if (!id) return std::nullopt;
        auto const proofs = proofs_of(reader, *id);
        if (!proofs || proofs->disabled_at) return std::nullopt;
        return Found{*proofs, find_agent(reader, *id)->email};
    };
    auto const found = co_await store_.read(std::move(look));
    if (!found) {
        auto fn = [act](store::Tx& tx) { audit_refusal(tx, act, std::nullopt, "link"); };
        co_await store_.write(std::move(fn));
        co_return link_refused();
    }
    EmailAddress const email{found->email};
    if (found->proofs.totp_since) {
        if (!totp) co_return totp_required();
        auto const admitted = co_await admit(email, act);  // codes are guessable, links are not
        if (!admitted) co_return fail(admitted.error());
    }
    co_return co_await finish(found->proofs, totp, token, email, act, std::move(user_agent));
}

// An error: the secret cannot be read. False: the code is wrong, or was used.
Expected<bool> Access::second_factor(store::Tx& tx, Act const& act, Proofs const& proofs, std::string_view code) const {
    if (!proofs.totp) return false;
    if (code.size() != 6) return use_recovery_code(tx, act, proofs.id, recovery_digest(proofs.id, code));
    auto const secret = open_totp(options_.secrets_key, proofs.id, proofs.totp->bytes);
    if (!secret) return fail(secret.error());
    auto const step = matching_step(*secret, code, act.now, proofs.totp_step);
    return step && use_totp_step(tx, proofs.id, *step);
}

// Decides on what holds now, not on what was read before the comparison.
Task<Expected<SignedIn>> Access::finish(Proofs proofs, std::optional<std::string> totp, std::optional<std::string> link,
                                        EmailAddress email, Act act, std::string user_agent) {
    auto const token = random_token(32);
    // Empty: refused. The refusal is audited in this transaction, so it must not roll back.
    auto fn = [this, proofs, totp, link, email, token, user_agent,
               act = as_agent(act, proofs)](store::Tx& tx) -> Expected<std::optional<SignedIn>> {
        auto const now = proofs_of(tx, proofs.id);
        auto refuse = [&](std::string_view why) {
            audit_refusal(tx, act, proofs.id, why);
            return std::optional<SignedIn>();
        };
        if (!now || now->disabled_at || (!link && now->password != proofs.password)) return refuse("changed");
        if (now->totp_since) {
            auto const right = totp ? second_factor(tx, act, *now, *totp) : Expected<bool>(false);
            if (!right) return fail(right.error());
            if (!*right) return refuse("code");
        }
        if (link && !use_link(tx, *link, act.now)) return refuse("link");
        if (!link || now->totp_since) {
            forget_attempts(tx, throttle_of_account(email));
            undo_attempt(tx, throttle_of_address(act.remote));
        }
        auto const by = now->totp_since ? (link ? OpenedBy::link_totp : OpenedBy::password_totp)
                        : link          ? OpenedBy::link
                                        : OpenedBy::password;
        auto const session = open_session(tx, act, proofs.id, by, token, user_agent);
        return std::optional(SignedIn{*find_agent(tx, proofs.id), session, token});
    };
    auto done = co_await store_.write(std::move(fn));
    if (!done) co_return fail(done.error());
    if (!*done) co_return sign_in_refused();
    co_return std::move(**done);
}

Task<Expected<SignedIn>> Access::sign_in_by_provider(ProvidedIdentity identity, Act act, std::string user_agent) {
    auto const token = random_token(32);
    auto fn = [&](store::Tx& tx) -> std::optional<SignedIn> {
        auto const id = agent_of_identity(tx, identity.source, identity.value);
        auto const agent = id ? find_agent(tx, *id) : std::nullopt;
        if (!agent || agent->disabled_at) {
            audit_refusal(tx, act, id, "provider");
            return std::nullopt;
        }
        act.actor = {ActorKind::agent, agent->id.value, agent->name};
        use_agent_identity(tx, identity.source, identity.value, act.now);
        auto const session =
            open_session(tx, act, agent->id, OpenedBy::provider, token, user_agent, {identity.level, identity.record});
        return SignedIn{*find_agent(tx, agent->id), session, token};
    };
    auto done = co_await store_.write(fn);
    if (!done)
        co_return fail(
            ErrorKind::forbidden, "identity_unknown",
            "Nobody here has linked this identity. Sign in as usual first, and link it on your account's page.");
    co_return std::move(*done);
}

Task<> Access::sign_out(Act act, AgentId agent, SessionId session) {
    auto fn = [act, agent, session](store::Tx& tx) { end_session(tx, act, agent, session); };
    co_await store_.write(std::move(fn));
    forget();
}

}  // namespace rapport::people
