// A thread that shows files to the antivirus, oldest first. Where it stands follows from the rows alone.
#include "conversation/scanning/scanner.hpp"

#include "base/log.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"
#include "conversation/uploads.hpp"

namespace rapport::conversation {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t at_once = 50;
constexpr auto look_again = 2s;  // other nodes keep files, too
constexpr auto when_away = 5s;
constexpr auto begin_again = std::chrono::minutes(10);  // transactions may commit in another order than their numbers
constexpr auto late = std::chrono::hours(1);            // nor by how much more than that

}  // namespace

std::optional<AttachmentScan> scan_of(store::Reader& reader, AttachmentId id) {
    return reader.one<AttachmentScan>(sql::find_scan, id);
}

std::optional<AttachmentScan> infected_in(store::Reader& reader, MessageId id) {
    return reader.one<AttachmentScan>(sql::infected_in, id);
}

void tell_found(store::Tx& tx, ConversationRow const& row, AttachmentId id, Time now) {
    auto const scan = scan_of(tx, id);
    if (!scan || scan->finding != ScanFinding::infected) return;
    tell(tx, row, "message.infected", Actor{}, now, {{"file", to_text(id)}, {"found", scan->words}});
}

Error infected(AttachmentScan const& scan) {
    return {ErrorKind::forbidden,
            "file_infected",
            "The antivirus found " + scan.words + " in this file: it is kept, and not given out.",
            {},
            0};
}

Scanner::Scanner(store::Store& store, Office const& office, AskAntivirus ask, Clock clock)
    : store_(store), office_(office), ask_(std::move(ask)), clock_(std::move(clock)) {}

Scanner::~Scanner() { stop(); }

void Scanner::start() {
    subscription_ = store_.subscribe([this](std::int64_t) {
        {
            std::scoped_lock const lock(mutex_);
            hinted_ = true;
        }
        wake_.notify_one();
    });
    thread_ = std::thread([this] {
        run();
        std::scoped_lock const lock(mutex_);
        ended_ = true;
        end_.notify_all();
    });
}

bool Scanner::stop(std::chrono::milliseconds at_most) {
    subscription_.reset();
    if (!thread_.joinable()) return true;
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        wake_.notify_one();
        if (!end_.wait_for(lock, at_most, [this] { return ended_; })) return false;
    }
    thread_.join();
    return true;
}

void Scanner::run() {
    while (true) {
        std::size_t scanned = 0;
        try {
            scanned = step();
        } catch (std::exception const& failure) {
            log::warning("files_not_scanned", {{"why", failure.what()}});
            away_ = true;
        }
        std::unique_lock lock(mutex_);
        if (stopping_) return;
        if (scanned > 0 && !away_) continue;
        if (away_)
            wake_.wait_for(lock, when_away, [this] { return stopping_; });
        else
            wake_.wait_for(lock, look_again, [this] { return stopping_ || hinted_; });
        hinted_ = false;
        if (stopping_) return;
    }
}

std::size_t Scanner::step() {
    if (clock_() - begun_ >= begin_again) {
        begun_ = clock_();
        seen_ = std::min(seen_, AttachmentId{IdSource(0, [&] { return begun_ - late; }).next_value()});
    }
    auto const ids = store_.read_now(
        [&](store::Reader& reader) { return reader.all<AttachmentId>(sql::files_to_scan, seen_, at_once); });
    std::size_t scanned = 0;
    for (auto const id : ids) {
        {
            std::scoped_lock const lock(mutex_);
            if (stopping_) break;
        }
        if (!scan(id)) break;
        seen_ = id;
        ++scanned;
    }
    return scanned;
}

bool Scanner::scan(AttachmentId id) {
    auto const bytes = store_.read_now([&](store::Reader& reader) -> Expected<Bytes> {
        auto const row = reader.one<AttachmentRow>(sql::find_attachment, id);
        if (!row) return fail(content_erased());
        return bytes_of(reader, office_, *row);
    });
    auto found = bytes ? ask_(*bytes)
                       : Expected<AttachmentScan>(AttachmentScan{ScanFinding::not_scanned, bytes.error().text, {}});
    if (!found && found.error().kind == ErrorKind::unavailable) {
        if (!away_) log::warning("antivirus_away", {{"why", found.error().text}});
        away_ = true;
        return false;
    }
    if (!found) found = AttachmentScan{ScanFinding::not_scanned, found.error().text, {}};
    if (away_) log::info("antivirus_back", {});
    away_ = false;
    store_.write_now([&](store::Tx& tx) {
        // Another node may have asked, too: what was found is told once.
        if (tx.changed(sql::put_scan, id, found->finding, found->words, clock_()) != 1) return;
        auto const at = tx.one<ConversationId>(sql::conversation_of_file, id);
        if (auto const row = at ? find_row(tx, *at) : std::nullopt) tell_found(tx, *row, id, clock_());
    });
    return true;
}

}  // namespace rapport::conversation
