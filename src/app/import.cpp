// `rapport import`: an old mailbox, mbox files or a Maildir, through a server's API. The report stands on standard
// output, progress on standard error. It may be stopped at any point, and started again with the same words: the server
// knows how far it came. Exit codes: 0 done, 1 refused or failed, 2 called wrongly, 3 some mails were not taken.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <thread>

#include "app/command.hpp"
#include "app/remote.hpp"
#include "channels/email/maildir.hpp"
#include "conversation/import/import.hpp"

namespace rapport::app {
namespace {

namespace email = channels::email;
namespace fs = std::filesystem;
using conversation::ImportCounts;
using conversation::ImportKind;
using conversation::ImportView;
using namespace std::chrono_literals;

constexpr std::size_t most_mail = 64 << 20, batch_octets = 4 << 20, batch_mails = 50, looked_back = 4096;
constexpr std::chrono::milliseconds tell_every = 10s, draw_every = 200ms, patience = 120s, try_again = 1s;
constexpr int found_something = 3;

// ---- what is read

// A mailbox, mail by mail. Positions are words of its own, which the server keeps.
class Source {
  public:
    virtual ~Source() = default;
    virtual std::optional<email::StoredMail> next() = 0;
    virtual std::string position() const = 0;
    virtual std::int64_t done() const = 0;  // of size()
    virtual std::int64_t size() const = 0;
    // The position of a mailbox that was read to its end: from there a later import goes on.
    virtual std::string end() const = 0;
};

struct MboxPosition {
    std::int64_t at = 0;
    std::string head, tail;  // digests of octets before it
};
BOOST_DESCRIBE_STRUCT(MboxPosition, (), (at, head, tail))

class MboxSource final : public Source {
  public:
    static Expected<std::unique_ptr<Source>> open(std::string const& path, std::string const& position,
                                                  email::MboxForm form) {
        auto mbox = email::Mbox::open(path, 0, form, most_mail);
        if (!mbox) return fail(mbox.error());
        auto const stood = json::decode<MboxPosition>(position);
        // Mails that were added are behind it; a file that has changed before it is read anew.
        if (stood && stood->at > 0 && stood->at <= mbox->size() && head_of(*mbox, stood->at) == stood->head &&
            tail_of(*mbox, stood->at) == stood->tail)
            mbox->go_to(stood->at);
        return std::unique_ptr<Source>(new MboxSource(std::move(*mbox)));
    }
    std::optional<email::StoredMail> next() override { return mbox_.next(); }
    std::string position() const override {
        auto const at = mbox_.position();
        return json::encode(MboxPosition{at, head_of(mbox_, at), tail_of(mbox_, at)});
    }
    std::int64_t done() const override { return mbox_.position(); }
    std::int64_t size() const override { return mbox_.size(); }
    std::string end() const override { return position(); }

  private:
    explicit MboxSource(email::Mbox mbox) : mbox_(std::move(mbox)) {}
    static std::string head_of(email::Mbox const& mbox, std::int64_t at) {
        return to_hex(mbox.digest(0, at, looked_back).view());
    }
    static std::string tail_of(email::Mbox const& mbox, std::int64_t at) {
        return to_hex(mbox.digest(at - static_cast<std::int64_t>(looked_back), at, looked_back).view());
    }
    email::Mbox mbox_;
};

class MaildirSource final : public Source {
  public:
    MaildirSource(email::MaildirFolder folder, std::string_view position) : folder_(std::move(folder)) {
        entries_ = email::maildir_entries(folder_, position);
    }
    std::optional<email::StoredMail> next() override {
        while (at_ < entries_.size())
            if (auto mail = email::read_maildir(folder_, entries_[at_++], most_mail)) return mail;
        return std::nullopt;
    }
    std::string position() const override { return at_ == 0 ? std::string() : entries_[at_ - 1].name; }
    std::int64_t done() const override { return static_cast<std::int64_t>(at_); }
    std::int64_t size() const override { return static_cast<std::int64_t>(entries_.size()); }
    // Mails may come with any name later: all are looked at again, and those that are here are known.
    std::string end() const override { return ""; }

  private:
    email::MaildirFolder folder_;
    std::vector<email::MaildirEntry> entries_;
    std::size_t at_ = 0;
};

// ---- what is told

std::string thousands(std::int64_t n) {
    auto text = std::to_string(n);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

class Progress {
  public:
    explicit Progress(std::string name) : name_(std::move(name)) {}
    void tell(Source const& source, std::int64_t mails) {
        auto const now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + (terminal_ ? draw_every : tell_every);
        auto const line = line_of(source, mails, now);
        std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
        drawn_ = true;
    }
    void end() const {
        if (terminal_ && drawn_) std::fprintf(stderr, "\r\033[K");
    }

  private:
    std::string line_of(Source const& source, std::int64_t mails, std::chrono::steady_clock::time_point now) const {
        constexpr int width = 24;
        auto const size = std::max<std::int64_t>(source.size(), 1);
        auto const full = static_cast<std::size_t>(source.done() * width / size);
        auto const seconds = std::chrono::duration<double>(now - begun_).count();
        std::string line = name_ + " ";
        if (terminal_) line += "[" + std::string(full, '#') + std::string(width - full, '.') + "] ";
        line += std::to_string(source.done() * 100 / size) + " %, " + thousands(mails) + " mails";
        if (seconds > 1)
            line += ", " + thousands(static_cast<std::int64_t>(static_cast<double>(mails) / seconds)) + "/s";
        return line;
    }

    std::string name_;
    bool terminal_ = isatty(STDERR_FILENO) == 1, drawn_ = false;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now(), next_ = begun_ + 1s;
};

struct ImportReport {
    std::string source;
    ImportCounts counts;
    std::int64_t left_out = 0, too_large = 0;
    std::optional<conversation::ImportId> import;
};
BOOST_DESCRIBE_STRUCT(ImportReport, (), (source, counts, left_out, too_large, import))

void print(ImportReport const& report, bool dry) {
    auto const& counts = report.counts;
    std::printf("%s: %s mails\n", report.source.c_str(), thousands(counts.mails).c_str());
    auto const line = [](std::int64_t n, char const* what) {
        if (n > 0) std::printf("  %12s  %s\n", thousands(n).c_str(), what);
    };
    line(counts.received, dry ? "would become messages of customers" : "messages of customers");
    line(counts.sent, dry ? "would become messages of ours" : "messages of ours");
    line(counts.conversations, "conversations made");
    line(counts.customers, "customers made");
    line(counts.duplicates, "were here already");
    line(counts.unreadable, "could not be read whole: their messages say why");
    line(report.left_out, "left out: deleted, drafts, or the mailbox's own");
    line(report.too_large, "left out: larger than 64 MiB");
    line(counts.failed, "could not be taken: see the server's log");
}

// ---- how it goes

template <class T>
struct Page {
    std::vector<T> items;
    BOOST_DESCRIBE_CLASS(Page, (), (items), (), ())
};

struct Plan {
    Remote& remote;
    Arguments const& arguments;
    conversation::MailboxId mailbox;
    std::vector<conversation::LabelId> labels;
    bool dry = false;
};

// What is at the server already is not taken twice, so that a call whose answer was lost may be made again.
Expected<std::string> insist(Remote& remote, Remote::Call const& call) {
    auto const ends = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto reply = remote.call(call);
        if (reply || reply.error().kind != ErrorKind::unavailable || std::chrono::steady_clock::now() > ends)
            return reply;
        std::this_thread::sleep_for(try_again);
    }
}

template <class T>
Expected<T> ask(Remote& remote, Remote::Call const& call) {
    auto const reply = insist(remote, call);
    if (!reply) return fail(reply.error());
    return json::decode<T>(*reply);
}

void add(ImportCounts& to, ImportCounts const& more) {
    to.mails += more.mails;
    to.received += more.received;
    to.sent += more.sent;
    to.duplicates += more.duplicates;
    to.unreadable += more.unreadable;
}

class Importing {
  public:
    Importing(Plan& plan, std::string source, ImportKind kind, bool sent)
        : plan_(plan), sent_(sent), progress_(fs::path(source).filename().string()) {
        report_.source = source;
        wanted_.source.value = std::move(source);
        wanted_.kind = kind;
        wanted_.mailbox = plan.mailbox;
        wanted_.sent = sent;
        wanted_.labels = plan.labels;
        if (auto const leave = plan.arguments.value("leave"))
            wanted_.leave = json::enum_from<conversation::ImportLeave>(*leave);
    }

    using Open = std::function<Expected<std::unique_ptr<Source>>(std::string const& position)>;
    Expected<ImportReport> run(Open const& open) {
        if (!plan_.dry) {
            auto begun =
                ask<ImportView>(plan_.remote, {.method = "POST", .path = "/v1/imports", .body = json::encode(wanted_)});
            if (!begun) return fail(begun.error());
            report_.import = begun->id;
            position_ = begun->position;
            report_.counts = begun->counts;
        }
        auto source = open(position_);
        if (!source) return fail(source.error());
        while (auto mail = (*source)->next()) {
            if (auto const done = take(*mail, **source); !done) return fail(done.error());
            progress_.tell(**source, report_.counts.mails);
        }
        if (auto const done = hand_over((*source)->end()); !done) return fail(done.error());
        progress_.end();
        return finish();
    }

  private:
    Expected<> take(email::StoredMail const& mail, Source const& source) {
        if (mail.too_large || mail.left_out) {
            ++(mail.too_large ? report_.too_large : report_.left_out);
            return {};
        }
        conversation::ImportFrame frame;
        frame.size = static_cast<std::int64_t>(mail.raw.size());
        frame.at = mail.at;
        frame.unread = mail.unread;
        frame.flagged = mail.flagged;
        frame.sent = sent_ || mail.sent;
        batch_ += json::encode(frame) + '\n' + mail.raw;
        ++mails_;
        if (batch_.size() < batch_octets && mails_ < batch_mails) return {};
        return hand_over(source.position());
    }

    Expected<> hand_over(std::string const& to) {
        if (plan_.dry) return judge();
        if (mails_ == 0 && to == position_) return {};
        auto const path =
            "/v1/imports/" + to_text(*report_.import) + "/mails?from=" + in_query(position_) + "&to=" + in_query(to);
        auto const step = ask<conversation::ImportStep>(plan_.remote, {.method = "POST",
                                                                       .path = path,
                                                                       .body = std::move(batch_),
                                                                       .content_type = "application/octet-stream",
                                                                       .timeout = 600s});
        if (!step) return fail(step.error());
        report_.counts = step->import.counts;
        position_ = to;
        clear();
        return {};
    }

    Expected<> judge() {
        if (mails_ == 0) return {};
        auto const path =
            "/v1/import-judgement?mailbox=" + to_text(plan_.mailbox) + "&sent=" + (sent_ ? "true" : "false");
        auto const counts = ask<ImportCounts>(plan_.remote, {.method = "POST",
                                                             .path = path,
                                                             .body = std::move(batch_),
                                                             .content_type = "application/octet-stream",
                                                             .timeout = 600s});
        if (!counts) return fail(counts.error());
        add(report_.counts, *counts);
        clear();
        return {};
    }

    void clear() {
        batch_.clear();
        mails_ = 0;
    }

    Expected<ImportReport> finish() {
        if (plan_.dry) return report_;
        auto const path = "/v1/imports/" + to_text(*report_.import) + "/end";
        auto const ended = ask<ImportView>(plan_.remote, {.method = "POST", .path = path});
        if (!ended) return fail(ended.error());
        report_.counts = ended->counts;
        return report_;
    }

    Plan& plan_;
    bool sent_;
    Progress progress_;
    conversation::NewImport wanted_;
    ImportReport report_;
    std::string position_, batch_;
    std::size_t mails_ = 0;
};

struct Job {
    std::string source;
    ImportKind kind{};
    bool sent = false;
    Importing::Open open;
};

Expected<std::vector<Job>> mbox_jobs(Arguments const& arguments, std::vector<std::string> const& files) {
    auto const form = json::enum_from<email::MboxForm>(arguments.value("form").value_or("any"));
    if (!form) return wrong_words("--form is any, o, rd or cl2.");
    std::vector<Job> out;
    for (auto const& file : files) {
        std::error_code ignored;
        auto const path = fs::weakly_canonical(file, ignored).string();
        if (auto const readable = email::Mbox::open(path, 0, *form, most_mail); !readable)
            return fail(readable.error());
        out.push_back({path, ImportKind::mbox, arguments.has("sent"),
                       [path, form](std::string const& position) { return MboxSource::open(path, position, *form); }});
    }
    return out;
}

Expected<std::vector<Job>> maildir_jobs(Arguments const& arguments, std::vector<std::string> const& roots) {
    auto const wanted = arguments.values("folder"), sent = arguments.values("sent-folder");
    auto const names = [](std::vector<std::string> const& list, std::string const& name) {
        return std::ranges::find(list, name) != list.end();
    };
    std::vector<Job> out;
    for (auto const& root : roots) {
        std::error_code ignored;
        auto folders = email::maildir_folders(fs::weakly_canonical(root, ignored));
        if (!folders) return fail(folders.error());
        for (auto& folder : *folders) {
            if (wanted.empty() ? folder.left_out : !names(wanted, folder.name)) continue;
            folder.sent = folder.sent || arguments.has("sent") || names(sent, folder.name);
            out.push_back({folder.path.string(), ImportKind::maildir, folder.sent,
                           [folder](std::string const& position) -> Expected<std::unique_ptr<Source>> {
                               return std::make_unique<MaildirSource>(folder, position);
                           }});
        }
    }
    if (out.empty()) return wrong_words("There is no such folder.");
    return out;
}

// ---- names of mailboxes and labels

Expected<conversation::MailboxId> mailbox_of(Remote& remote, std::string const& address) {
    auto const reply = ask<Page<conversation::MailboxView>>(remote, {.path = "/v1/mailboxes"});
    if (!reply) return fail(reply.error());
    for (auto const& one : reply->items)
        if (one.address.value == address || to_text(one.id) == address) return one.id;
    return fail(ErrorKind::invalid, "mailbox_not_found", "There is no mailbox " + address + ".");
}

Expected<conversation::LabelId> label_of(Remote& remote, std::string const& name) {
    auto const reply = ask<Page<conversation::LabelView>>(remote, {.path = "/v1/labels"});
    if (!reply) return fail(reply.error());
    for (auto const& one : reply->items)
        if (one.name == name) return one.id;
    auto const made = ask<conversation::LabelView>(
        remote, {.method = "POST", .path = "/v1/labels", .body = json::encode(json::Object{{"name", name}})});
    if (!made) return fail(made.error());
    return made->id;
}

int run(Arguments const& arguments, std::vector<Job> const& jobs) {
    auto remote = Remote::of(arguments);
    if (!remote) return refuse(remote.error());
    auto const mailbox = mailbox_of(*remote, *arguments.value("mailbox"));
    if (!mailbox) return refuse(mailbox.error());
    Plan plan{*remote, arguments, *mailbox, {}, arguments.has("dry-run")};
    if (!plan.dry)
        for (auto const& name : arguments.values("label")) {
            auto const label = label_of(*remote, name);
            if (!label) return refuse(label.error());
            plan.labels.push_back(*label);
        }
    int code = 0;
    std::vector<ImportReport> reports;
    for (auto const& job : jobs) {
        auto const report = Importing(plan, job.source, job.kind, job.sent).run(job.open);
        if (!report) return refuse(report.error());
        if (report->counts.failed + report->too_large > 0) code = found_something;
        if (arguments.has("json"))
            reports.push_back(*report);
        else
            print(*report, plan.dry);
    }
    if (arguments.has("json")) std::printf("%s\n", json::encode(reports).c_str());
    if (plan.dry) std::fprintf(stderr, "Nothing was written.\n");
    return code;
}

}  // namespace

int import_mailbox(Words const& words) {
    bool const mbox = !words.empty() && words.front() == "mbox", maildir = !words.empty() && words.front() == "maildir";
    if (!mbox && !maildir) return refuse(wrong_words("Say what it is: mbox FILE…, or maildir FOLDER….").error());
    constexpr std::size_t many = 1000;
    Grammar grammar{{"mailbox", "leave", "label"}, {"sent", "dry-run", "json"}, 1, many};
    if (mbox)
        grammar.valued.emplace_back("form");
    else
        grammar.valued.insert(grammar.valued.end(), {"folder", "sent-folder"});
    auto const arguments =
        Arguments::parse(Words(words.begin() + 1, words.end()), Remote::with_server(std::move(grammar)));
    if (!arguments) return refuse(arguments.error());
    if (!arguments->value("mailbox"))
        return refuse(wrong_words("--mailbox ADDRESS is needed: whose conversations the mails become.").error());
    if (auto const leave = arguments->value("leave"); leave && !json::enum_from<conversation::ImportLeave>(*leave))
        return refuse(wrong_words("--leave is resolved, unread or open.").error());
    auto const jobs = mbox ? mbox_jobs(*arguments, arguments->words()) : maildir_jobs(*arguments, arguments->words());
    if (!jobs) return refuse(jobs.error());
    return run(*arguments, *jobs);
}

}  // namespace rapport::app
