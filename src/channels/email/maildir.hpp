// Reads Maildir folders (cr.yp.to/proto/maildir.html) and Maildir++ ones below them, as Courier and Dovecot write them.
#pragma once

#include <filesystem>
#include <vector>

#include "channels/email/mbox.hpp"

namespace rapport::channels::email {

struct MaildirFolder {
    std::string name;  // "INBOX", "Sent", "Archive.2024"; as it is on the disk
    std::filesystem::path path;
    bool sent = false;      // by its name
    bool left_out = false;  // drafts, junk and trash, by its name
};
// Codes: not_a_maildir.
Expected<std::vector<MaildirFolder>> maildir_folders(std::filesystem::path const& root);

struct MaildirEntry {
    std::string name;  // without its flags: stays
    std::string file;  // below the folder: "cur/1700000000.M1P2.host:2,S"; other programs may change it
};
// In the order of their arrival, those behind the one of the name `after`.
std::vector<MaildirEntry> maildir_entries(MaildirFolder const& folder, std::string_view after = {});

// A mail that another program has moved meanwhile is looked for again; nothing: it is gone.
std::optional<StoredMail> read_maildir(MaildirFolder const& folder, MaildirEntry const& entry, std::size_t most);

}  // namespace rapport::channels::email
