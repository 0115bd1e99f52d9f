// The module: plans and transactions brought together, test letters, upkeep, fsck.
#include "base/log.hpp"
#include "notice/kinds.hpp"
#include "notice/sql.hpp"
#include "post/post.hpp"

namespace rapport::notice {
namespace {

constexpr int most_attempts = 5;

class SendAlways final : public Preferences {
  public:
    Decision decide(store::Reader&, Asked const&) const override { return {}; }
};

Error too_busy() {
    return {ErrorKind::unavailable, "notices_busy", "The same is being done by others; try again.", {}, 1};
}

Task<Expected<post::Content>> content_of(delivery::Composer::Draw draw) {
    auto words = draw();
    if (!words) co_return fail(words.error());
    co_return post::Content{
        words->locale, std::move(words->subject), std::move(words->text), std::move(words->html), {}};
}

}  // namespace

std::shared_ptr<Preferences const> send_always() { return std::make_shared<SendAlways const>(); }

Notices::Notices(store::Store& store, Desk desk, Clock clock)
    : store_(store), desk_(std::move(desk)), clock_(std::move(clock)) {
    if (!desk_.preferences) desk_.preferences = send_always();
}

void Notices::put_stock_on_shelf() {
    for (int attempt = 0;; ++attempt) try {
            auto const now = clock_();
            store_.write_now([now](store::Tx& tx) {
                put_stock(tx, now);
                return true;
            });
            return;
        } catch (store::UniqueViolation const&) {  // another node started at the same moment
            if (attempt == most_attempts) throw;
        }
}

void Notices::serve_letters(post::Post& post) {
    post.on_load("template_test", [this](std::vector<post::LetterKey> keys) -> Task<std::vector<Expected<post::Draw>>> {
        auto& store = store_;
        auto const composer = desk_.office.composer;
        auto found = co_await store.read([&](store::Reader& reader) {
            std::vector<Expected<delivery::Composer::Draw>> draws;
            for (auto const& key : keys) draws.push_back(composer->prepare(reader, key.data));
            return draws;
        });
        std::vector<Expected<post::Draw>> letters;
        for (auto& draw : found) {
            if (draw)
                letters.emplace_back(post::Draw([draw = std::move(*draw)] { return content_of(draw); }));
            else
                letters.emplace_back(fail(draw.error()));
        }
        co_return letters;
    });
}

Task<Expected<SubmittedView>> Notices::submit(Request request) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const now = clock_();
        auto const planned =
            co_await store_.read([&](store::Reader& reader) { return plan(reader, desk_, request, now); });
        if (!planned) co_return fail(planned.error());
        try {
            auto views = co_await store_.write([&](store::Tx& tx) { return commit(tx, desk_, **planned); });
            if (!views) co_return fail(views.error());
            co_return SubmittedView{std::move(*views)};
        } catch (store::UniqueViolation const&) {
            continue;  // the same key came twice at once (the other one is the answer), or another node made a customer
        }
    }
    co_return fail(too_busy());
}

Expected<SubmittedView> Notices::submit_now(Request const& request) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const now = clock_();
        auto const planned = store_.read_now([&](store::Reader& reader) { return plan(reader, desk_, request, now); });
        if (!planned) return fail(planned.error());
        try {
            auto views = store_.write_now([&](store::Tx& tx) { return commit(tx, desk_, **planned); });
            if (!views) return fail(views.error());
            return SubmittedView{std::move(*views)};
        } catch (store::UniqueViolation const&) {
            continue;
        }
    }
    return fail(too_busy());
}

Task<> Notices::tidy_up() {
    auto const before = clock_() - desk_.settings.keep_requests;
    co_await store_.write([before](store::Tx& tx) {
        tx.exec(sql::forget_requests, before);
        return true;
    });
}

void check_notices(store::Reader& reader, Desk const&, std::function<void(Finding const&)> const& report) {
    struct Rule {
        store::Query const& query;
        std::string_view text;
    };
    Rule const rules[] = {
        {sql::check_states, "a notice has a delivery unless it is suppressed"},
        {sql::check_answers, "an answer has its time, before the deadline"},
        {sql::check_templates, "a notice was made from a version of its kind"},
        {sql::check_deliveries, "the delivery of a notice exists"},
    };
    for (auto const& rule : rules)
        for (auto const id : reader.all<NoticeId>(rule.query)) report({to_text(id), std::string(rule.text)});
    for (auto const& row : reader.all<TemplateRow>(sql::published))
        if (row.digest != digest_of({row.subject, row.body, row.html, row.layout}))
            report({to_text(row.id), "a published version was changed: its digest is another"});
}

}  // namespace rapport::notice
