// The order: token, our own Message-IDs from right to left, theirs. Each look-up is scoped to whoever sent the mail.
#include "conversation/match.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "conversation/sql.hpp"
#include "people/merged.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t most_tokens = 10, most_candidates = 20;

enum class Standing : std::uint8_t {
    stranger,
    copied,       // a participant's mail, or ours, put them in Cc
    participant,  // or the same customer at another address that is verified
};

Standing standing_in(store::Reader& reader, ConversationId id, EmailAddress const& sender) {
    auto const folded = ascii_lower(sender.value);
    if (auto const found = find_participant(reader, id, folded))
        return found->role == Role::copied ? Standing::copied : Standing::participant;
    auto const row = find_row(reader, id);
    if (!row || !row->customer) return Standing::stranger;
    auto const addresses = people::addresses_of_person(reader, people::person_of(reader, *row->customer));
    bool const verified = std::ranges::any_of(
        addresses, [&](people::Address const& one) { return one.verified_at && ascii_lower(one.value) == folded; });
    return verified ? Standing::participant : Standing::stranger;
}

class Search {
  public:
    Search(store::Reader& reader, Office const& office, Reading const& mail, bool trusted)
        : reader_(reader), office_(office), mail_(mail), trusted_(trusted) {}

    bool by_token(std::string_view recipient) {
        std::vector<std::string_view> places{recipient};
        for (auto const& one : mail_.delivered_to) places.push_back(one);
        for (auto const& one : mail_.to) places.push_back(one.address);
        for (auto const& one : mail_.cc) places.push_back(one.address);
        std::size_t seen = 0;
        for (auto const place : places) {
            if (place.find('+') == std::string_view::npos) continue;
            if (++seen > most_tokens) break;
            auto const participant = office_.tokens.participant_of(place);
            if (!participant) {
                forged_ = forged_ || looks_like_token(place);
                continue;
            }
            auto const found = find_participant(reader_, *participant);
            if (found && take(found->conversation, Standing::copied, MatchedBy::token, "its reply address"))
                return true;
        }
        return false;
    }

    // RFC 5322 §3.6.4: In-Reply-To names the parent; the last of References does, too.
    bool by_references() {
        std::vector<std::string_view> ids;
        for (auto const& id : mail_.in_reply_to) ids.push_back(id);
        for (auto it = mail_.references.rbegin(); it != mail_.references.rend(); ++it) ids.push_back(*it);
        if (ids.size() > most_references) ids.resize(most_references);
        for (bool const ours : {true, false})
            for (auto const id : ids)
                if (by_reference(id, ours)) return true;
        for (auto const id : ids)
            if (!found_.letter) found_.letter = office_.paths.message_of(id);
        return false;
    }

    Match done() {
        if (!found_.conversation && found_.why.empty())
            found_.why = forged_ ? "It came with a reply address that we did not make: it began a conversation."
                                 : "It names no conversation of ours: it began one.";
        return std::move(found_);
    }

  private:
    static bool looks_like_token(std::string_view address) {
        auto const plus = address.rfind('+');
        auto const detail = address.substr(plus + 1, address.rfind('@') - plus - 1);
        return detail.size() == 31 && ascii_lower(detail.substr(0, 1)) == "c";
    }

    bool by_reference(std::string_view id, bool ours) {
        auto const digest = reference_digest(id);
        auto const least = ours ? Standing::copied : Standing::participant;
        auto const by = ours ? MatchedBy::own_message_id : MatchedBy::reference;
        auto const brought = ours ? "the Message-ID of our message" : "the Message-ID of one of its messages";
        // Thousands may answer the same newsletter: those where this sender takes part come first.
        auto candidates = ours || !mail_.sender ? std::vector<ConversationId>()
                                                : reader_.all<ConversationId>(sql::referred_with, digest,
                                                                              ascii_lower(mail_.sender->value));
        for (auto const one : reader_.all<ConversationId>(sql::referred, digest, ours, most_candidates))
            candidates.push_back(one);
        return std::ranges::any_of(candidates, [&](auto at) { return take(at, least, by, brought); });
    }

    bool take(ConversationId at, Standing least, MatchedBy by, std::string_view brought) {
        auto const id = holder_of(reader_, at);
        auto standing = Standing::stranger;
        if (trusted_ && mail_.sender) {
            standing = standing_in(reader_, id, *mail_.sender);
            if (id != at) standing = std::max(standing, standing_in(reader_, at, *mail_.sender));
        }
        if (standing >= least) {
            found_.conversation = id;
            found_.by = by;
            found_.why = "It came with " + std::string(brought) + ", from " +
                         (standing == Standing::copied ? "somebody who stands in Cc." : "a participant.");
            return true;
        }
        // What anybody may know is no reason to suggest anything: strangers who answer a newsletter never meet.
        if (by == MatchedBy::reference || found_.perhaps) return false;
        found_.perhaps = id;
        found_.perhaps_why =
            !trusted_ ? "It came with " + std::string(brought) +
                            ", but its sender says to be one of us, which nothing proves."
                      : "It came with " + std::string(brought) + ", but from an address that takes no part in it.";
        return false;
    }

    store::Reader& reader_;
    Office const& office_;
    Reading const& mail_;
    bool trusted_;
    bool forged_ = false;
    Match found_;
};

}  // namespace

Match match(store::Reader& reader, Office const& office, Reading const& mail, std::string_view recipient,
            bool trusted) {
    Search search(reader, office, mail, trusted);
    if (!search.by_token(recipient)) search.by_references();
    auto found = search.done();
    if (found.conversation) found.perhaps.reset();
    if (found.perhaps) found.why = found.perhaps_why;
    return found;
}

}  // namespace rapport::conversation
