// The demo's inbox: what customers wrote, in six languages and in every state, and what was answered. Mails go through
// the spool as real ones do.
#include <algorithm>
#include <array>

#include "app/demo.hpp"
#include "base/log.hpp"
#include "conversation/writing.hpp"
#include "people/agents.hpp"

namespace rapport::app {
namespace {

using namespace std::chrono_literals;
namespace conv = conversation;
namespace email = channels::email;

struct Letter {
    std::string_view from, name, to;
    std::string_view subject, text;
    std::string_view html = {};
    std::string_view file = {}, file_text = {};
    std::string_view automatic = {};  // a program wrote it
};

constexpr std::string_view support = "support@example.org", billing = "billing@example.org";

constexpr std::array letters{
    Letter{"ada.conti@example.com",
           "Ada Conti",
           support,
           "The meter blinks red",
           "Hello,\n\nsince this morning the meter in the cellar blinks red and the heating is off. Two small children "
           "live here. Can somebody come today?\n\nAda Conti\n+39 06 555 0142",
           {},
           "meter.txt",
           "Meter 4711-22, fault E17, seen on Sunday at 7:40",
           {}},
    Letter{"chiara.neri@example.com",
           "Chiara Neri",
           billing,
           "Doppio addebito in bolletta",
           "Buongiorno,\n\nsulla bolletta di ottobre il canone risulta addebitato due volte (2 × 14,90 €). Potete "
           "controllare e rimborsare la differenza?\n\nGrazie,\nChiara Neri",
           {},
           {},
           {},
           {}},
    Letter{"d.moss@example.com",
           "Dana Moss",
           billing,
           "Re: Second reminder",
           "The invoice of 3 October was paid on 5 October. Please stop these reminders; the bank's receipt says so.",
           {},
           {},
           {},
           {}},
    // clang-format off
    Letter{"hossein.karimi@example.com", "حسین کریمی", support, "نشانی تازه",
           "با سلام،\n\nاز اول ماه آینده به نشانی تازه‌ای می‌روم. برای انتقال قرارداد گاز چه مدارکی لازم است؟\n\nبا احترام\nحسین کریمی",
           {}, {}, {}, {}},
    Letter{"y.sato@example.com", "佐藤 ゆき", support, "検針日の変更について",
           "お世話になっております。\n\n来月の検針日を午後に変更していただくことはできますか。\n\nよろしくお願いいたします。\n佐藤",
           {}, {}, {}, {}},
    Letter{"somchai@example.com", "สมชาย ใจดี", support, "น้ำไหลอ่อน",
           "สวัสดีครับ\n\nตั้งแต่เมื่อวานน้ำไหลอ่อนมาก มีการซ่อมท่อในซอยหรือเปล่าครับ\n\nขอบคุณครับ",
           {}, {}, {}, {}},
    Letter{"j.park@example.com", "Jin Park", billing, "연간 명세서 재발급",
           "안녕하세요.\n\n2025년 연간 명세서를 다시 받을 수 있을까요? 세금 신고에 필요합니다.\n\n감사합니다.\n박진",
           {}, {}, {}, {}},
    // clang-format on
    Letter{
        "grace.hall@example.com",
        "Grace Hall",
        support,
        "Solar panels: what do I have to tell you?",
        "Hi,\n\nwe put eight panels on the roof. Do you need the installer's certificate, and how are we paid for what "
        "we feed in?\n\nGrace",
        "<p>Hi,</p><p>we put <b>eight panels</b> on the roof. Do you need the installer's certificate, and how are "
        "we paid for what we feed in?</p><p>Grace</p><p><img src=\"https://images.example.com/roof.jpg\" "
        "alt=\"the roof\"></p>",
        {},
        {},
        {}},
    Letter{"i.rossi@example.com",
           "Irma Rossi",
           support,
           "Absent until Monday",
           "I am away and will read your mail on Monday.",
           {},
           {},
           {},
           "auto-replied"},
    Letter{"win@prizes.example.net",
           "Prize Team",
           support,
           "YOU WON",
           "Click to get your prize: http://prizes.example.net",
           {},
           {},
           {},
           {}},
};

// What was done about them.
struct Deed {
    std::string_view subject;
    std::string_view answer = {}, note = {};
    std::optional<conv::State> state = {};
    std::optional<conv::Priority> priority = {};
    std::string_view label = {};
    bool mine = false;  // the owner's
};

constexpr std::array deeds{
    Deed{"The meter blinks red",
         {},
         "E17 is the relief valve. Technician on call: ext. 204.",
         {},
         conv::Priority::urgent,
         "outage"},
    Deed{"Doppio addebito in bolletta",
         "Gentile Signora Neri,\n\nha ragione: il canone è stato addebitato due volte. Le rimborsiamo 14,90 € con la "
         "prossima bolletta.",
         {},
         conv::State::pending,
         {},
         "refund",
         true},
    Deed{"Re: Second reminder", {}, {}, {}, conv::Priority::high, "refund", true},
    Deed{"연간 명세서 재발급",
         "안녕하세요.\n\n2025년 명세서를 고객 페이지에 다시 올려 두었습니다.",
         {},
         conv::State::resolved,
         {},
         {},
         true},
    Deed{"検針日の変更について", {}, {}, conv::State::snoozed},
    Deed{"YOU WON", {}, {}, conv::State::spam},
};

email::ArrivedMail mail_of(Letter const& letter, Time now) {
    EmailAddress from, to;
    require(from_text(letter.from, from) && from_text(letter.to, to), "the demo's addresses are good");
    email::Mail mail{{email::HeaderText(letter.name), from},
                     {email::HeaderText(""), to},
                     email::HeaderText(letter.subject),
                     now,
                     email::MessageId("demo." + to_hex(sha256(letter.subject).view()).substr(0, 16), from.domain())};
    mail.text = letter.text;
    mail.html = letter.html;
    mail.by_person = letter.automatic.empty();
    if (!letter.file.empty())
        mail.attachments.push_back({email::HeaderText(letter.file), "text/plain", Bytes(letter.file_text)});
    email::ArrivedMail arrived;
    arrived.mail.from = from.value;
    arrived.mail.to = {to.value};
    arrived.mail.raw = email::write_mail(mail);
    arrived.peer = "127.0.0.1";
    return arrived;
}

class InboxStory {
  public:
    explicit InboxStory(House& house) : house_(house) {}

    Task<> tell(net::Stop stop) {
        bool const made = co_await house_.store->write([this](store::Tx& tx) { return furnish(tx); });
        if (!made) co_return;
        co_await house_.store->read([this](store::Reader& reader) { house_.conversations.addresses().read(reader); });
        for (auto const& letter : letters) co_await house_.inbound.keep(mail_of(letter, system_now()));
        bool const all = co_await arrived(stop);
        if (!all) co_return;
        for (auto const& deed : deeds) co_await carry_out(deed);
    }

  private:
    // Mailboxes, teams, labels. False where they are there already.
    bool furnish(store::Tx& tx) {
        auto const is_support = [](conv::MailboxView const& box) { return box.address.value == support; };
        if (std::ranges::any_of(conv::list_mailboxes(tx), is_support)) return false;
        if (auto const owner = people::agent_by_email(tx, EmailAddress{"owner@example.org"})) owner_ = owner->id;
        std::vector<people::AgentId> members;
        if (owner_) members.push_back(*owner_);
        auto const care = people::create_team(tx, act(), {{"Customer care"}, members});
        auto const money = people::create_team(tx, act(), {{"Billing"}, members});
        for (auto const& [name, colour] : {std::pair("outage", "#b42318"), std::pair("refund", "#1e7b5a")}) {
            auto const label = conv::create_label(tx, act(), {{name}, conv::Colour{colour}});
            if (label) labels_.emplace(name, label->id);
        }
        auto const& organisation = house_.config.organisation.name;
        for (auto const& [address, name, team] :
             {std::tuple(support, "Support", &care), std::tuple(billing, "Billing", &money)}) {
            conv::NewMailbox box;
            box.address = EmailAddress{std::string(address)};
            box.name = {std::string(name) + ", " + organisation};
            if (*team) box.team = (*team)->id;
            box.signatures = std::map<std::string, Text<0, 2000>>{{"en", {organisation}}, {"it", {organisation}}};
            if (auto const created = conv::create_mailbox(tx, act(), box); !created)
                log::warning("demo_mailbox_refused", {{"why", created.error().text}});
        }
        return true;
    }

    Task<bool> arrived(net::Stop stop) {
        for (int i = 0; i < 200; ++i) {
            auto const page = co_await house_.store->read([this](store::Reader& reader) {
                return conv::list_conversations(reader, house_.conversations.office(), act().actor, {});
            });
            if (page)
                for (auto const& one : page->items) found_.emplace(one.subject, one.id);
            auto const is_here = [this](Letter const& letter) { return found_.contains(letter.subject); };
            if (std::ranges::all_of(letters, is_here)) co_return true;
            if (!co_await stop.sleep(100ms)) co_return false;
        }
        co_return false;
    }

    Task<> carry_out(Deed const& deed) {
        auto const at = found_.find(std::string(deed.subject));
        if (at == found_.end()) co_return;
        auto const id = at->second;
        for (auto const& [kind, words] :
             {std::pair(conv::MessageKind::note, deed.note), std::pair(conv::MessageKind::reply, deed.answer)}) {
            if (words.empty()) continue;
            conv::NewMessage wanted;
            wanted.kind = kind;
            wanted.text = conv::MessageText{std::string(words)};
            co_await write(id, wanted);
        }
        conv::ConversationChange change;
        if (deed.state == conv::State::snoozed) change.snoozed_until = system_now() + 40h;
        // An answer leaves the conversation waiting for the customer.
        if (deed.state != conv::State::pending) change.state = deed.state;
        change.priority = deed.priority;
        if (deed.mine && owner_) change.assignee = conv::OrNone<people::AgentId>{*owner_};
        if (auto const label = labels_.find(deed.label); label != labels_.end()) change.labels = {{label->second}};
        auto const changed = co_await house_.store->write([&](store::Tx& tx) {
            return conv::change_conversation(tx, house_.conversations.office(), act(), id, {}, change);
        });
        if (!changed) log::warning("demo_deed_refused", {{"why", changed.error().text}});
    }

    Task<> write(conv::ConversationId id, conv::NewMessage wanted) {
        auto const& office = house_.conversations.office();
        auto const planned = co_await house_.store->read(
            [&](store::Reader& reader) { return conv::plan_writing(reader, office, act(), id, wanted); });
        if (!planned) co_return log::warning("demo_answer_refused", {{"why", planned.error().text}});
        co_await house_.store->write([&](store::Tx& tx) { return conv::write(tx, office, act(), *planned); });
    }

    people::Act act() const {
        if (owner_) return {{ActorKind::agent, owner_->value, "Demo Owner"}, system_now()};
        return {{ActorKind::system, 0, "demo"}, system_now()};
    }

    House& house_;
    std::optional<people::AgentId> owner_;
    std::map<std::string, conv::LabelId, std::less<>> labels_;
    std::map<std::string, conv::ConversationId, std::less<>> found_;
};

}  // namespace

Task<> Demo::fill_inbox(net::Stop stop) {
    InboxStory story(house_);
    co_await story.tell(stop);
}

}  // namespace rapport::app
