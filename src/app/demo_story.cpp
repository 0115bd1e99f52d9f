// What a newcomer finds in the demo: customers, and deliveries in every state. Everything goes the real way: letters to
// the sink, evidence sealed and logged; only the recipients' clicks are the program's own.
#include <array>

#include "app/demo.hpp"
#include "base/log.hpp"
#include "delivery/records.hpp"
#include "delivery/wire.hpp"
#include "notice/wire.hpp"

namespace rapport::app {
namespace {

using namespace std::chrono_literals;
using delivery::State;

enum class Ending : std::uint8_t { none, accept, read, refuse, erase };

struct Scene {
    std::string_view to, name;
    Locale locale;
    delivery::Kind kind;
    std::string_view subject, text;
    Ending ending;
    bool is_short = false;  // the deadline passes a minute after the start
};

constexpr auto registered = delivery::Kind::registered;
constexpr auto plain = delivery::Kind::plain;

constexpr std::array scenes{
    Scene{"ada.conti@example.com", "Ada Conti", Locale::en, registered, "Change of your supply contract",
          "Dear Ms Conti,\n\nyour supply contract changes on 1 January. The new terms are attached to this "
          "delivery.\n\nExample Utilities",
          Ending::none},
    Scene{"b.okafor@example.com", "Ben Okafor", Locale::en, registered, "Notice of termination",
          "Dear Mr Okafor,\n\nwe confirm that your contract ends on 31 December.\n\nExample Utilities", Ending::accept},
    Scene{"chiara.neri@example.com", "Chiara Neri", Locale::en, registered, "Final bill 2026",
          "Dear Ms Neri,\n\nyour final bill is 84.20 EUR.\n\nExample Utilities", Ending::read},
    Scene{"d.moss@example.com", "Dana Moss", Locale::en, registered, "Second reminder",
          "Dear Ms Moss,\n\nthe invoice of 3 October is still open.\n\nExample Utilities", Ending::refuse},
    Scene{"e.lund@example.com", "Erik Lund", Locale::en, registered, "Offer, valid for a short time",
          "Dear Mr Lund,\n\nthis offer ends soon.\n\nExample Utilities", Ending::none, true},
    Scene{"bounce+farid@example.com", "Farid Amin", Locale::en, registered, "Meter exchange",
          "Dear Mr Amin,\n\nyour meter will be exchanged in March.\n\nExample Utilities", Ending::none},
    Scene{"full+grace@example.com", "Grace Hall", Locale::en, registered, "Data protection notice",
          "Dear Ms Hall,\n\nwe have updated our data protection notice.\n\nExample Utilities", Ending::none},
    Scene{"hossein.karimi@example.com", "حسین کریمی", Locale::fa, registered, "تغییر قرارداد شما",
          "جناب آقای کریمی،\n\nقرارداد شما از اول ژانویه تغییر "
          "می‌کند.\n\nExample "
          "Utilities",
          Ending::none},
    Scene{"i.rossi@example.com", "Irma Rossi", Locale::en, registered, "Closing of your account",
          "Dear Ms Rossi,\n\nyour account was closed as you asked.\n\nExample Utilities", Ending::erase},
    Scene{"j.park@example.com", "Jin Park", Locale::en, plain, "Maintenance on Sunday",
          "Dear Mr Park,\n\non Sunday from 2 to 4 the customer area is not available.\n\nExample Utilities",
          Ending::none},
    Scene{"bounce+kim@example.com", "Kim Vale", Locale::en, plain, "Maintenance on Sunday",
          "Dear Kim Vale,\n\non Sunday from 2 to 4 the customer area is not available.\n\nExample Utilities",
          Ending::none},
    Scene{"drop+lea@example.com", "Lea Brand", Locale::en, plain, "Maintenance on Sunday",
          "Dear Ms Brand,\n\non Sunday from 2 to 4 the customer area is not available.\n\nExample Utilities",
          Ending::none},
};

// Notices of the stock kinds, each in another language.
struct Bulletin {
    std::string_view kind, to, name;
    Locale locale;
    std::string_view data;
};
constexpr std::array bulletins{
    Bulletin{
        "order_confirmation", "chiara.neri@example.com", "Chiara Neri", Locale::it,
        R"({"order":"A-10243","items":[{"name":"Contatore","quantity":1,"price":{"amount":4900,"currency":"EUR"}},)"
        R"({"name":"Filtro","quantity":2,"price":{"amount":3980,"currency":"EUR"}}],)"
        R"("total":{"amount":8880,"currency":"EUR"},"delivery_on":"2026-12-04"})"},
    Bulletin{"payment", "d.moss@example.com", "Dana Moss", Locale::en,
             R"({"invoice":"2026-0815","amount":{"amount":8420,"currency":"EUR"},"status":"due","due":"2026-12-15"})"},
    Bulletin{"auto_renewal", "hossein.karimi@example.com", "حسین کریمی", Locale::fa,
             R"({"contract":"گاز ۴۷۱۱","renews_on":"2027-01-01","price":{"amount":11900,"currency":"EUR"},)"
             R"("answer_until":"2099-12-15T22:59:59Z"})"},
    Bulletin{"security", "y.sato@example.com", "佐藤 ゆき", Locale::ja,
             R"({"event":"new_sign_in","at":"2026-11-20T09:30:00Z","device":"Firefox"})"},
    Bulletin{"expiry_reminder", "somchai@example.com", "สมชาย ใจดี", Locale::th,
             R"({"item":"สัญญาน้ำประปา","expires_on":"2026-12-31","days":30,"link":"https://www.example.org/renew"})"},
    Bulletin{"document_filed", "j.park@example.com", "Jin Park", Locale::ko,
             R"({"title":"2026년 연간 명세서","documents":1,"link":"https://www.example.org/documents"})"},
};

notice::Request request_of(Bulletin const& bulletin) {
    notice::Request request;
    request.actor = {ActorKind::system, 0, "demo"};
    auto& wanted = request.notices.emplace_back();
    wanted.kind = {std::string(bulletin.kind)};
    auto& recipient = wanted.recipients.emplace_back();
    recipient.email = EmailAddress{std::string(bulletin.to)};
    recipient.name = Text<1, 200>{std::string(bulletin.name)};
    recipient.locale = bulletin.locale;
    wanted.data = json::parse(bulletin.data)->get_object();
    return request;
}

delivery::NewDelivery request_of(Scene const& scene, Time now) {
    delivery::NewDelivery wanted;
    wanted.kind = scene.kind;
    auto& recipient = wanted.recipients.emplace_back();
    recipient.email = EmailAddress{std::string(scene.to)};
    recipient.name = Text<1, 200>{std::string(scene.name)};
    recipient.locale = scene.locale;
    if (scene.kind == registered) recipient.second_email = EmailAddress{"codes+" + std::string(scene.to)};
    wanted.subject = {std::string(scene.subject)};
    wanted.text = {std::string(scene.text)};
    wanted.locale = scene.locale;
    if (scene.is_short) wanted.accept_until = now + 70s;
    return wanted;
}

// The demo's recipients are identified by nobody; the record says so.
Task<delivery::Assertion> identified(House& house, delivery::DeliveryId id) {
    auto const now = system_now();
    auto const record = "rapport-identification-1\ndelivery: " + to_text(id) + "\nmethod: the demo's story\n";
    co_await house.store->write(
        [&](store::Tx& tx) { return delivery::keep_record(tx, house.deliveries.office(), id, record, now); });
    co_return delivery::Assertion{delivery::Assurance::low, std::string(evidence::method::one_time_code), now,
                                  sha256(record)};
}

// Waits until the mail server has answered, so that the recipient acts after the invitation.
Task<bool> invited(House& house, delivery::DeliveryId id, net::Stop stop) {
    for (int i = 0; i < 100; ++i) {
        auto const found = co_await house.store->read(
            [&](store::Reader& reader) { return delivery::find(reader, house.deliveries.office(), id); });
        if (found && found->state == State::notified) co_return true;
        if (!co_await stop.sleep(100ms)) co_return false;
    }
    co_return false;
}

Task<> act(House& house, delivery::DeliveryId id, Ending ending) {
    auto& deliveries = house.deliveries;
    auto const& office = deliveries.office();
    auto const who = co_await identified(house, id);
    if (ending == Ending::refuse) {
        delivery::Plan refuse = [&office, id, who](store::Reader& reader) {
            return delivery::plan_refusal(reader, office, id, who, "The invoice was paid on 5 October.", system_now());
        };
        co_await deliveries.carry_out(std::move(refuse));
        co_return;
    }
    delivery::Plan accept = [&office, id, who](store::Reader& reader) {
        return delivery::plan_acceptance(reader, office, id, who, {}, system_now());
    };
    co_await deliveries.carry_out(std::move(accept));
    if (ending == Ending::accept) co_return;
    delivery::Plan read = [&office, id, who](store::Reader& reader) {
        return delivery::plan_reading(reader, office, id, who, system_now());
    };
    co_await deliveries.carry_out(std::move(read));
    delivery::Plan hand_over = [&office, id, who](store::Reader& reader) {
        return delivery::plan_hand_over(reader, office, id, who, {0}, system_now());
    };
    co_await deliveries.carry_out(std::move(hand_over));
    if (ending == Ending::read) co_return;
    delivery::Plan erase = [&office, id](store::Reader& reader) {
        return delivery::plan_erasure(reader, office, people::Act{{}, system_now()}, id);
    };
    co_await deliveries.carry_out(std::move(erase));
}

}  // namespace

Task<> Demo::tell_story(net::Stop stop) {
    co_await tell_chat(house_);
    co_await tell_forms(house_);
    auto const begun =
        co_await house_.store->read([](store::Reader& reader) { return !delivery::counts(reader).empty(); });
    if (begun) co_return;
    for (auto const& scene : scenes) {
        delivery::SubmitRequest request;
        request.actor = {ActorKind::system, 0, "demo"};
        request.deliveries.push_back(request_of(scene, system_now()));
        auto const submitted = co_await house_.deliveries.submit(std::move(request));
        if (!submitted) {
            log::warning("demo_scene_refused", {{"why", submitted.error().text}});
            continue;
        }
        auto const id = submitted->front().deliveries.front().id;
        if (scene.ending == Ending::none) continue;
        if (co_await invited(house_, id, stop)) co_await act(house_, id, scene.ending);
    }
    for (auto const& bulletin : bulletins) {
        auto const submitted = co_await house_.notices.submit(request_of(bulletin));
        if (!submitted) log::warning("demo_notice_refused", {{"why", submitted.error().text}});
    }
}

}  // namespace rapport::app
