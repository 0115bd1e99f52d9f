// For tests: an Access on a store, coroutines run to their end, and requests that pass through the route table as the
// server has them pass.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "people/access.hpp"
#include "people/sql.hpp"
#include "people/totp.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::people {

inline constexpr std::string_view password = "correct horse battery";

// One hash for all tests: making it takes 20 ms or more.
inline std::string const& password_hash() {
    static std::string const hash = hash_password(password);
    return hash;
}

struct Answer {
    int status = 0;
    json::Value body = nullptr;
    std::string cookie{};  // the value set, if any
    std::string set_cookie{};

    std::string code() const {
        return body.is_object() && body.get_object().contains("code") ? std::string(body.at("code").as_string()) : "";
    }
};

// What a request carries besides its body.
struct As {
    std::string cookie{};
    std::string key{};
    bool csrf = true;
    std::string remote = "192.0.2.7";
    bool secure = false;
};

class AccessTest : public test::StoreTest {
  protected:
    AccessTest() : StoreTest({sql::migrations}) {}

    Access& access() {
        if (!access_) {
            access_ =
                std::make_unique<Access>(store(), AccessOptions{secrets_key_, "Test", "https://care.example.org", 1});
            routes_ = routes(*access_);
        }
        return *access_;
    }
    // A new one on the same store, as after a restart.
    void forget_access() { access_.reset(); }

    template <class T>
    T run(Task<T> task) {
        asio::io_context context;
        std::optional<T> result;
        asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
            if (error) std::rethrow_exception(error);
            result.emplace(std::move(value));
        });
        context.run();
        return std::move(*result);
    }
    void run(Task<> task) {
        asio::io_context context;
        asio::co_spawn(context, std::move(task), [](std::exception_ptr error) {
            if (error) std::rethrow_exception(error);
        });
        context.run();
    }

    Act act() const { return {{ActorKind::operator_, 0, "operator"}, now(), "192.0.2.7", "req1"}; }

    AgentId make_agent(std::string email, Role role, bool with_password = true) {
        return store().write_now([&](store::Tx& tx) {
            auto const agent =
                create_agent(tx, act(), Permissions::all(), {{email}, {"Ann"}, Locale::en, role}).value();
            if (with_password) set_password(tx, act(), agent.id, password_hash(), std::nullopt);
            return agent.id;
        });
    }
    // The token of a session, without the cost of a password.
    std::string session_of(AgentId agent, OpenedBy by = OpenedBy::password) {
        auto const token = random_token(32);
        store().write_now([&](store::Tx& tx) { open_session(tx, act(), agent, by, token, "test"); });
        return token;
    }
    std::string key_with(Permissions scopes, std::optional<Time> expires_at = {}) {
        return store()
            .write_now([&](store::Tx& tx) {
                return create_api_key(tx, act(), Permissions::all(), {{"shop"}, scopes.names(), expires_at},
                                      random_token());
            })
            .value()
            .key;
    }
    As as(Role role) { return {session_of(make_agent(std::string(json::enum_name(role)) + "@example.org", role))}; }

    Answer ask(net::Method method, std::string target, std::string body, As const& as) {
        access();
        net::RequestParts parts;
        parts.method = method;
        parts.target = std::move(target);
        parts.remote_address = as.remote;
        parts.secure = as.secure;
        parts.id = "req1";
        parts.now = now();
        parts.headers.add("Content-Type", "application/json");
        if (!as.cookie.empty()) parts.headers.add("Cookie", std::string(session_cookie) + "=" + as.cookie);
        if (!as.key.empty()) parts.headers.add("Authorization", "Bearer " + as.key);
        if (as.csrf) parts.headers.add(csrf_header, "1");
        parts.body = std::move(body);
        net::Request request(std::move(parts));
        auto const response = run(pass(request));
        Answer answer{response.status, nullptr, {}, std::string(response.headers.find("Set-Cookie"))};
        if (auto const* text = std::get_if<std::string>(&response.body); text && !text->empty())
            answer.body = json::parse(*text).value();
        auto const start = answer.set_cookie.find('=') + 1;
        answer.cookie = answer.set_cookie.substr(start, answer.set_cookie.find(';') - start);
        return answer;
    }
    Answer get(std::string target, As const& as) { return ask(net::Method::get, std::move(target), "", as); }
    Answer post(std::string target, std::string body, As const& as) {
        return ask(net::Method::post, std::move(target), std::move(body), as);
    }
    Answer patch(std::string target, std::string body, As const& as) {
        return ask(net::Method::patch, std::move(target), std::move(body), as);
    }
    Answer put(std::string target, std::string body, As const& as) {
        return ask(net::Method::put, std::move(target), std::move(body), as);
    }
    Answer del(std::string target, As const& as) { return ask(net::Method::delete_, std::move(target), "", as); }
    Answer sign_in(std::string_view email, std::string_view with, std::string_view code = "", As const& as = {}) {
        json::Object body{{"email", email}, {"password", with}};
        if (!code.empty()) body["totp"] = code;
        return post("/v1/session", json::encode(body), as);
    }

    std::vector<AuditLine> audited(std::string verb) {
        AuditFilter filter;
        filter.verb = verb;
        return store().read_now([&](store::Reader& reader) { return audit_lines(reader, filter, {}, 100); });
    }
    net::Routes const& table() {
        access();
        return routes_;
    }

  private:
    static std::vector<std::string> segments(std::string_view path) {
        std::vector<std::string> parts;
        for (std::size_t at = 0; at < path.size();) {
            auto const end = std::min(path.find('/', at + 1), path.size());
            parts.emplace_back(path.substr(at + 1, end - at - 1));
            at = end;
        }
        return parts;
    }
    // A literal row before one with parameters.
    net::Route const* match(net::Request& request) {
        auto const have = segments(request.path());
        for (bool const literal : {true, false})
            for (auto const& row : routes_.rows()) {
                auto const want = segments(row.path);
                std::vector<std::string> parameters;
                bool fits = row.method == request.method() && want.size() == have.size();
                for (std::size_t i = 0; fits && i < want.size(); ++i) {
                    if (want[i].starts_with('{'))
                        parameters.push_back(have[i]);
                    else
                        fits = want[i] == have[i];
                }
                if (!fits || (literal && !parameters.empty())) continue;
                request.set_parameters(parameters);
                return &row;
            }
        return nullptr;
    }
    Task<net::Response> pass(net::Request& request) {
        auto const* row = match(request);
        if (!row) co_return net::problem({ErrorKind::not_found, "not_found", "No such route."}, request.id());
        if (!(row->permission == net::anyone)) {
            auto const authenticate = access_->authenticator();
            auto viewer = co_await authenticate(request, row->permission);
            if (!viewer) co_return net::problem(viewer.error(), request.id());
            request.set_viewer(std::move(*viewer));
        }
        co_return co_await row->run(request);
    }

    Key256 secrets_key_ = random_key();
    std::unique_ptr<Access> access_;
    net::Routes routes_;
};

}  // namespace rapport::people
