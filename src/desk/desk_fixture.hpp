// For tests: the desk over conversations that come in by mail.
#pragma once

#include "conversation/conversation_fixture.hpp"
#include "desk/runs.hpp"
#include "desk/sql.hpp"
#include "desk/variables.hpp"

namespace rapport::desk {

using conversation::Act;

class DeskTest : public conversation::ConversationTest {
  protected:
    DeskTest() : ConversationTest(sql::migrations) {}

    void SetUp() override {
        ConversationTest::SetUp();
        other_ = agent("ben@staff.test", "Ben");
    }
    AgentId agent(std::string email, std::string name) {
        return store().write_now([&](store::Tx& tx) {
            return people::create_agent(tx, operator_act(), people::Permissions::all(),
                                        {{std::move(email)}, {std::move(name)}, Locale::en, people::Role::agent})
                ->id;
        });
    }
    TeamId team(std::string name, std::vector<AgentId> members) {
        return store().write_now([&](store::Tx& tx) {
            return people::create_team(tx, operator_act(), {{std::move(name)}, std::move(members)})->id;
        });
    }
    ConversationId begun(std::string from = "Ada Lovelace <ada@example.org>", std::string id = "<1@ada.test>") {
        conversation::MailOut mail;
        mail.from = std::move(from);
        mail.id = std::move(id);
        return receive(mail).conversation;
    }
    Act act_of(AgentId id) const { return {{ActorKind::agent, id.value, "Agent"}, now(), "198.51.100.7", "r1"}; }
    Who me(bool manages = false) const { return {act().actor, manages, true}; }
    Who ben(bool manages = false) const { return {act_of(other_).actor, manages, true}; }

    Expected<CannedReplyView> keep(NewCannedReply const& wanted, Who const& who) {
        return store().write_now(
            [&](store::Tx& tx) { return create_canned(tx, {who.actor, now(), "", ""}, who, wanted); });
    }
    static NewCannedReply canned(std::string text, Audience audience = Audience::own) {
        NewCannedReply wanted;
        wanted.name = {"Greeting"};
        wanted.audience = audience;
        wanted.versions["en"] = {std::move(text)};
        return wanted;
    }
    std::vector<CannedReplyView> canned_of(Who const& who) {
        return store().read_now([&](store::Reader& reader) { return list_canned(reader, who); });
    }
    Expected<Rendered> render(CannedReplyId id, ConversationId in, std::optional<Who> who = {}) {
        return store().read_now(
            [&](store::Reader& reader) { return render_canned(reader, office(), who.value_or(me()), id, {in, {}}); });
    }
    Expected<MacroView> keep(NewMacro const& wanted, Who const& who) {
        return store().write_now(
            [&](store::Tx& tx) { return create_macro(tx, {who.actor, now(), "", ""}, who, wanted); });
    }
    Expected<Prepared> prepared(ConversationId id, std::vector<Action> const& actions) {
        return store().read_now([&](store::Reader& reader) -> Expected<Prepared> {
            auto const good = check_actions(reader, me(), actions);
            if (!good) return fail(good.error());
            return prepare(reader, office(), act(), me(), id, actions);
        });
    }
    Expected<RunOutcome> carry_out(ConversationId id, std::vector<Action> const& actions,
                                   std::optional<std::string> key = {}) {
        auto const ready = prepared(id, actions);
        if (!ready) return fail(ready.error());
        return store().write_now(
            [&](store::Tx& tx) { return run(tx, office(), act(), me(), *ready, std::nullopt, key); });
    }
    RunPreview look_ahead(ConversationId id, std::vector<Action> const& actions) {
        auto const ready = prepared(id, actions).value();
        RunPreview seen;
        std::ignore = store().write_now([&](store::Tx& tx) -> Expected<void> {
            seen = preview(tx, office(), act(), me(), ready);
            return fail(ErrorKind::conflict, "preview", "");
        });
        return seen;
    }
    Expected<conversation::ConversationView> undo(RunId id, std::optional<Act> by = {}) {
        auto const who = by.value_or(act());
        return store().write_now([&](store::Tx& tx) { return desk::undo(tx, office(), who, id); });
    }
    // To whom letters of a purpose wait or went.
    std::vector<std::string> letters(std::string_view purpose) {
        std::vector<std::string> out;
        for (auto const& one : store().read_now([](store::Reader& r) { return post::list_letters(r, {}, {}, 100); }))
            if (one.purpose == purpose) out.push_back(one.to.value);
        return out;
    }
    std::vector<std::string> desk_faults() {
        std::vector<std::string> out;
        store().read_now([&](store::Reader& reader) {
            check_desk(reader, office(), [&](Finding const& one) { out.push_back(one.subject + ": " + one.text); });
        });
        return out;
    }
    void TearDown() override {
        EXPECT_THAT(desk_faults(), testing::IsEmpty());
        ConversationTest::TearDown();
    }
    LabelId label(std::string name) {
        return store().write_now(
            [&](store::Tx& tx) { return conversation::create_label(tx, operator_act(), {{std::move(name)}, {}})->id; });
    }
    static Action doing(Does does) {
        Action one;
        one.does = does;
        return one;
    }
    static Action state(State to) {
        auto one = doing(Does::set_state);
        one.state = to;
        return one;
    }
    static Action labelled(LabelId id, Does does = Does::add_label) {
        auto one = doing(does);
        one.label = id;
        return one;
    }
    static Action says(Does does, std::string text) {
        auto one = doing(does);
        one.text = CannedText{std::move(text)};
        return one;
    }
    static Action assigned(std::string to) {
        auto one = doing(Does::assign);
        one.assignee = std::move(to);
        return one;
    }

    AgentId other_;
};

}  // namespace rapport::desk
