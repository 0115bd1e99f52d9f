// What peers say to the listener, in SMTP and in LMTP: the same answers and mails however the octets are cut, every
// answer a reply, everything kept bounded, no mail hidden in another.
#include "channels/email/dialogue.hpp"

#include "property.hpp"

namespace rapport::channels::email {
namespace {

using fuzz::holds;

DialogueOptions options_for(unsigned char choice) {
    DialogueOptions options;
    options.protocol = choice & 1 ? Protocol::lmtp : Protocol::smtp;
    options.starttls = choice & 2;
    options.mail_limit = 300;
    options.recipient_limit = 3;
    options.line_limit = 200;
    options.mails = 4;
    options.mistakes = 6;
    return options;
}

void look_at_replies(std::string_view out) {
    holds(out.ends_with("\r\n"), "an answer ends its line");
    while (!out.empty()) {
        auto const end = out.find("\r\n");
        auto const line = out.substr(0, end);
        holds(line.size() >= 4 && line.find_first_of("\r\n") == line.npos, "an answer is whole lines");
        holds(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'), "a line of an answer has a code");
        out.remove_prefix(end + 2);
    }
}

void look_at(TakenMail const& mail, DialogueOptions const& options) {
    holds(mail.raw.size() <= options.mail_limit, "a mail of at most so many octets");
    holds(!mail.to.empty() && mail.to.size() <= options.recipient_limit, "between 1 and the limit of recipients");
    for (auto const& to : mail.to) {
        holds(!to.empty() && to.size() <= 330 && fuzz::is_utf8(to), "a recipient's address is bounded, and text");
        for (char const c : to) holds(static_cast<unsigned char>(c) >= 0x20, "no control characters in an address");
        holds(to.find("refused") == to.npos, "who was refused gets nothing");
    }
}

struct Course {
    std::string story;
    bool began_tls = false;
};

Course course_of(std::string_view text, DialogueOptions const& options, fuzz::Cut cut) {
    Course course;
    Dialogue dialogue(options, [](std::string_view, std::string_view to) -> std::optional<std::string> {
        if (to.find("refused") != to.npos) return "550 5.1.1 No such mailbox";
        return std::nullopt;
    });
    std::size_t mails = 0;
    for (fuzz::Pieces pieces(text, cut); !pieces.done() && !dialogue.ended();) {
        auto const piece = pieces.next();
        dialogue.feed(piece);
        for (bool more = true; more;) {
            std::string out;
            more = dialogue.advance(out);
            if (auto const mail = dialogue.take_mail()) {
                look_at(*mail, options);
                holds(++mails <= options.mails, "at most so many mails of a connection");
                auto const before = out.size();
                dialogue.answer(out, "250 2.0.0 Kept");
                auto const answers = (out.size() - before) / 16;
                holds(answers == (options.protocol == Protocol::lmtp ? mail->to.size() : 1),
                      "as many answers as are due");
                course.story += "mail from " + mail->from + ": " + mail->raw + '\n';
                for (auto const& to : mail->to) course.story += "to " + to + '\n';
                more = true;
            }
            if (!out.empty()) look_at_replies(out);
            course.story += out;
            if (dialogue.starts_tls()) {
                dialogue.tls_started();
                course.began_tls = true;
            }
        }
        holds(dialogue.held() <= options.mail_limit + options.line_limit + piece.size() + 2, "what is kept is bounded");
    }
    return course;
}

}  // namespace
}  // namespace rapport::channels::email

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace rapport;
    using namespace rapport::channels::email;
    if (size == 0) return 0;
    auto const text = fuzz::text_of(data + 1, size - 1);
    auto const options = options_for(data[0]);
    auto const whole = course_of(text, options, fuzz::Cut::whole);
    for (auto const cut : fuzz::cuts) {
        auto const course = course_of(text, options, cut);
        // What comes with STARTTLS in one piece ends the connection; what comes after it does not.
        if (!options.starttls) fuzz::same(course.story, whole.story, "a dialogue does not depend on how it is cut");
    }
    return 0;
}
