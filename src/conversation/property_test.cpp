// Whatever order mails come in, whoever refers to whatever, and however often the program dies in between: nobody's
// mail stands in a conversation in which they took no part, each mail is one message, and every counter is right.
#include <map>
#include <random>
#include <set>

#include "base/text.hpp"
#include "conversation/conversation_fixture.hpp"

namespace rapport::conversation {
namespace {

struct Known {
    std::string id;     // a Message-ID
    std::string token;  // a reply address; empty: not one of ours
};

class AnyMails : public ConversationTest {
  protected:
    static constexpr int people = 6, steps = 160;

    std::string person(int i) const { return "p" + std::to_string(i) + "@people.test"; }
    int any(int n) { return static_cast<int>(chance_() % static_cast<unsigned>(n)); }

    void write_in() {
        auto const who = any(people);
        MailOut mail;
        mail.from = person(who);
        mail.id = "<m" + std::to_string(++made_) + "@people.test>";
        mail.subject = any(2) ? "Re: Broken meter" : "Something";
        std::vector<std::string> recipients{"box@ours.test"};
        if (any(4) == 0) recipients.emplace_back("sales@ours.test");
        if (any(3) == 0) mail.cc = person(any(people));
        if (!known_.empty() && any(3) != 0) {
            auto const& one = known_[static_cast<std::size_t>(any(static_cast<int>(known_.size())))];
            if (any(2)) mail.in_reply_to = one.id;
            if (any(2)) mail.references = "<unknown@x.test> " + one.id;
            if (!one.token.empty() && any(2)) recipients[0] = mail.to = one.token;
        }
        if (any(8) == 0) mail.extra = "Auto-Submitted: auto-generated\r\n";
        advance(std::chrono::seconds(1));
        keep(mail.raw(), recipients, mail.from);
        if (any(5) == 0) keep(mail.raw(), recipients, mail.from);  // handed over again
        known_.push_back({mail.id, ""});
        ++kept_;
    }

    void answer_some() {
        handle();
        auto const open = list({});
        if (open.empty()) return;
        auto const id = open[static_cast<std::size_t>(any(static_cast<int>(open.size())))];
        if (view(id).reply.to.empty()) return;
        ASSERT_TRUE(post(id, answer()));
        for (auto const& letter : leave()) known_.push_back({letter.field("Message-ID"), letter.reply_to()});
    }

    void change_some() {
        handle();
        auto const open = list({});
        if (open.empty()) return;
        ConversationChange wanted;
        auto const to = any(4);
        wanted.state = to == 0 ? State::resolved : to == 1 ? State::pending : to == 2 ? State::spam : State::snoozed;
        if (wanted.state == State::snoozed) wanted.snoozed_until = now() + std::chrono::seconds(1 + any(100));
        if (any(2)) wanted.assignee = OrNone<AgentId>{agent_};
        ASSERT_TRUE(change(open[static_cast<std::size_t>(any(static_cast<int>(open.size())))], wanted));
        wake_due();
    }

    // Who may stand in a conversation follows from the messages alone, in their order: whoever began it, whom the
    // participants' mails and ours named.
    void check_parts() {
        std::int64_t messages = 0;
        for (auto const state : {State::open, State::pending, State::snoozed, State::resolved, State::spam}) {
            ConversationQuery query;
            query.state = state;
            query.limit = 200;
            for (auto const id : list(query)) {
                auto all = thread(id);
                std::ranges::reverse(all);
                std::set<std::string> part;
                for (auto const& one : all) {
                    if (one.direction == Direction::in) {
                        ++messages;
                        if (part.empty()) part.insert(one.from.address);
                        EXPECT_TRUE(part.contains(one.from.address))
                            << one.from.address << " took no part in " << to_text(id) << ": " << *one.matched;
                    }
                    for (auto const* named : {&one.to, &one.cc})
                        for (auto const& address : *named) part.insert(address.address);
                }
                part.clear();
            }
        }
        EXPECT_EQ(messages, kept_) << "each mail is one message";
    }

    std::mt19937 chance_;
    std::vector<Known> known_;
    int made_ = 0;
    std::int64_t kept_ = 0;
};
RAPPORT_ON_BOTH_ENGINES(AnyMails);

TEST_P(AnyMails, never_meet_who_took_no_part_and_are_each_one_message) {
    auto const seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    chance_.seed(seed);
    mailbox("sales@ours.test", "Sales");
    for (int i = 0; i < steps; ++i) {
        auto const what = any(20);
        if (what < 11)
            write_in();
        else if (what < 15)
            answer_some();
        else if (what < 17)
            change_some();
        else if (what < 19)
            handle();
        else
            restart();
        if (HasFatalFailure()) return;
    }
    for (int i = 0; i < 10; ++i) handle();
    check_parts();
    EXPECT_TRUE(faults().empty());
}

}  // namespace
}  // namespace rapport::conversation
