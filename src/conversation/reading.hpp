// What a mail says, as far as conversations need it. Pure: nothing here trusts anything, nor looks anything up.
#pragma once

#include "channels/email/mime.hpp"
#include "conversation/wire.hpp"

namespace rapport::conversation {

struct Piece {
    std::string name, content_id;
    bool shown_inside = false;
    Bytes bytes;
};

struct Reading {
    std::string subject;
    MailAddress from;
    std::optional<EmailAddress> sender;  // from's address, where it is one
    std::vector<MailAddress> to, cc, reply_to;
    std::string message_id;  // with its brackets; empty: none that can be used
    std::vector<std::string> in_reply_to;
    std::vector<std::string> references;  // oldest first
    std::vector<std::string> delivered_to;
    std::string text, html;
    std::size_t own = 0;  // of the text, before what is quoted
    std::vector<Piece> pieces;
    std::optional<std::string> automatic;
    bool cut = false;
};

inline constexpr std::size_t most_references = 50;

Reading read_mail(channels::email::MimeMail const& mail, std::string_view envelope_sender);

// What says that a program wrote it (RFC 3834 §5 and what programs do): empty if nothing does.
std::optional<std::string> automatic_sign(channels::email::MimeMail const& mail, std::string_view envelope_sender);

// Message-IDs in a header field's value, in their order.
std::vector<std::string> message_ids_in(std::string_view value, std::size_t most = most_references);

// Where the quoted part begins: the size of the text where there is none.
std::size_t begin_of_quotation(std::string_view text);

// The beginning of a text on one line, for lists.
std::string preview_of(std::string_view text);

// Without "Re:", "Fwd:" and what other languages write, lower case, one blank between words.
std::string bare_subject(std::string_view subject);

}  // namespace rapport::conversation
