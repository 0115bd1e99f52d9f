// The module, and what happens by itself: dates, reminders, files that nothing shows.
#include "base/log.hpp"
#include "knowledge/jobs.hpp"
#include "knowledge/shown.hpp"
#include "knowledge/sql.hpp"
#include "post/post.hpp"

namespace rapport::knowledge {
namespace {

constexpr auto look_every = std::chrono::seconds(5);
constexpr auto keep_unused_files = std::chrono::days(30);

struct DueText {
    ArticleId article;
    Locale locale{};
};
BOOST_DESCRIBE_STRUCT(DueText, (), (article, locale))

Act by_itself(Time now) { return {{ActorKind::system, 0, "knowledge"}, now, "", ""}; }

}  // namespace

Knowledge::Knowledge(store::Store& store, store::Keyring const& keyring, store::Blobs const& blobs,
                     std::string public_url, Surroundings surroundings, Clock clock)
    : store_(store),
      keyring_(keyring),
      blobs_(blobs),
      public_url_(std::move(public_url)),
      surroundings_(std::move(surroundings)),
      clock_(std::move(clock)),
      feedback_key_(keyring.derive("knowledge.feedback")) {}

void expire_due(store::Tx& tx, Act const& act, ArticleId id) {
    auto const row = tx.one<ArticleRow>(sql::lock_article, id);
    if (!row || row->retired_at || !row->expires_at || *row->expires_at > act.now) return;
    tx.exec(sql::set_retired, id, act.now, act.now);
    tell(tx, act, to_text(id), "article.expired");
}

void remind_of_review(store::Tx& tx, std::string_view site, Act const& act, ArticleId id) {
    auto const row = tx.one<ArticleRow>(sql::lock_article, id);
    if (!row || row->retired_at || row->review_told_at || !row->review_due_at || *row->review_due_at > act.now) return;
    tx.exec(sql::told_of_review, id, act.now);
    tell(tx, act, to_text(id), "article.review_due");
    auto const agent = row->owner ? people::find_agent(tx, *row->owner) : std::nullopt;
    EmailAddress to;
    if (!agent || agent->disabled_at || !from_text(agent->email, to)) return;
    auto const text = translation_row(tx, id, row->source);
    json::Object data{{"name", agent->name},
                      {"title", text ? text->title : std::string()},
                      {"link", std::string(site) + "/console/knowledge/articles/" + to_text(id)}};
    post::enqueue(tx, {to_text(id), "review", to, agent->locale, "review", std::move(data)}, act.now);
}

Task<> Knowledge::run(net::Stop stop) {
    do {
        co_await work_off_dates();
    } while (co_await stop.sleep(look_every));
}

Task<> Knowledge::work_off_dates() {
    auto const act = by_itself(clock_());
    auto const texts = co_await store_.read(
        [&](store::Reader& reader) { return reader.all<DueText>(sql::due_publications, act.now); });
    for (auto const& due : texts) {
        auto const write = [&](store::Tx& tx) { return publish_due(tx, act, due.article, due.locale); };
        co_await store_.write(write);
    }
    auto const expired =
        co_await store_.read([&](store::Reader& reader) { return reader.all<ArticleId>(sql::due_expiries, act.now); });
    for (auto const id : expired) {
        auto const write = [&](store::Tx& tx) { expire_due(tx, act, id); };
        co_await store_.write(write);
    }
    auto const reviews =
        co_await store_.read([&](store::Reader& reader) { return reader.all<ArticleId>(sql::due_reviews, act.now); });
    for (auto const id : reviews) {
        auto const write = [&](store::Tx& tx) { remind_of_review(tx, public_url_, act, id); };
        co_await store_.write(write);
    }
}

Task<> Knowledge::tidy_up() {
    auto const act = by_itself(clock_());
    auto const unused = co_await store_.read(
        [&](store::Reader& reader) { return reader.all<FileRow>(sql::unused_files, act.now - keep_unused_files); });
    for (auto const& row : unused) {
        auto const write = [&](store::Tx& tx) { return delete_file(tx, *this, act, row.id); };
        co_await store_.write(write);
    }
    if (!surroundings_.scan) co_return;
    for (FileId after{0};;) {
        auto const waiting = co_await store_.read(
            [&](store::Reader& reader) { return reader.all<FileRow>(sql::unscanned_files, after); });
        if (waiting.empty()) co_return;
        for (auto const& row : waiting) {
            after = row.id;
            auto const look = [&](store::Reader& reader) -> Expected<FileScan> {
                auto const content = read_file(reader, *this, row.id);
                if (!content) return fail(content.error());
                return surroundings_.scan(content->bytes);
            };
            auto const found = co_await store_.read(look);
            if (!found) co_return;  // the antivirus is away still
            auto const write = [&](store::Tx& tx) {
                tx.exec(sql::set_scan, row.id, *found);
                tell(tx, act, to_text(row.id), "help_file.scanned");
            };
            co_await store_.write(write);
        }
    }
}

}  // namespace rapport::knowledge
