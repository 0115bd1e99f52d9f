// User management from the command line.
#include "people/cli.hpp"

#include "base/crypto.hpp"
#include "people/passwords.hpp"
#include "people/sessions.hpp"

namespace rapport::people::cli {

namespace {

Act operator_act(Time now) {
    Act act;
    act.actor = {ActorKind::operator_, 0, "operator"};
    act.now = now;
    return act;
}

Expected<Agent> agent_with(store::Reader& reader, EmailAddress const& email) {
    if (auto agent = agent_by_email(reader, email)) return *agent;
    return fail(ErrorKind::not_found, "agent_not_found",
                "There is no user " + email.value + "; `rapport user list` shows those there are.");
}

// Runs a verb on the agent with that address.
template <class Verb>
Expected<std::string> on_agent(store::Store& store, EmailAddress const& email, Verb verb, std::string done) {
    auto const result = store.write_now([&](store::Tx& tx) -> Expected<void> {
        auto const agent = agent_with(tx, email);
        if (!agent) return fail(agent.error());
        return verb(tx, *agent);
    });
    if (!result) return fail(result.error());
    return email.value + ": " + std::move(done) + "\n";
}

Expected<std::string> change(store::Store& store, EmailAddress const& email, AgentChange const& wanted, Time now,
                             std::string done) {
    auto verb = [&](store::Tx& tx, Agent const& agent) -> Expected<void> {
        auto const changed = update_agent(tx, operator_act(now), Permissions::all(), agent.id, wanted);
        if (!changed) return fail(changed.error());
        return {};
    };
    return on_agent(store, email, verb, std::move(done));
}

std::string column(std::string text, std::size_t width) {
    auto const size = count_characters(text);
    return text + std::string(size < width ? width - size : 0, ' ') + "  ";
}

}  // namespace

Expected<Role> role_from(std::string_view text) {
    if (auto const role = json::enum_from<Role>(text)) return *role;
    std::string names;
    for (auto const& row : role_table) (names += names.empty() ? "" : ", ") += json::enum_name(row.role);
    return fail(ErrorKind::invalid, "invalid_option",
                "There is no role \"" + std::string(text) + "\"; roles are " + names + ".");
}

Expected<std::string> user_add(store::Store& store, NewAgent const& wanted, Time now) {
    auto const made =
        store.write_now([&](store::Tx& tx) { return create_agent(tx, operator_act(now), Permissions::all(), wanted); });
    if (!made) return fail(made.error());
    return made->email + ": added as " + std::string(json::enum_name(made->role)) + " (" + to_text(made->id) +
           "); let them in with `rapport user link " + made->email + "`\n";
}

Expected<std::string> user_list(store::Store& store) {
    auto const agents = store.read_now([](store::Reader& reader) { return list_agents(reader); });
    if (agents.empty()) return std::string("There are no users yet; add one with `rapport user add`.\n");
    std::size_t email = 0, name = 0;
    for (auto const& agent : agents) {
        email = std::max(email, count_characters(agent.email));
        name = std::max(name, count_characters(agent.name));
    }
    std::string out;
    for (auto const& agent : agents) {
        out += column(agent.email, email) + column(agent.name, name) +
               column(std::string(json::enum_name(agent.role)), 13);
        out += agent.disabled_at ? "deactivated" : agent.has_password ? "password" : "no password";
        if (agent.has_totp) out += " and second factor";
        out += agent.signed_in_at ? ", signed in " + to_text(*agent.signed_in_at) : ", never signed in";
        out += '\n';
    }
    return out;
}

Expected<std::string> user_password(store::Store& store, EmailAddress const& email, std::string_view password,
                                    Time now) {
    auto const agent = store.read_now([&](store::Reader& reader) { return agent_with(reader, email); });
    if (!agent) return fail(agent.error());
    if (auto const good = check_password(password, agent->email, agent->name); !good) return fail(good.error());
    auto const hash = hash_password(password);
    auto verb = [&](store::Tx& tx, Agent const& found) -> Expected<void> {
        set_password(tx, operator_act(now), found.id, hash, std::nullopt);
        return {};
    };
    return on_agent(store, email, verb, "password set, signed out everywhere");
}

Expected<std::string> user_link(store::Store& store, EmailAddress const& email, std::string_view public_url, Time now) {
    auto const token = random_token(32);
    auto verb = [&](store::Tx& tx, Agent const& agent) {
        return create_link(tx, operator_act(now), Permissions::all(), {agent.id, token});
    };
    auto const made = on_agent(store, email, verb, "");
    if (!made) return fail(made.error());
    return sign_in_url(public_url, token) + "\n";
}

Expected<std::string> user_disable(store::Store& store, EmailAddress const& email, bool disabled, Time now) {
    AgentChange wanted;
    wanted.disabled = disabled;
    return change(store, email, wanted, now, disabled ? "deactivated, signed out everywhere" : "active again");
}

Expected<std::string> user_role(store::Store& store, EmailAddress const& email, Role role, Time now) {
    AgentChange wanted;
    wanted.role = role;
    return change(store, email, wanted, now, "is now " + std::string(json::enum_name(role)));
}

Expected<std::string> user_totp(store::Store& store, EmailAddress const& email, Time now) {
    auto verb = [&](store::Tx& tx, Agent const& agent) -> Expected<void> {
        remove_totp(tx, operator_act(now), agent.id);
        return {};
    };
    return on_agent(store, email, verb, "second factor removed");
}

}  // namespace rapport::people::cli
