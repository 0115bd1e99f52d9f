// Maildir: one file for each mail, its flags in its name.
#include "channels/email/maildir.hpp"

#include <dirent.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>

#include "base/text.hpp"

namespace rapport::channels::email {
namespace {

namespace fs = std::filesystem;

constexpr auto places = std::to_array<std::string_view>({"cur", "new"});
// As programs call them, in the languages that customers of ours use; lower case.
constexpr auto sent_names = std::to_array<std::string_view>(
    {"sent", "sent items", "sent messages", "sent-mail", "gesendet", "posta inviata", "inviati", "envoyés"});
constexpr auto left_out_names =
    std::to_array<std::string_view>({"drafts", "draft", "trash", "deleted items", "deleted messages", "junk",
                                     "junk e-mail", "spam", "bozze", "cestino"});

bool is_maildir(fs::path const& path) {
    std::error_code ignored;
    return fs::is_directory(path / "cur", ignored) && fs::is_directory(path / "new", ignored);
}

std::string_view base_of(std::string_view name) { return name.substr(0, name.find(':')); }

MaildirFolder folder_at(fs::path path, std::string name) {
    MaildirFolder folder{std::move(name), std::move(path)};
    auto lower = ascii_lower(folder.name);
    lower = lower.substr(lower.rfind('.') == std::string::npos ? 0 : lower.rfind('.') + 1);
    folder.sent = std::ranges::find(sent_names, lower) != sent_names.end();
    folder.left_out = std::ranges::find(left_out_names, lower) != left_out_names.end();
    return folder;
}

std::vector<std::string> files_of(fs::path const& path) {
    std::vector<std::string> out;
    std::error_code ignored;
    for (auto const& entry : fs::directory_iterator(path, ignored)) {
        auto name = entry.path().filename().string();
        if (!name.starts_with('.')) out.push_back(std::move(name));
    }
    return out;
}

// "1700000000.M1P2.host": when it was delivered.
std::int64_t seconds_of(std::string_view name) {
    std::int64_t seconds = 0;
    std::from_chars(name.data(), name.data() + name.size(), seconds);
    return seconds;
}

void take_flags(std::string_view name, StoredMail& mail) {
    auto const at = name.find(":2,");
    if (at == std::string_view::npos) return;
    auto const flags = name.substr(at + 3, name.find(',', at + 3) - at - 3);
    auto const has = [&](char c) { return flags.find(c) != std::string_view::npos; };
    mail.unread = !has('S');
    mail.flagged = has('F');
    mail.left_out = has('T') || has('D');
}

// The file of that name, whatever its flags are now.
std::optional<std::string> find(MaildirFolder const& folder, std::string const& name) {
    for (auto const place : places)
        for (auto const& file : files_of(folder.path / place))
            if (base_of(file) == name) return std::string(place) + '/' + file;
    return std::nullopt;
}

}  // namespace

Expected<std::vector<MaildirFolder>> maildir_folders(fs::path const& root) {
    std::vector<MaildirFolder> out;
    if (is_maildir(root)) out.push_back(folder_at(root, "INBOX"));
    std::error_code trouble;
    for (auto const& entry : fs::directory_iterator(root, trouble)) {
        auto const name = entry.path().filename().string();
        if (name.size() > 1 && name != ".." && is_maildir(entry.path()) && name != "cur" && name != "new" &&
            name != "tmp")
            out.push_back(folder_at(entry.path(), name.starts_with('.') ? name.substr(1) : name));
    }
    if (trouble || out.empty())
        return fail(ErrorKind::invalid, "not_a_maildir", root.string() + " is no Maildir: it has no cur and new.");
    std::ranges::sort(out.begin() + (out.front().name == "INBOX" ? 1 : 0), out.end(), {}, &MaildirFolder::name);
    return out;
}

std::vector<MaildirEntry> maildir_entries(MaildirFolder const& folder, std::string_view after) {
    std::vector<MaildirEntry> out;
    for (auto const place : places)
        for (auto const& file : files_of(folder.path / place))
            out.push_back({std::string(base_of(file)), std::string(place) + '/' + file});
    auto const comes_before = [](std::string_view a, std::string_view b) {
        return std::pair(seconds_of(a), a) < std::pair(seconds_of(b), b);
    };
    std::ranges::sort(out, comes_before, &MaildirEntry::name);
    auto const [first, last] = std::ranges::unique(out, {}, &MaildirEntry::name);
    out.erase(first, last);
    if (!after.empty()) std::erase_if(out, [&](auto const& one) { return !comes_before(after, one.name); });
    return out;
}

std::optional<StoredMail> read_maildir(MaildirFolder const& folder, MaildirEntry const& entry, std::size_t most) {
    auto file = entry.file;
    std::ifstream in(folder.path / file, std::ios::binary);
    if (!in) {
        auto const moved = find(folder, entry.name);
        if (!moved) return std::nullopt;
        file = *moved;
        in = std::ifstream(folder.path / file, std::ios::binary);
        if (!in) return std::nullopt;
    }
    StoredMail mail;
    take_flags(file, mail);
    mail.sent = folder.sent;
    if (auto const seconds = seconds_of(entry.name); seconds > 0) mail.at = Time(std::chrono::seconds(seconds));
    std::error_code ignored;
    mail.size = static_cast<std::int64_t>(fs::file_size(folder.path / file, ignored));
    mail.too_large = mail.size > static_cast<std::int64_t>(most);
    if (mail.too_large) return mail;
    mail.raw = with_crlf(std::string(std::istreambuf_iterator<char>(in), {}));
    return mail;
}

}  // namespace rapport::channels::email
