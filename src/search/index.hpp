// The full-text index: what was added is found, newest first. Its files lie in a folder of their own, sealed; the
// database is the truth, and whatever is wrong with the files, the index is made anew from it (keeper.hpp).
// One thread changes it; any thread searches, on the state at the time of its call.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "search/query.hpp"
#include "store/keyring.hpp"

namespace rapport::search {

struct MergeInput;

// Each has lists of its own: whoever may not see deliveries never touches theirs.
enum class Kind : std::uint8_t { conversation, customer, delivery, article, post };
BOOST_DESCRIBE_ENUM(Kind, conversation, customer, delivery, article, post)
inline constexpr std::array all_kinds{Kind::conversation, Kind::customer, Kind::delivery, Kind::article, Kind::post};
inline constexpr std::array kinds_by_relevance{Kind::article, Kind::post};  // ranked.hpp

struct Part {
    Field field = Field::any;
    std::string text;
};
// What is found by relevance (ranked.hpp): an article in one language, a question with its answer, a post of a topic.
struct RankedText {
    // What a search can be narrowed down to: {"product", "kpr_…"}, {"audience", "public"}. A name may come several
    // times. `language` is one without being named.
    struct Facet {
        std::string name, value;
    };
    std::string language;                     // "en": whose words have endings; also a facet
    std::string title;                        // of a post: of its topic
    std::vector<std::string> questions = {};  // what else people ask when they look for this
    std::vector<std::string> tags = {};
    std::string body;  // plain text; the first 1 MiB counts
    std::vector<Facet> facets = {};
    unsigned merit = 0;  // 0 to 1000: how often it helped, votes; decides among what fits about as well
};
// What is found as one: a message, a customer, a delivery, an article. `group` is what a list shows once: the
// conversation, the article whatever its languages, the topic.
struct Document {
    std::int64_t object = 0, group = 0;
    Time time{};
    std::vector<Part> parts;
    std::optional<RankedText> ranked = {};  // of kinds_by_relevance, which have no parts
};

struct Hit {
    std::int64_t object = 0, group = 0;
    Time time{};
    auto operator<=>(Hit const&) const = default;
};

// One search: hits newest first, one at a time, as many as are asked for.
class Finder {
  public:
    struct State;
    explicit Finder(std::unique_ptr<State> state);
    Finder(Finder&&) noexcept;
    Finder& operator=(Finder&&) noexcept;
    ~Finder();
    std::optional<Hit> next();
    bool gave_up() const;  // the deadline passed: there may be more
    bool cut() const;      // a beginning has more words than are looked for

  private:
    std::unique_ptr<State> state_;
};

// Pages of hits: where one ends, the next begins, whatever was added or removed between them. Code bad_cursor.
bool is_behind(Hit const& hit, Hit const& place);
std::string cursor_at(Hit const& place);
Expected<std::optional<Hit>> place_from(std::string_view cursor);  // nothing: from the newest on

struct FindOptions {
    std::optional<std::vector<std::int64_t>> groups = {};  // only these, in order
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

// How far the index has read.
struct Progress {
    std::int64_t seq = 0;                                // of the journal
    std::array<std::int64_t, all_kinds.size()> below{};  // the objects below it are still to be read; 0: none
    std::string mark = {};                               // of the event `seq`: another database has another one there
    bool complete() const { return below == decltype(below){}; }
};

struct IndexFacts {
    std::array<std::int64_t, all_kinds.size()> documents{};
    std::int64_t octets = 0, segments = 0;
};

// In its folder; without it there is no index.
inline constexpr char const* manifest_file = "manifest";

class Index {
  public:
    // Opens what is there. `why_new` says why it begins empty ("missing", "unreadable", "damaged", "another version"),
    // if it does. A reader changes nothing: it looks at what another program has committed.
    enum class Access : std::uint8_t { owner, reader };
    static std::unique_ptr<Index> open(std::filesystem::path folder, store::Keyring const& keyring,
                                       Access access = Access::owner);
    ~Index();

    std::string const& why_new() const { return why_new_; }
    Progress const& progress() const { return progress_; }  // as last committed or reset

    // ---- by one thread
    void add(Kind kind, Document const& document);  // takes the place of the earlier one of this object
    // For good: its words leave the files with the next purge().
    void remove(Kind kind, std::int64_t object);
    void publish();                         // what was added is found, what was removed is not
    void commit(Progress const& progress);  // publishes, and makes it durable together with how far it has read
    void reset(Progress const& progress);   // empty; the files go
    std::size_t waiting_octets() const;     // about: added and not committed
    // Merges some segments if that is due; also from another thread than the one above. False: nothing was to do.
    bool tidy(std::function<bool()> const& stop);
    // Writes anew, under a new key, every file that holds words of what was removed. From the thread of tidy().
    void purge(std::function<bool()> const& stop);
    bool has_removed() const;  // something waits for purge()

    // ---- by any thread. Throw Damaged.
    Finder find(Kind kind, ParsedQuery const& query, FindOptions options) const;
    bool holds(Kind kind, std::int64_t object) const;
    IndexFacts facts() const;
    // Words of the index that could have been meant, best first, at most 5.
    std::vector<std::string> similar(Kind kind, std::string const& word) const;

    // What is searched in, for ranked.hpp: each segment with what is deleted in it.
    std::vector<MergeInput> segments(Kind kind) const;

  private:
    struct Held;
    struct Shelves;
    struct Batch;
    struct Made;
    Index(std::filesystem::path folder, Key256 const& key);
    void read(Access access);
    void write_manifest();
    std::string new_name();
    std::shared_ptr<Shelves const> shelves() const;
    void set(std::shared_ptr<Shelves const> shelves);
    void sweep();
    bool merge_held(Kind kind, std::vector<Held> const& inputs, bool to_disk, std::function<bool()> const& stop);

    std::filesystem::path folder_;
    Key256 key_;
    std::string why_new_;
    std::shared_ptr<class BlockCache> cache_;
    std::recursive_mutex writing_;
    mutable std::mutex mutex_;  // of shelves_
    std::shared_ptr<Shelves const> shelves_;
    std::unique_ptr<Batch> batch_;
    Progress progress_;
    std::uint64_t names_ = 0;
    std::vector<std::string> making_;  // names of segments that are being written
};

}  // namespace rapport::search
