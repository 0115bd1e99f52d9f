// For tests: the module on a store with everything below it, letters that went out, and requests to the public page.
#pragma once

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <deque>

#include "channels/sql.hpp"
#include "evidence/checkpoint.hpp"
#include "evidence/fsck.hpp"
#include "evidence/keys.hpp"
#include "evidence/sql.hpp"
#include "net/net.hpp"
#include "people/sql.hpp"
#include "post/post.hpp"
#include "post/sql.hpp"
#include "preferences/http.hpp"
#include "preferences/page_view.hpp"
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::preferences {

inline Time at(std::string_view text) { return time_from_text(text).value(); }
inline QuietHours nights() { return {{{}, {22 * 60}, {7 * 60}}}; }

class PreferencesTest : public test::StoreTest {
  protected:
    PreferencesTest()
        : StoreTest({evidence::sql::migrations, people::sql::migrations, channels::sql::migrations,
                     post::sql::migrations, sql::migrations}) {}
    ~PreferencesTest() override {
        module_.reset();
        close();
    }

    Preferences& module() {
        if (module_) return *module_;
        Settings settings;
        settings.organisation = "Example Utilities";
        settings.public_url = "https://post.example.org";
        settings.zone = "Europe/Rome";
        Links links(key_, settings.public_url, settings.link_life);
        module_ = std::make_unique<Preferences>(store(), prover_, Desk{settings, links}, [this] { return now(); });
        module_->put_stock_on_shelf();
        module_->know_notices({[this](store::Reader&, std::int64_t notice) -> std::optional<AboutNotice> {
                                   auto const found = notices_.find(notice);
                                   if (found == notices_.end()) return std::nullopt;
                                   return found->second;
                               },
                               [](store::Reader&, std::string_view owner) -> std::optional<std::int64_t> {
                                   if (owner != "dlv_offer") return std::nullopt;
                                   return 1;
                               }});
        routes_ = page_routes(*module_);
        return *module_;
    }
    Settings const& settings() { return module().settings(); }
    Act act() const { return {{ActorKind::agent, 7, "Ann"}, now(), "198.51.100.7", "r1"}; }
    CustomerId customer(std::string email = "ada@example.org", Locale locale = Locale::en) {
        module();
        return store().write_now(
            [&](store::Tx& tx) { return people::customer_for(tx, {std::move(email)}, "Ada Lovelace", locale, now()); });
    }
    // A letter of that category went out; the token of its link.
    std::string letter(CustomerId who, std::string category, Class class_ = Class::promotional) {
        auto const number = static_cast<std::int64_t>(notices_.size()) + 1;
        notices_[number] = {who, std::move(category), class_, Locale::en};
        return module().desk().links.token(LinkFor::notice, number, now());
    }
    NewConsent consent(std::string category = "offers", Method method = Method::form) {
        NewConsent wanted;
        wanted.category = {std::move(category)};
        wanted.method = method;
        wanted.wording = {{"Yes, send me offers."}, {"2026-1"}, Locale::en};
        wanted.remote = Text<1, 64>{"192.0.2.77"};
        wanted.source = Text<1, 500>{"https://shop.example.org/checkout"};
        return wanted;
    }
    Expected<ConsentView> give(CustomerId who, NewConsent const& wanted) {
        return store().write_now(
            [&](store::Tx& tx) { return add_consent(tx, module().desk(), act(), who, wanted, How::api); });
    }
    Expected<PreferencesView> set(CustomerId who, NewPreferences const& wanted) {
        return store().write_now(
            [&](store::Tx& tx) { return set_preferences(tx, settings(), act(), who, wanted, How::api); });
    }
    PreferencesView view(CustomerId who) {
        return store()
            .read_now([&](store::Reader& reader) { return find_preferences(reader, who, settings().zone, now()); })
            .value();
    }
    bool wants(CustomerId who, std::string_view category) {
        for (auto const& choice : view(who).choices)
            if (choice.category == category) return choice.wanted;
        return false;
    }
    Decided decided(std::optional<CustomerId> who, std::string_view category, Class class_, bool urgent = false,
                    std::optional<Time> due = {}) {
        module();
        return store().read_now([&](store::Reader& reader) {
            Wish const wish{who, category, class_, urgent, due.value_or(now())};
            auto const made = decide(reader, wish, settings().zone);
            // A batch is told the same of each.
            std::vector<CustomerId> many(40, CustomerId{1});
            if (who) many.push_back(*who);
            auto const same = KnownWishes(reader, many).decide(wish, settings().zone);
            EXPECT_EQ(std::tie(same.verdict, same.because, same.words, same.at, same.zone),
                      std::tie(made.verdict, made.because, made.words, made.at, made.zone));
            return made;
        });
    }
    std::vector<store::Event> events(std::string_view kind) {
        static constexpr store::Query every{
            "test.events",
            "SELECT seq, at, kind, subject, customer, actor_kind, actor_id, journey, data "
            "FROM journal WHERE kind = $1 ORDER BY seq",
            "SELECT seq, at, kind, subject, customer, actor_kind, actor_id, journey, data "
            "FROM journal WHERE kind = $1 ORDER BY seq"};
        return store().read_now([&](store::Reader& reader) { return reader.all<store::Event>(every, kind); });
    }
    std::vector<std::string> faults() {
        std::vector<std::string> found;
        store().read_now([&](store::Reader& reader) {
            check_preferences(reader, [&](Finding const& f) { found.push_back(f.subject + ' ' + f.text); });
            return true;
        });
        return found;
    }

    struct Page {
        int status = 0;
        std::string html;
    };
    Page ask(net::Method method, std::string const& token, std::string body = "", std::string const& query = "") {
        module();
        net::RequestParts parts;
        parts.method = method;
        parts.target = "/u/" + token + query;
        parts.remote_address = "203.0.113.9";
        parts.now = now();
        parts.headers.add("Content-Type", "application/x-www-form-urlencoded");
        parts.body = std::move(body);
        net::Request request(std::move(parts));
        auto const& list = routes_.rows();
        auto const route = std::ranges::find_if(
            list, [&](net::Route const& one) { return one.method == method && one.path == "/u/{token}"; });
        request.set_parameters({token});
        asio::io_context context;
        net::Response response;
        asio::co_spawn(context, route->run(request), [&](std::exception_ptr error, net::Response made) {
            if (error) std::rethrow_exception(error);
            response = std::move(made);
        });
        context.run();
        EXPECT_EQ(response.headers.find("Set-Cookie"), "");
        return {response.status, std::get<std::string>(response.body)};
    }
    Page get(std::string const& token, std::string const& query = "") {
        return ask(net::Method::get, token, "", query);
    }
    Page post(std::string const& token, std::string body, std::string const& query = "") {
        return ask(net::Method::post, token, std::move(body), query);
    }
    static constexpr auto one_click = "List-Unsubscribe=One-Click";

    Key256 const key_ = random_key();
    evidence::Prover prover_;
    std::map<std::int64_t, AboutNotice> notices_;
    std::unique_ptr<Preferences> module_;
    net::Routes routes_;
};

}  // namespace rapport::preferences
