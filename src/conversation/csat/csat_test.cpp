// Ratings, on both engines: who is asked and who is not, the letter, answers, what is withdrawn, the report.
#include "conversation/csat/csat.hpp"
#include "conversation/conversation_fixture.hpp"
#include "conversation/csat/page_view.hpp"
#include "conversation/http.hpp"
#include "post/suppression.hpp"

namespace rapport::conversation::csat {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::Not, testing::SizeIs;

class Rating : public ConversationTest {
  protected:
    void SetUp() override {
        ConversationTest::SetUp();
        Courtesy courtesy;
        courtesy.organisation = "Example Utilities";
        courtesy.public_url = "https://ours.test";
        courtesy.may_ask = [this](store::Reader&, CustomerId, Time) { return wished_; };
        courtesy.refuse = [this](store::Tx&, CustomerId who, Time) { refused_.push_back(who); };
        module_->ask_with(std::move(courtesy));
    }
    RatingSettings usual() const {
        RatingSettings settings;
        settings.on = true;
        settings.delay_s = 600;
        return settings;
    }
    void set(RatingSettings const& wanted, std::string const& scope = "organisation") {
        ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return put_settings(tx, act(), scope, wanted); }));
    }
    // Somebody wrote, was answered, and the conversation is resolved.
    ConversationId settled(std::string from = "Ada <ada@example.org>", std::string id = "<1@ada.test>",
                           std::string extra = "") {
        MailOut mail;
        mail.from = from;
        mail.id = std::move(id);
        mail.extra = std::move(extra);
        auto const conversation = receive(mail).conversation;
        EXPECT_TRUE(post(conversation, answer()));
        resolve(conversation);
        return conversation;
    }
    void resolve(ConversationId id) {
        ConversationChange wanted;
        wanted.state = State::resolved;
        EXPECT_TRUE(change(id, wanted));
    }
    void reopen_by_mail() {
        MailOut more;
        more.id = "<2@ada.test>";
        more.in_reply_to = "<1@ada.test>";
        receive(more);
    }
    std::size_t ask() {
        return store().write_now([&](store::Tx& tx) { return ask_due(tx, office(), now()); });
    }
    // As the job does it: what is fresh is decided at once, the letter waits for its time.
    std::size_t ask_in_time() {
        auto const early = ask();
        advance(std::chrono::seconds(600));
        return early + ask();
    }
    RatingView last(ConversationId id) {
        return store().read_now([&](store::Reader& reader) { return ratings_of(reader, office(), id).at(0); });
    }
    std::vector<RatingView> all(ConversationId id) {
        return store().read_now([&](store::Reader& reader) { return ratings_of(reader, office(), id); });
    }
    Expected<> give(RatingId id, std::int64_t score, std::optional<std::string> comment = {}) {
        NewRating wanted{score, {}};
        if (comment) wanted.comment = Text<0, 2000>{std::move(*comment)};
        return store().write_now([&](store::Tx& tx) {
            return rate(tx, office(), Actor{ActorKind::customer, 0, {}}, id, wanted, RatedVia::mail, now());
        });
    }
    std::vector<post::OutboxItem> letters(RatingId id) {
        return store().read_now([&](store::Reader& reader) { return post::letters_of(reader, to_text(id)); });
    }
    // The letter as its reader gets it.
    Left letter() {
        post::WorkerId worker;
        auto claimed = store().write_now([&](store::Tx& tx) {
            worker = post::start_worker(tx, "test", now());
            return post::claim(tx, worker, 100, now());
        });
        std::erase_if(claimed, [](auto const& one) { return one.purpose != "rating"; });
        EXPECT_THAT(claimed, SizeIs(1));
        auto draws = await(module_->load_rating_letters({{claimed[0].owner, claimed[0].purpose, claimed[0].data}}));
        auto words = await((*draws[0])());
        auto made = post::compose(claimed[0], std::move(*words), options_, nullptr, now());
        auto mail = channels::email::read_mime(made.mail);
        return {claimed[0], std::move(made.mail), std::move(*mail)};
    }
    net::Response visit(net::Method method, std::string target, std::string body = "") {
        if (!pages_) pages_ = rating_pages(*module_);
        auto const& routes = *pages_;
        net::RequestParts parts;
        parts.method = method;
        parts.target = target;
        parts.now = now();
        if (!body.empty()) parts.headers.add("Content-Type", "application/x-www-form-urlencoded");
        parts.body = std::move(body);
        net::Request request(std::move(parts));
        auto const path = target.substr(0, target.find('?'));
        bool const stop = path.ends_with("/stop");
        auto const token = path.substr(8, path.find('/', 8) - 8);
        for (auto const& row : routes.rows())
            if (row.method == method && row.path == (stop ? "/rating/{token}/stop" : "/rating/{token}")) {
                request.set_parameters({token});
                return await(row.run(request));
            }
        throw std::runtime_error("no such route");
    }
    static std::string html_of(net::Response const& response) { return std::get<std::string>(response.body); }
    Courtesy::Answer wished_;
    std::optional<net::Routes> pages_;
    std::vector<CustomerId> refused_;
};
RAPPORT_ON_BOTH_ENGINES(Rating);

TEST_P(Rating, nobody_is_asked_where_nothing_is_set) {
    auto const id = settled();
    EXPECT_EQ(ask_in_time(), 0u);
    EXPECT_THAT(all(id), IsEmpty());
}

TEST_P(Rating, one_letter_goes_out_after_the_delay_and_says_that_a_program_wrote_it) {
    set(usual());
    auto const id = settled();
    EXPECT_EQ(ask(), 0u);
    EXPECT_EQ(last(id).state, RatingState::waiting);
    advance(std::chrono::seconds(599));
    EXPECT_EQ(ask(), 0u);
    advance(std::chrono::seconds(1));
    EXPECT_EQ(ask(), 1u);
    EXPECT_EQ(ask(), 0u);
    auto const mail = letter();
    EXPECT_EQ(mail.mail.to[0].address, "ada@example.org");
    EXPECT_EQ(mail.mail.from[0].address, "box@ours.test");
    EXPECT_THAT(mail.field("Reply-To"), HasSubstr("box+c"));
    EXPECT_EQ(mail.field("Auto-Submitted"), "auto-generated");
    EXPECT_THAT(mail.field("List-Unsubscribe"), HasSubstr("https://ours.test/rating/"));
    auto const text = channels::email::text_of(mail.mail.body);
    EXPECT_THAT(text, HasSubstr("?score=5"));
    EXPECT_THAT(text, HasSubstr("Broken meter"));
    EXPECT_EQ(events("conversation.rating_asked"), 1);
}

TEST_P(Rating, looking_answers_nothing_and_the_button_does) {
    set(usual());
    auto const id = settled();
    ask_in_time();
    auto const token = office().tokens.rating_token(last(id).id.value);
    auto const page = visit(net::Method::get, "/rating/" + token + "?score=4");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(html_of(page), HasSubstr("value=\"4\" required=\"\" checked"));
    EXPECT_THAT(html_of(page), Not(HasSubstr("<script")));
    EXPECT_FALSE(last(id).score);  // a scanner of links has done no more
    auto const done = visit(net::Method::post, "/rating/" + token, "score=4&comment=Quick+%3Cb%3Eand%3C%2Fb%3E+kind");
    EXPECT_EQ(done.status, 200);
    EXPECT_THAT(html_of(done), HasSubstr("Quick &lt;b&gt;and"));
    EXPECT_EQ(last(id).score, 4);
    EXPECT_EQ(last(id).comment, "Quick <b>and</b> kind");
    EXPECT_EQ(last(id).via, RatedVia::mail);
    EXPECT_EQ(visit(net::Method::post, "/rating/" + token, "comment=only").status, 422);
    EXPECT_EQ(visit(net::Method::get, "/rating/" + std::string(39, 'a')).status, 404);
    auto forged = token;
    forged.back() = forged.back() == '0' ? '1' : '0';
    EXPECT_EQ(visit(net::Method::post, "/rating/" + forged, "score=1").status, 404);
    EXPECT_EQ(last(id).score, 4);
}

TEST_P(Rating, a_comment_keeps_its_characters_in_any_language_and_loses_what_nobody_types) {
    set(usual());
    auto const id = settled();
    ask_in_time();
    auto const token = office().tokens.rating_token(last(id).id.value);
    std::string sent, long_one;
    for (int i = 0; i < 2000; ++i) sent += "%D8%B3", long_one += "س";
    EXPECT_EQ(visit(net::Method::post, "/rating/" + token, "score=5&comment=" + sent + "%D8%B3").status, 200);
    EXPECT_EQ(last(id).comment, long_one);
    EXPECT_EQ(visit(net::Method::post, "/rating/" + token, "score=5&comment=Good%00,%0D%0Aand%FF+quick%C3").status,
              200);
    EXPECT_EQ(last(id).comment, "Good,\nand quick");
}

TEST_P(Rating, an_answer_can_be_changed_for_some_days_and_is_one_rating) {
    set(usual());
    auto const id = settled();
    ask_in_time();
    auto const rating = last(id).id;
    ASSERT_TRUE(give(rating, 2, "Slow."));
    auto const at = last(id).rated_at;
    advance(std::chrono::days(3));
    ASSERT_TRUE(give(rating, 5));
    EXPECT_THAT(all(id), SizeIs(1));
    EXPECT_EQ(last(id).score, 5);
    EXPECT_EQ(last(id).comment, "Slow.");
    EXPECT_EQ(last(id).rated_at, at);
    EXPECT_EQ(events("conversation.rated"), 2);
    advance(std::chrono::days(12));
    EXPECT_EQ(give(rating, 1).error().code, "rating_closed");
    EXPECT_EQ(visit(net::Method::get, "/rating/" + office().tokens.rating_token(rating.value)).status, 410);
}

TEST_P(Rating, thumbs_have_two_answers_and_stars_five) {
    auto settings = usual();
    settings.scale = RatingScale::thumbs;
    set(settings);
    auto const id = settled();
    ask_in_time();
    EXPECT_EQ(give(last(id).id, 3).error().code, "invalid_fields");
    EXPECT_TRUE(give(last(id).id, 1));
    EXPECT_EQ(give(last(id).id, 0).error().code, "invalid_fields");
}

TEST_P(Rating, a_conversation_that_goes_on_is_not_asked_about_even_if_the_letter_is_written) {
    set(usual());
    auto const id = settled();
    ask();
    reopen_by_mail();
    EXPECT_EQ(last(id).state, RatingState::withdrawn);
    EXPECT_EQ(ask_in_time(), 0u);
    advance(std::chrono::seconds(1));
    resolve(id);
    EXPECT_EQ(ask_in_time(), 1u);  // another resolution, another question
    auto const rating = last(id).id;
    ASSERT_THAT(letters(rating), SizeIs(1));
    ConversationChange open;
    open.state = State::open;
    ASSERT_TRUE(change(id, open));
    EXPECT_EQ(letters(rating)[0].state, post::State::cancelled);
    EXPECT_EQ(last(id).state, RatingState::withdrawn);
    EXPECT_EQ(give(rating, 5).error().code, "rating_closed");
}

TEST_P(Rating, the_same_customer_is_asked_again_only_after_some_time) {
    set(usual());
    settled();
    EXPECT_EQ(ask_in_time(), 1u);
    auto const second = settled("Ada <ada@example.org>", "<9@ada.test>");
    EXPECT_EQ(ask_in_time(), 0u);
    EXPECT_EQ(last(second).reason, "recently_asked");
    auto const other = settled("Bea <bea@example.org>", "<1@bea.test>");
    EXPECT_EQ(ask_in_time(), 1u);
    EXPECT_EQ(last(other).state, RatingState::asked);
    advance(std::chrono::days(31));
    settled("Ada <ada@example.org>", "<10@ada.test>");
    EXPECT_EQ(ask_in_time(), 1u);
}

TEST_P(Rating, who_wishes_it_is_asked_later_or_never) {
    set(usual());
    wished_ = {Courtesy::May::never, {}};
    auto const id = settled();
    EXPECT_EQ(ask_in_time(), 0u);
    EXPECT_EQ(last(id).state, RatingState::passed_over);
    EXPECT_EQ(last(id).reason, "unwanted");
}

TEST_P(Rating, quiet_hours_put_the_letter_off) {
    set(usual());
    auto const id = settled();
    wished_ = {Courtesy::May::later, now() + std::chrono::hours(8)};
    EXPECT_EQ(ask_in_time(), 0u);
    EXPECT_EQ(last(id).state, RatingState::waiting);
    advance(std::chrono::hours(8));
    wished_ = {};
    EXPECT_EQ(ask(), 1u);
}

TEST_P(Rating, the_reader_can_refuse_to_be_asked) {
    set(usual());
    auto const id = settled();
    ask_in_time();
    auto const token = office().tokens.rating_token(last(id).id.value);
    // Mail programs that know no one-click open the address; so do scanners: looking stops nothing.
    auto const looked = visit(net::Method::get, "/rating/" + token + "/stop");
    EXPECT_EQ(looked.status, 200);
    EXPECT_THAT(html_of(looked), HasSubstr("/rating/" + token + "/stop?lang=en"));
    EXPECT_THAT(refused_, IsEmpty());
    EXPECT_EQ(visit(net::Method::post, "/rating/" + token + "/stop", "List-Unsubscribe=One-Click").status, 200);
    EXPECT_THAT(refused_, ElementsAre(*last(id).customer));
}

TEST_P(Rating, an_answer_that_changes_nothing_is_told_to_nobody_and_there_is_an_end_to_changing) {
    set(usual());
    auto const id = settled();
    ask_in_time();
    auto const page = "/rating/" + office().tokens.rating_token(last(id).id.value);
    auto const say = [&](std::string const& body) { return visit(net::Method::post, page, body).status; };
    EXPECT_EQ(say("score=4&comment=well"), 200);
    EXPECT_EQ(say("score=4&comment=well"), 200);
    EXPECT_EQ(say("score=4"), 200);
    EXPECT_EQ(events("conversation.rated"), 1);
    EXPECT_EQ(say("score=5&comment=well"), 200);
    EXPECT_EQ(events("conversation.rated"), 2);
    for (int i = 0; i < 10; ++i) say("score=" + std::to_string(1 + i % 2));
    EXPECT_EQ(say("score=5"), 429);
    EXPECT_LT(events("conversation.rated"), 13);
}

TEST_P(Rating, a_suppressed_address_and_a_program_are_not_asked) {
    set(usual());
    store().write_now([&](store::Tx& tx) {
        post::NewSuppression wanted;
        wanted.address = "ada@example.org";
        wanted.reason = post::SuppressionReason::hard;
        return post::suppress(tx, wanted, Actor{}, now()), 0;
    });
    auto const id = settled();
    EXPECT_EQ(ask_in_time(), 0u);
    EXPECT_EQ(last(id).reason, "suppressed");
    // What a program wrote, and somebody resolved.
    settled("Robot <bot@example.org>", "<1@bot.test>", "Auto-Submitted: auto-generated\r\n");
    EXPECT_EQ(ask_in_time(), 0u);
}

TEST_P(Rating, the_nearest_settings_count_and_languages_can_be_left_out) {
    set(usual());
    auto off = usual();
    off.on = false;
    set(off, to_text(box_));
    auto const id = settled();
    EXPECT_EQ(ask_in_time(), 0u);
    EXPECT_THAT(all(id), IsEmpty());
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return delete_settings(tx, act(), to_text(box_)); }));
    auto italian = usual();
    italian.locales = {Locale::it};
    set(italian);
    settled("Bea <bea@example.org>", "<1@bea.test>");
    EXPECT_EQ(ask_in_time(), 0u);
    auto const put = [&](std::string const& scope, RatingSettings const& wanted) {
        return store().write_now([&](store::Tx& tx) { return put_settings(tx, act(), scope, wanted); });
    };
    EXPECT_EQ(put("mbx_0000000000001", usual()).error().code, "not_found");
    auto bad = usual();
    bad.question["xx"] = {"?"};
    EXPECT_EQ(put("organisation", bad).error().code, "invalid_fields");
}

TEST_P(Rating, the_report_says_how_many_each_share_is_of) {
    set(usual());
    for (int i = 0; i < 4; ++i) {
        auto const who = "c" + std::to_string(i);
        auto const id = settled(who + " <" + who + "@example.org>", "<1@" + who + ".test>");
        ask_in_time();
        if (i < 3) {
            ASSERT_TRUE(give(last(id).id, i == 0 ? 1 : 5));
        }
    }
    for (auto const by : {RatingGroup::team, RatingGroup::agent, RatingGroup::mailbox, RatingGroup::week}) {
        RatingReportQuery query;
        query.by = by;
        auto const made = store().read_now([&](store::Reader& reader) { return report(reader, query, now()).value(); });
        EXPECT_EQ(made.all.asked, 4);
        EXPECT_EQ(made.all.answers, 3);
        EXPECT_EQ(made.all.good, 2);
        EXPECT_EQ(made.all.score_sum, 11);
        EXPECT_THAT(made.items, Not(IsEmpty()));
        if (by == RatingGroup::mailbox) {
            EXPECT_EQ(made.items[0].name, "Example Utilities");
        }
    }
    auto const page = [&](RatingQuery query) {
        return store().read_now([&](store::Reader& reader) { return list_ratings(reader, office(), query).value(); });
    };
    RatingQuery two;
    two.limit = 2;
    auto const first = page(two);
    EXPECT_THAT(first.items, SizeIs(2));
    ASSERT_TRUE(first.next);
    two.after = *first.next;
    EXPECT_THAT(page(two).items, SizeIs(1));
    RatingQuery bad;
    bad.score = 1;
    EXPECT_THAT(page(bad).items, SizeIs(1));
}

TEST_P(Rating, the_page_speaks_six_languages_and_runs_from_the_right_in_one) {
    RatingPageView view{"ask", 200, Locale::fa, "Ours", "t", "S", Question{}, true, false};
    for (auto const locale : {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa})
        for (auto const* name : {"ask", "thanks", "over", "missing", "stopped"}) {
            view.locale = view.question->locale = locale;
            view.name = name;
            view.question->score = 5;
            auto const page = page_of(view);
            EXPECT_THAT(html_of(page), HasSubstr("lang=\"" + to_text(locale) + "\""));
            EXPECT_EQ(html_of(page).find("dir=\"rtl\"") != std::string::npos, locale == Locale::fa);
        }
}

}  // namespace
}  // namespace rapport::conversation::csat
