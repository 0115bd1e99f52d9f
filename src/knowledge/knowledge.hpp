// The knowledge base: articles in several languages, their drafts and published versions, what they are filed under,
// who may read them, what readers say of them. Verbs are plain functions over a transaction. README.md is the one-page
// overview, wire.hpp and wire_beside.hpp have the API's shapes.
#pragma once

#include <atomic>
#include <functional>

#include "knowledge/states.hpp"
#include "knowledge/wire_beside.hpp"
#include "net/reply.hpp"
#include "net/task_group.hpp"
#include "net/throttle.hpp"
#include "store/blobs.hpp"
#include "store/keyring.hpp"
#include "store/store.hpp"

namespace rapport::knowledge {

// Who reads. Nobody in particular unless told.
struct Visitor {
    bool is_agent = false;
    std::optional<CustomerId> customer;
};

// What stands beside or above the module, and app connects. None: nothing is known of it.
struct Surroundings {
    std::function<bool(store::Reader&, std::string_view segment)> knows_segment = {};
    std::function<bool(store::Reader&, CustomerId, std::string_view segment)> is_in_segment = {};
    // Asks the antivirus; may block. An error of the kind unavailable: asked again later.
    std::function<Expected<FileScan>(ByteView bytes)> scan = {};
};

struct Limits {                                           // of each process
    net::Throttle feedback{6, std::chrono::seconds(20)};  // by network address
};

class Knowledge {
  public:
    // All outlive it. `public_url`: "https://help.example.org".
    Knowledge(store::Store& store, store::Keyring const& keyring, store::Blobs const& blobs, std::string public_url,
              Surroundings surroundings, Clock clock = system_now);

    // Works off dates every few seconds until it is stopped.
    Task<> run(net::Stop stop);
    // Texts that are to be published by now are, what expires goes, owners are reminded.
    Task<> work_off_dates();
    // Files that nothing shows for 30 days go; those that the antivirus has not seen are shown to it again.
    Task<> tidy_up();

    store::Store& store() const { return store_; }
    store::Blobs const& blobs() const { return blobs_; }
    store::Keyring const& keyring() const { return keyring_; }
    std::string const& public_url() const { return public_url_; }
    Surroundings const& surroundings() const { return surroundings_; }
    Clock const& clock() const { return clock_; }
    Limits& limits() { return limits_; }
    Key256 const& feedback_key() const { return feedback_key_; }

  private:
    store::Store& store_;
    store::Keyring const& keyring_;
    store::Blobs const& blobs_;
    std::string public_url_;
    Surroundings surroundings_;
    Clock clock_;
    Limits limits_;
    Key256 feedback_key_;
};

// Each verb publishes an event of the subject it changes (docs/integrators/knowledge.md) and writes the audit log.
// Codes stand in docs/integrators/knowledge.md, too.

// ---- settings
KnowledgeSettings settings_of(store::Reader& reader);
Expected<KnowledgeSettings> put_settings(store::Tx& tx, Act const& act, KnowledgeSettings const& wanted);

// ---- products and categories
std::vector<KnowledgeProduct> list_products(store::Reader& reader);
Expected<KnowledgeProduct> create_product(store::Tx& tx, Act const& act, NewKnowledgeProduct const& wanted);
Expected<KnowledgeProduct> put_product(store::Tx& tx, Act const& act, ProductId id, PutKnowledgeProduct const& wanted);
Expected<> delete_product(store::Tx& tx, Act const& act, ProductId id);
std::vector<KnowledgeCategory> list_categories(store::Reader& reader);
Expected<KnowledgeCategory> create_category(store::Tx& tx, Act const& act, NewKnowledgeCategory const& wanted);
Expected<KnowledgeCategory> put_category(store::Tx& tx, Act const& act, CategoryId id,
                                         PutKnowledgeCategory const& wanted);
Expected<> delete_category(store::Tx& tx, Act const& act, CategoryId id);

// ---- articles
struct Rights {  // of who asks
    bool may_publish = false;
    std::string self;  // "agt_…", "key_…"
};
Expected<net::Page<KnowledgeArticleSummary>> list_articles(store::Reader& reader, KnowledgeArticleQuery const& query,
                                                           Time now);
Expected<KnowledgeArticle> find_article(store::Reader& reader, Knowledge const& knowledge, Rights const& rights,
                                        ArticleId id, Time now);
Expected<ArticleId> create_article(store::Tx& tx, Knowledge const& knowledge, Act const& act, Rights const& rights,
                                   NewKnowledgeArticle const& wanted);
Expected<> put_article(store::Tx& tx, Knowledge const& knowledge, Act const& act, Rights const& rights, ArticleId id,
                       PutKnowledgeArticle const& wanted);
Expected<> delete_article(store::Tx& tx, Act const& act, ArticleId id);
Expected<> retire(store::Tx& tx, Act const& act, ArticleId id);
Expected<> restore(store::Tx& tx, Act const& act, ArticleId id);
Expected<> reviewed(store::Tx& tx, Act const& act, ArticleId id, std::optional<Time> next_at);

// ---- translations
Expected<KnowledgeTranslation> find_translation(store::Reader& reader, Knowledge const& knowledge, ArticleId id,
                                                Locale locale);
Expected<> put_translation(store::Tx& tx, Knowledge const& knowledge, Act const& act, Rights const& rights,
                           ArticleId id, Locale locale, PutKnowledgeTranslation const& wanted);
Expected<> discard_draft(store::Tx& tx, Act const& act, ArticleId id, Locale locale, std::int64_t version);
Expected<> hand_in(store::Tx& tx, Act const& act, Rights const& rights, ArticleId id, Locale locale,
                   KnowledgeStep const& how);
Expected<> approve(store::Tx& tx, Act const& act, Rights const& rights, ArticleId id, Locale locale,
                   KnowledgeStep const& how);
Expected<> return_draft(store::Tx& tx, Act const& act, Rights const& rights, ArticleId id, Locale locale,
                        KnowledgeStep const& how);
Expected<> publish(store::Tx& tx, Knowledge const& knowledge, Act const& act, Rights const& rights, ArticleId id,
                   Locale locale, NewKnowledgePublication const& how);
Expected<> withdraw(store::Tx& tx, Act const& act, ArticleId id, Locale locale);

std::vector<KnowledgeVersion> list_versions(store::Reader& reader, ArticleId id, Locale locale);
Expected<KnowledgeVersionText> find_version(store::Reader& reader, ArticleId id, Locale locale, std::int64_t number);
Expected<KnowledgeComparison> compare_versions(store::Reader& reader, ArticleId id, Locale locale,
                                               KnowledgeComparisonQuery const& query);
// Pure.
KnowledgeComparison compare(std::string_view before, std::string_view after);

Expected<KnowledgePreview> preview(store::Reader& reader, PreviewKnowledge const& wanted);

// ---- files
struct PreparedFile;
// Before the transaction. Codes: file_empty, file_too_large, file_refused, file_infected.
Expected<std::shared_ptr<PreparedFile const>> prepare_file(Knowledge const& knowledge, Rights const& rights,
                                                           std::string_view name, ByteView bytes, Time now);
KnowledgeFile keep_file(store::Tx& tx, Knowledge const& knowledge, Act const& act, PreparedFile const& file);
Expected<net::Page<KnowledgeFile>> list_files(store::Reader& reader, KnowledgeFileQuery const& query);
Expected<KnowledgeFile> find_file(store::Reader& reader, FileId id);
struct FileContent {
    std::string name, media_type;
    bool is_image = false;
    Bytes bytes;
};
// As it is, for agents.
Expected<FileContent> read_file(store::Reader& reader, Knowledge const& knowledge, FileId id);
Expected<> delete_file(store::Tx& tx, Knowledge const& knowledge, Act const& act, FileId id);

// ---- what readers say
Expected<net::Page<KnowledgeFeedback>> list_feedback(store::Reader& reader, Knowledge const& knowledge,
                                                     KnowledgeFeedbackQuery const& query);
Expected<> erase_feedback(store::Tx& tx, Act const& act, FeedbackId id);
// All of a customer's. How many there were.
std::int64_t erase_feedback_of(store::Tx& tx, CustomerId customer);
KnowledgeReport report_of(store::Reader& reader, KnowledgeReportQuery const& query, Time now);
KnowledgeOverview overview_of(store::Reader& reader, Time now);

struct NewFeedback {
    ArticleId article;
    Locale locale{};
    bool helped = false;
    std::optional<FeedbackReason> reason;
    std::string comment;  // at most 1000 characters count
    std::string reader;   // tells readers apart: network address and browser; kept as a keyed digest alone
    std::optional<CustomerId> customer;
};
// Said again, it is changed. Codes: not_found (nothing that the visitor may read).
Expected<> rate(store::Tx& tx, Knowledge const& knowledge, Visitor const& visitor, NewFeedback const& said, Time now);

// ---- fsck
void check_knowledge(store::Reader& reader, std::function<void(std::string, std::string)> const& report);

}  // namespace rapport::knowledge
