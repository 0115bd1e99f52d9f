// What IMAP servers say: the same answers however the octets are cut, with no more in them than came, literals within
// their bound, texts printable. What we write to them is one quoted line.
#include "channels/email/imap_answer.hpp"

#include "property.hpp"

namespace rapport::channels::email {
namespace {

using fuzz::holds;

constexpr std::size_t literal_limit = 200;

std::string shown(ImapAnswer const& answer) {
    std::string out = answer.tag + '|';
    for (auto const& token : answer.tokens) out += std::to_string(static_cast<int>(token.kind)) + token.text + '|';
    out += answer.status() + '|' + answer.words + '|' + answer.code("UIDVALIDITY").value_or("-");
    if (auto const number = answer.number_before("EXISTS")) out += "|exists " + std::to_string(*number);
    for (auto const uid : answer.found()) out += "|found " + std::to_string(uid);
    for (auto const& one : answer.capabilities().value_or(std::vector<std::string>())) out += "|can " + one;
    for (auto const* item : {"UID", "RFC822.SIZE", "INTERNALDATE", "BODY[]<0>", "BODY[HEADER]<0>"})
        if (auto const value = answer.fetched(item)) out.append("|").append(item).append(" ").append(*value);
    return out + '\n';
}

void look_at(ImapAnswer const& answer, std::size_t came) {
    std::size_t held = answer.tag.size();
    for (auto const& token : answer.tokens) held += token.text.size();
    holds(!answer.tag.empty() && held <= came, "an answer has a tag, and no more than what came");
    holds(answer.words.size() <= 300, "words of at most so many octets");
    for (char const c : answer.words) holds(c >= 0x20 && c < 0x7F, "words can be printed");
    holds(answer.words.empty() || !answer.status().empty(), "words stand after a status");
}

std::string answers_of(std::string_view text, fuzz::Cut cut) {
    std::string story;
    ImapReader reader(literal_limit);
    for (fuzz::Pieces pieces(text, cut); !pieces.done();) {
        reader.feed(pieces.next());
        ImapAnswer answer;
        ImapReader::Status status;
        while ((status = reader.take(answer)) == ImapReader::Status::complete) {
            look_at(answer, text.size());
            story += shown(answer);
        }
        if (status == ImapReader::Status::broken) return story + "broken";
        if (status == ImapReader::Status::too_large) return story + "too large";
    }
    return story;
}

void write(std::string_view text) {
    for (auto const& quoted : {imap_quoted(text), imap_mailbox(text)}) {
        if (!quoted) continue;
        holds(quoted->size() >= 2 && quoted->front() == '"' && quoted->back() == '"', "an argument is quoted");
        for (char const c : *quoted) holds(c >= 0x20 && c < 0x7F, "an argument is one line of ASCII");
        ImapReader reader(literal_limit);
        reader.feed("* X " + *quoted + "\r\n");
        ImapAnswer answer;
        holds(reader.take(answer) == ImapReader::Status::complete && answer.tokens.size() == 2, "and is one argument");
    }
    if (auto const plain = imap_quoted(text)) {
        ImapReader reader(literal_limit);
        reader.feed("* X " + *plain + "\r\n");
        ImapAnswer answer;
        reader.take(answer);
        fuzz::same(answer.tokens.at(1).text, std::string(text), "a quoted text is read as it was");
    }
}

}  // namespace
}  // namespace rapport::channels::email

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace rapport;
    using namespace rapport::channels::email;
    auto const text = fuzz::text_of(data, size);
    auto const whole = answers_of(text, fuzz::Cut::whole);
    for (auto const cut : fuzz::cuts)
        fuzz::same(answers_of(text, cut), whole, "answers do not depend on how the octets are cut");
    write(text);
    if (auto const time = imap_time(text))
        fuzz::holds(time->time_since_epoch() > std::chrono::years(-10'000) &&
                        time->time_since_epoch() < std::chrono::years(10'000),
                    "a time is one of the calendar's");
    return 0;
}
