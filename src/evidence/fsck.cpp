// An independent reading of docs/formats/log.md: own stack of hashes, own tiles, own proof of the head.
#include "evidence/fsck.hpp"

#include <map>

#include "base/crypto.hpp"
#include "evidence/sql.hpp"
#include "evidence/tsa.hpp"

namespace rapport::evidence {
namespace {

Digest hash_leaf(ByteView entry) { return Sha256().add(std::string_view("\0", 1)).add(entry).finish(); }
Digest hash_pair(Digest const& a, Digest const& b) { return Sha256().add("\1").add(a.view()).add(b.view()).finish(); }

// Subtrees from the left, each with its height; neighbours of one height merge (RFC 6962 §2.1).
struct Forest {
    std::vector<std::pair<unsigned, Digest>> trees;
    void add(Digest hash) {
        trees.emplace_back(0, hash);
        while (trees.size() > 1 && trees[trees.size() - 2].first == trees.back().first) {
            auto const right = trees.back();
            trees.pop_back();
            trees.back() = {right.first + 1, hash_pair(trees.back().second, right.second)};
        }
    }
    Digest root() const {
        if (trees.empty()) return sha256("");
        Digest root = trees.back().second;
        for (auto it = trees.rbegin() + 1; it != trees.rend(); ++it) root = hash_pair(it->second, root);
        return root;
    }
    Bytes bytes() const {
        Bytes out;
        for (auto const& tree : trees) out += tree.second.view();
        return out;
    }
};

class LogCheck {
  public:
    LogCheck(store::Reader& reader, LogFsck const& options, std::function<void(LogFinding const&)> const& report)
        : reader_(reader), options_(options), keys_(options.earlier), report_(report) {
        if (options.key) keys_.insert(keys_.begin(), *options.key);
    }

    LogCounts run() {
        read_checkpoints();
        read_leaves();
        read_head();
        read_tiles();
        read_chains();
        read_tokens();
        return counts_;
    }

  private:
    void find(std::string subject, std::string text) {
        if (++findings_ <= 1000) report_({std::move(subject), std::move(text)});
    }

    void read_checkpoints() {
        reader_.each(sql::fsck_checkpoints, [&](store::Row const& row) {
            ++counts_.checkpoints;
            auto const size = row.integer(0);
            std::string const subject = "checkpoint " + std::to_string(size);
            Bytes const bytes(row.blob(2));  // a second look would move what the first one gave
            auto const note = options_.key ? open_checkpoint(bytes, key_of(bytes, keys_)) : parse_checkpoint(bytes);
            if (!note) return find(subject, note.error().text);
            if (static_cast<std::int64_t>(note->head.size) != size || note->head.root.view() != row.blob(1))
                find(subject, "The note says another size or root than the row.");
            published_[note->head.size] = note->head.root;
        });
        reader_.each(sql::fsck_checkpoints_without_stamp, [&](store::Row const& row) {
            find("checkpoint " + std::to_string(row.integer(0)), "It neither has a time stamp nor waits for one.");
        });
    }

    void compare_published(std::uint64_t size) {
        auto const it = published_.find(size);
        if (it == published_.end()) return;
        if (it->second != forest_.root())
            find("checkpoint " + std::to_string(size),
                 "The log's leaves have another root than was published: the log was rewritten.");
        published_.erase(it);
    }

    // Puts the hash into the tile of its level; a full tile's root goes into the level above.
    void into_tiles(unsigned level, Digest const& hash) {
        if (open_tiles_.size() <= level) open_tiles_.resize(level + 1);
        auto& tile = open_tiles_[level];
        tile.hashes += hash.view();
        tile.forest.add(hash);
        if (tile.hashes.size() < 256 * 32) return;
        Digest const root = tile.forest.root();
        tiles_[{level, tile.number}] = {sha256(tile.hashes), root};
        tile = {tile.number + 1, {}, {}};
        into_tiles(level + 1, root);
    }

    void read_leaves() {
        compare_published(0);
        reader_.each(sql::fsck_leaves, [&](store::Row const& row) {
            std::string const subject = "log leaf " + std::to_string(row.integer(0));
            if (row.integer(0) != counts_.leaves) {
                find(subject, "The leaf before it is missing.");
                counts_.leaves = row.integer(0);
            }
            if (row.is_null(5))
                find(subject, "Its evidence is missing.");
            else if (row.blob(3).size() != 32)
                find(subject, "The salt of its evidence is damaged.");
            else if (hmac_sha256(row.blob(3), row.blob(4)).view() != row.blob(2))
                find(subject, "The commitment is not that of " + to_text(EvidenceId{row.integer(1)}) +
                                  ": evidence, salt or leaf was changed.");
            Digest const hash = hash_leaf(row.blob(2));
            forest_.add(hash);
            into_tiles(0, hash);
            compare_published(static_cast<std::uint64_t>(++counts_.leaves));
        });
        for (auto const& [size, root] : published_)
            find("checkpoint " + std::to_string(size),
                 "The log no longer has that many leaves: leaves were lost after publication.");
        reader_.each(sql::fsck_unlogged, [&](store::Row const& row) {
            find(to_text(EvidenceId{row.integer(0)}), "It is not in the log.");
        });
        reader_.each(sql::fsck_unlogged_records, [&](store::Row const& row) {
            find("record " + to_base32(static_cast<std::uint64_t>(row.integer(0))), "It is not in the log.");
        });
    }

    void read_head() {
        bool there = false;
        reader_.each(sql::log_head, [&](store::Row const& row) {
            there = true;
            if (row.integer(0) != counts_.leaves)
                find("log head", "It counts " + std::to_string(row.integer(0)) + " leaves; there are " +
                                     std::to_string(counts_.leaves) + ".");
            else if (row.blob(1) != forest_.bytes())
                find("log head", "Its hashes are not those of the leaves.");
        });
        if (!there && counts_.leaves) find("log head", "It is missing.");
    }

    void read_tiles() {
        reader_.each(sql::fsck_tiles, [&](store::Row const& row) {
            ++counts_.tiles;
            auto const level = static_cast<unsigned>(row.integer(0) >> 48);
            auto const number = static_cast<std::uint64_t>(row.integer(0)) & ((std::uint64_t{1} << 48) - 1);
            std::string const subject = "log tile " + std::to_string(level) + '/' + std::to_string(number);
            auto const it = tiles_.find({level, number});
            if (it == tiles_.end()) return find(subject, "There are not enough leaves for it.");
            if (sha256(row.blob(2)) != it->second.first) find(subject, "Its hashes are not those of the leaves.");
            if (row.blob(1) != it->second.second.view()) find(subject, "Its root is not that of the leaves.");
            tiles_.erase(it);
        });
        for (auto const& [key, value] : tiles_)
            find("log tile " + std::to_string(key.first) + '/' + std::to_string(key.second), "It is missing.");
    }

    // Seal and, if it was sealed with one, time stamp.
    void check_record(std::string const& subject, ByteView xml, ByteView token) {
        if (!token.empty() && !options_.trust) return check_token(subject, token, timestamp_imprint(xml));
        if (!options_.trust) return;
        Expected<Bytes> whole = token.empty() ? Expected<Bytes>(Bytes(xml)) : with_timestamp(xml, token);
        if (!token.empty()) ++counts_.tokens;
        if (!whole) return find(subject, whole.error().text);
        for (auto const& check : verify_evidence(*whole, *options_.trust).checks)
            if (!check.ok) find(subject, check.name + ": " + check.detail);
    }

    void read_chains() {
        std::int64_t delivery = 0, number = 0;
        Digest previous;
        reader_.each(sql::fsck_chains, [&](store::Row const& row) {
            ++counts_.evidence;
            std::string const subject = to_text(EvidenceId{row.integer(0)});
            if (row.integer(1) != delivery) number = 0;
            delivery = row.integer(1);
            if (row.integer(2) != ++number)
                find(subject, "It is number " + std::to_string(row.integer(2)) + " of its delivery; number " +
                                  std::to_string(number) + " is missing.");
            auto const statement = parse_evidence(row.blob(5));
            if (!statement)
                find(subject, statement.error().text);
            else if (statement->id.value != row.integer(0) || statement->number != row.integer(2) ||
                     info(statement->event).label != row.text(3) || micros(statement->event_time) != row.integer(4))
                find(subject, "The row says other things than the record.");
            else if (number > 1 && row.integer(2) == number && statement->previous != previous)
                find(subject, "It does not follow on the record before it.");
            if (statement) check_record(subject, row.blob(5), row.is_null(6) ? ByteView() : row.blob(6));
            number = row.integer(2);
            previous = sha256(row.blob(5));
        });
    }

    void check_token(std::string const& subject, ByteView token, Expected<Digest> const& imprint) {
        ++counts_.tokens;
        if (!imprint) return find(subject, imprint.error().text);
        if (options_.trust) {
            auto const stamp = verify_token(token, *imprint, *options_.trust);
            if (!stamp) find(subject, "Its time stamp: " + stamp.error().text);
        } else if (auto const stamp = parse_token(token); !stamp || stamp->imprint != *imprint) {
            find(subject, "Its time stamp is about something else.");
        }
    }

    void read_tokens() {
        reader_.each(sql::fsck_checkpoint_tokens, [&](store::Row const& row) {
            std::string const subject = "checkpoint " + std::to_string(row.integer(0));
            if (row.is_null(2)) return find(subject, "It has a time stamp but is missing.");
            check_token(subject, row.blob(1), sha256(row.blob(2)));
        });
        reader_.each(sql::fsck_evidence_tokens, [&](store::Row const& row) {
            std::string const subject = to_text(EvidenceId{row.integer(0)});
            if (row.is_null(2)) return find(subject, "It has a time stamp but is missing.");
            check_token(subject, row.blob(1), timestamp_imprint(row.blob(2)));
        });
    }

    struct OpenTile {
        std::uint64_t number = 0;
        Bytes hashes;
        Forest forest;
    };
    store::Reader& reader_;
    LogFsck const& options_;
    std::vector<NoteKey> keys_;  // that a checkpoint may be signed with
    std::function<void(LogFinding const&)> const& report_;
    LogCounts counts_;
    std::size_t findings_ = 0;
    std::map<std::uint64_t, Digest> published_;
    Forest forest_;
    std::vector<OpenTile> open_tiles_;
    std::map<std::pair<unsigned, std::uint64_t>, std::pair<Digest, Digest>> tiles_;
};

}  // namespace

LogCounts check_log(store::Reader& reader, LogFsck const& options,
                    std::function<void(LogFinding const&)> const& report) {
    return LogCheck(reader, options, report).run();
}

}  // namespace rapport::evidence
