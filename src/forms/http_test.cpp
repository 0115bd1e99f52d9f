// The pages for visitors and the API's adapters, by their routes, on both engines.
#include "forms/http.hpp"
#include "forms/forms_fixture.hpp"
#include "net/router.hpp"

namespace rapport::forms {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Visiting : public FormsTest {
  protected:
    std::string remote_ = "127.0.0.1";
    struct Answer {
        int status = 0;
        std::string body, location, csp, retry;
    };
    Answer ask(net::Method method, std::string target, std::string body = {},
               std::string type = "application/x-www-form-urlencoded", std::string language = "en") {
        auto all = public_routes(*forms_);
        all.add(routes(*forms_));
        net::Router const router(std::move(all));
        net::RequestParts parts{
            .method = method, .target = target, .body = std::move(body), .remote_address = remote_, .now = now()};
        parts.headers.add("Content-Type", type);
        parts.headers.add("Accept-Language", language);
        net::Request request(std::move(parts));
        request.set_viewer({act().actor, {}, {}});
        auto match = router.find(method, request.path());
        if (!match.route) return {404, "no route", "", "", ""};
        request.set_parameters(std::move(match.parameters));
        auto const response = await(match.route->run(request));
        auto const* text = std::get_if<std::string>(&response.body);
        return {response.status, text ? *text : "", std::string(response.headers.find("Location")), response.csp,
                std::string(response.headers.find("Retry-After"))};
    }
    Answer get(std::string target) { return ask(net::Method::get, std::move(target)); }
    static std::string between(std::string const& text, std::string_view from, std::string_view to) {
        auto const at = text.find(from);
        if (at == std::string::npos) return {};
        auto const begin = at + from.size();
        return text.substr(begin, text.find(to, begin) - begin);
    }
    // What a browser without script sends.
    static std::string filled(std::string const& page, std::string const& text, std::string const& more = {}) {
        auto const a = std::atoi(between(page, "How much is ", " ").c_str());
        auto const b = std::atoi(between(page, " plus ", "?").c_str());
        return "page=" + between(page, "name=\"page\" value=\"", "\"") + "&lang=en&question=" + std::to_string(a + b) +
               "&f.name=Ada&f.email=ada%40example.org&f.topic=bill&f.message=" + net::percent_encoded(text) + more;
    }
    // As a person does: not at once.
    Answer send(std::string const& body) {
        advance(20s);
        return ask(net::Method::post, "/f/contact", body);
    }
};

TEST_P(Visiting, AFormIsFilledInOnceHoweverOftenItIsSent) {
    put_online(definition());
    auto const page = get("/f/contact");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.csp, HasSubstr("script-src 'self'"));
    auto const body = filled(page.body, "The bill of October is wrong, I think.");
    auto const sent = send(body);
    ASSERT_EQ(sent.status, 303) << sent.body;
    EXPECT_THAT(sent.location, HasSubstr("/f/contact/done?ref="));
    EXPECT_EQ(send(body).location, sent.location);
    EXPECT_EQ(events("message.received"), 1);
    auto const done = get(sent.location);
    EXPECT_THAT(done.body, HasSubstr("Thank you"));
    EXPECT_THAT(done.body, HasSubstr(between(sent.location, "ref=", "&")));
    EXPECT_THAT(get("/f/contact/done?ref=%3Cb%3E").body, Not(HasSubstr("<b>")));
}

TEST_P(Visiting, OtherWordsFromTheSamePageAreHeldAndNotTakenForARepetition) {
    auto const form = put_online(definition());
    auto const page = get("/f/contact").body;
    auto const first = filled(page, "My meter has the number 4711, and stands still.");
    auto const second = filled(page, "My meter has the number 4712, sorry; it stands still.");
    auto const sent = send(first);
    auto const corrected = send(second);
    ASSERT_EQ(corrected.status, 303);
    EXPECT_NE(corrected.location, sent.location);
    EXPECT_EQ(send(second).location, corrected.location);
    EXPECT_EQ(send(first).location, sent.location);
    auto const held = submissions(form.id, SubmissionState::held);
    ASSERT_THAT(held, SizeIs(1));
    EXPECT_THAT(held[0].reasons, testing::ElementsAre("changed"));
    EXPECT_THAT(held[0].words->text, HasSubstr("4712"));
    EXPECT_EQ(events("message.received"), 1);
}

TEST_P(Visiting, ANetworkIsWhatOneCustomerOfAProviderHas) {
    put_online(definition());
    std::vector<int> statuses;
    for (int i = 1; i <= 14; ++i) {  // while they are written, some may be sent again
        remote_ = "2001:db8:1:2::" + std::to_string(i);
        auto const body = filled(get("/f/contact").body, "Words number " + std::to_string(i) + " of this network.");
        advance(5s);  // as fast as a person may be
        statuses.push_back(ask(net::Method::post, "/f/contact", body).status);
    }
    EXPECT_THAT(statuses, testing::Contains(429));
    remote_ = "2001:db8:1:3::1";
    EXPECT_EQ(send(filled(get("/f/contact").body, "Words of another network, altogether.")).status, 303);
}

TEST_P(Visiting, AnAddressGetsFewLettersHoweverItIsWritten) {
    put_online(definition());
    for (std::string const name : {"ada", "Ada", "aDa", "adA", "ADa"}) {
        auto body = filled(get("/f/contact").body, "Words for " + name + ", and enough of them.");
        body.replace(body.find("ada%40"), 3, name);
        EXPECT_EQ(send(body).status, 303);
    }
    EXPECT_EQ(events("message.received"), 5);
    EXPECT_THAT(letters(), SizeIs(3));
}

TEST_P(Visiting, WhatIsWrongStandsBesideItsFieldAndNothingTypedIsLost) {
    put_online(definition());
    auto const page = get("/f/contact").body;
    auto body = filled(page, "Words that must not be lost");
    body.replace(body.find("ada%40example.org"), 17, "ada%40");
    auto const again = send(body);
    EXPECT_EQ(again.status, 422);
    EXPECT_THAT(again.body, HasSubstr("href=\"#i-email\""));
    EXPECT_THAT(again.body, HasSubstr("Words that must not be lost</textarea>"));
    EXPECT_THAT(again.body, HasSubstr("value=\"ada@\""));
    EXPECT_EQ(between(again.body, "name=\"page\" value=\"", "\""), between(page, "name=\"page\" value=\"", "\""));
    EXPECT_EQ(events("message.received"), 0);
}

TEST_P(Visiting, WithoutWorkAndSumNothingIsTaken) {
    put_online(definition());
    auto const page = get("/f/contact").body;
    auto const token = between(page, "name=\"page\" value=\"", "\"");
    auto const without = "page=" + token + "&lang=en&f.name=Ada&f.email=a%40b.test&f.message=Hello";
    EXPECT_THAT(send(without).body, HasSubstr("href=\"#i-question\""));
    int proof = 0;
    while (!is_work(token, std::to_string(proof), usual_work)) ++proof;
    EXPECT_EQ(send(without + "&proof=" + std::to_string(proof)).status, 303);
}

TEST_P(Visiting, APageThatIsForgedOrTooOldIsDrawnAnewWithWhatWasTyped) {
    put_online(definition());
    auto const body = filled(get("/f/contact").body, "Typed a day ago");
    advance(25h);
    auto const old = send(body);
    EXPECT_EQ(old.status, 422);
    EXPECT_THAT(old.body, HasSubstr("open for too long"));
    EXPECT_THAT(old.body, HasSubstr("Typed a day ago"));
    auto const fresh = ask(net::Method::post, "/f/contact", filled(old.body, "Typed a day ago"));
    EXPECT_EQ(fresh.status, 303) << "whoever reads it a second time is not too fast";
    EXPECT_EQ(events("message.received"), 1);
    EXPECT_EQ(send("page=forged&f.message=x").status, 422);
}

TEST_P(Visiting, WhatIsSuspiciousIsThankedForAndHeld) {
    auto const form = put_online(definition());
    auto const trapped = filled(get("/f/contact").body, "Buy this", "&website_address=x");
    EXPECT_EQ(send(trapped).status, 303);
    auto const fast = filled(get("/f/contact").body, "Sent at once");
    EXPECT_EQ(ask(net::Method::post, "/f/contact", fast).status, 303);
    auto const first = filled(get("/f/contact").body, "The same words");
    EXPECT_EQ(send(first).status, 303);
    auto const same = filled(get("/f/contact").body, "The same words");
    EXPECT_EQ(send(same).status, 303);
    EXPECT_EQ(events("message.received"), 1);
    std::vector<std::vector<std::string>> reasons;
    for (auto const& one : submissions(form.id, SubmissionState::held)) reasons.push_back(one.reasons);
    EXPECT_THAT(reasons, testing::ElementsAre(testing::ElementsAre("repeated"), testing::ElementsAre("too_fast"),
                                              testing::ElementsAre("honeypot")));
    auto const id = submissions(form.id, SubmissionState::held)[1].id;
    auto const released = ask(net::Method::post, "/v1/form-submissions/" + to_text(id) + "/release");
    EXPECT_EQ(released.status, 200) << released.body;
    EXPECT_EQ(newest().text, "Sent at once");
}

TEST_P(Visiting, WhoeverSendsTooMuchWaitsAndKeepsTheirWords) {
    put_online(definition());
    auto const body = filled(get("/f/contact").body, "Kept words");
    Answer last;
    for (int i = 0; i < 12 && last.status != 429; ++i) last = ask(net::Method::post, "/f/contact", body);
    EXPECT_EQ(last.status, 429);
    EXPECT_THAT(last.body, HasSubstr("Kept words"));
    EXPECT_THAT(last.retry, Not(IsEmpty()));
}

TEST_P(Visiting, DraftsAreNobodysAndClosedFormsSaySo) {
    auto const made = create(definition());
    EXPECT_EQ(get("/f/contact").status, 404);
    EXPECT_EQ(get("/f/contact/embed.js").status, 404);
    auto const preview = get("/v1/forms/" + to_text(made.id) + "/preview?lang=en");
    EXPECT_EQ(preview.status, 200);
    EXPECT_THAT(preview.csp, HasSubstr("frame-ancestors 'self'"));
    EXPECT_THAT(preview.csp, Not(HasSubstr("script-src")));
    EXPECT_EQ(
        ask(net::Method::post, "/v1/forms/" + to_text(made.id) + "/publication", "{\"version\":1}", "application/json")
            .status,
        200);
    auto const body = filled(get("/f/contact").body, "Too late");
    ask(net::Method::patch, "/v1/forms/" + to_text(made.id), "{\"closed\":true}", "application/json");
    EXPECT_EQ(get("/f/contact").status, 410);
    EXPECT_EQ(send(body).status, 410);
    EXPECT_EQ(events("message.received"), 0);
    EXPECT_EQ(get("/f/..%2f").status, 404);
    EXPECT_EQ(get("/f/nothing").status, 404);
}

TEST_P(Visiting, APageOfAnEarlierVersionIsReadAsItWasSeen) {
    auto const form = put_online(definition());
    auto const body = filled(get("/f/contact").body, "Written before it was changed");
    auto other = form.definition;
    other.fields.push_back(field("new", FormFieldKind::short_text, true));
    store().write_now([&](store::Tx& tx) {
        auto const draft = put_draft(tx, *forms_, act(), form.id, {form.version, other});
        return publish(tx, *forms_, act(), form.id, draft->version).has_value();
    });
    EXPECT_EQ(send(body).status, 303);
    EXPECT_EQ(submissions(form.id, SubmissionState::entered).at(0).number, 1);
}

TEST_P(Visiting, TheEmbeddingLineIsTheFormsOwnAndAfterwardsAVisitorIsLedOn) {
    auto wanted = definition();
    wanted.redirect = Text<0, 500>{"https://shop.example/thanks"};
    wanted.origins = {"https://shop.example"};
    put_online(wanted);
    EXPECT_THAT(get("/f/contact/embed.js").body, HasSubstr("\"Contact\""));
    auto const page = get("/f/contact?embed=1");
    EXPECT_THAT(page.csp, HasSubstr("frame-ancestors 'self' https://shop.example"));
    EXPECT_THAT(page.csp, HasSubstr("form-action 'self' https://shop.example;"));
    EXPECT_EQ(send(filled(page.body, "Led on")).location, "https://shop.example/thanks");
    advance(20s);
    auto const inside = ask(net::Method::post, "/f/contact?embed=1", filled(get("/f/contact").body, "In a frame"));
    EXPECT_THAT(inside.location, HasSubstr("/done?"));
    EXPECT_THAT(get(inside.location).body, HasSubstr("target=\"_top\" href=\"https://shop.example/thanks\""));
}

TEST_P(Visiting, WhatCannotBeReadIsSaidSo) {
    put_online(definition());
    EXPECT_EQ(ask(net::Method::post, "/f/contact", "{}", "application/json").status, 400);
    EXPECT_EQ(ask(net::Method::post, "/f/contact", "--b", "multipart/form-data; boundary=b").status, 400);
    EXPECT_THAT(ask(net::Method::post, "/f/contact", "", "text/plain", "fa").body, HasSubstr("dir=\"ltr\""))
        << "in a language of the form";
}

RAPPORT_ON_BOTH_ENGINES(Visiting);

}  // namespace
}  // namespace rapport::forms
