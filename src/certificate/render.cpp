// What stands on the certificate, from top to bottom.
#include <qrencode.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "certificate/certificate.hpp"
#include "certificate/typesetter.hpp"
#include "certificate/words.hpp"

namespace rapport::certificate {
namespace {

constexpr std::size_t most_pages = 64;
constexpr double label_width = 118;
constexpr Style body{}, muted{.size = 8.5, .colour = Colour::muted}, small_mono{.size = 8, .mono = true};

// Fonts are opened once; Pango's maps are not for two threads at a time, and drawing is bounded by there being one.
struct Fonts {
    std::mutex mutex;
    FontMap map;
    std::set<Locale> complete;
};
Fonts& fonts() {
    static Fonts all;
    return all;
}

std::string instant(Time time) {
    auto text = to_text(std::chrono::floor<std::chrono::seconds>(time));
    text[text.find('T')] = ' ';
    return left_to_right(text.substr(0, text.size() - 1) + " UTC");
}

std::string_view outcome_of(std::vector<Line> const& evidence) {
    auto const had = [&](auto... codes) {
        return std::ranges::any_of(evidence, [&](Line const& line) { return ((line.code == codes) || ...); });
    };
    if (had("E1")) return "outcome_handed_over";
    if (had("A2")) return "outcome_rejected";
    if (had("C4")) return "outcome_refused";
    if (had("C5")) return "outcome_expired";
    if (had("D2", "E2", "C2")) return "outcome_failed";
    if (had("C3")) return "outcome_accepted";
    return "outcome_waiting";
}

// In groups of eight, so that people can compare and lines can break.
std::string grouped(std::string_view hex) {
    std::string out;
    for (std::size_t at = 0; at < hex.size(); at += 8) out += (at ? " " : "") + std::string(hex.substr(at, 8));
    return out;
}

class Drawing {
  public:
    Drawing(PangoFontMap* map, Locale locale, Certificate const& certificate)
        : pages_(map, locale), locale_(locale), it_(certificate) {}

    Typesetter& draw() {
        heading();
        parties();
        content();
        evidence();
        log();
        verification();
        return pages_;
    }

  private:
    std::string say(std::string_view key, Values const& values = {}) const { return word(locale_, key, values); }

    void section(std::string_view key) {
        pages_.keep_together(60);
        pages_.text(say(key), {.size = 11.5, .bold = true}, 14, "H2");
        pages_.rule(3);
    }
    void fact(std::string_view key, std::string value, Style style = body) {
        if (value.empty()) return;
        pages_.row({Cell{.text = say(key), .width = label_width, .style = muted, .tag = "TH"},
                    Cell{.text = std::move(value),
                         .from = label_width + 10,
                         .width = text_width - label_width - 10,
                         .style = style,
                         .tag = "TD"}},
                   4, "TR");
    }

    void heading() {
        pages_.text(isolated(it_.sender), {.size = 10.5, .bold = true, .colour = Colour::accent});
        pages_.text(say("title"), {.size = 19, .bold = true}, 6, "H1");
        if (!it_.qualified) pages_.text(say("non_qualified"), {.size = 9.5, .bold = true, .colour = Colour::accent}, 4);
        pages_.text(say("view_note"), muted, 6);
    }

    void parties() {
        section("parties");
        fact("outcome", say(outcome_of(it_.evidence)), {.bold = true});
        fact("from", isolated(it_.sender));
        auto to = it_.recipient.empty() ? std::string() : isolated(it_.recipient) + "  ";
        fact("to", to + left_to_right(it_.recipient_address));
        if (!it_.delegate.empty()) fact("delegate", isolated(it_.delegate));
        if (it_.identified)
            fact(" ",
                 say("identified",
                     {{"level", left_to_right(it_.identified->level)}, {"time", instant(it_.identified->time)}}),
                 muted);
        if (!it_.subject.empty()) fact("subject", isolated(it_.subject, 500));
        fact("delivery", left_to_right(it_.delivery), small_mono);
    }

    void content() {
        section("parts");
        if (it_.contents == Contents::erased) pages_.text(say("erased"), body, 4);
        if (it_.contents == Contents::withheld) pages_.text(say("withheld"), body, 4);
        if (it_.contents == Contents::damaged) pages_.text(say("damaged"), body, 4);
        std::size_t number = 0;
        for (auto const& part : it_.parts) {
            ++number;
            auto const name =
                part.name.empty() ? say("part", {{"number", std::to_string(number)}}) : isolated(part.name, 120);
            pages_.keep_together(30);
            pages_.row({Cell{.text = name + "  " + left_to_right(part.content_type), .style = body}}, 5);
            pages_.row({Cell{.text = left_to_right("SHA-256 " + grouped(to_hex(part.digest.view()))),
                             .style = {.size = 7.5, .mono = true, .colour = Colour::muted}}},
                       1);
        }
    }

    static constexpr double number_width = 30, time_width = 128, place_width = 84;
    static constexpr double event_from = number_width + time_width + 12;
    static constexpr double event_width = text_width - event_from - place_width - 8;

    void line_row(std::vector<std::string> texts, Style style, double space, char const* tag) {
        pages_.row(
            {Cell{.text = std::move(texts[0]), .width = number_width, .style = style, .tag = tag},
             Cell{.text = std::move(texts[1]), .from = number_width, .width = time_width, .style = style, .tag = tag},
             Cell{.text = std::move(texts[2]), .from = event_from, .width = event_width, .style = style, .tag = tag},
             Cell{.text = std::move(texts[3]),
                  .from = text_width - place_width,
                  .width = place_width,
                  .style = style,
                  .tag = tag}},
            space, "TR");
    }

    std::string reason_text(std::string const& reason) const {
        auto const known = say(reason);
        return say("reason", {{"reason", known.empty() ? isolated(reason, 120) : known}});
    }

    void evidence() {
        section("evidence");
        line_row({say("number"), say("time"), say("event"), say("place")}, {.size = 8, .colour = Colour::muted}, 4,
                 "TH");
        for (auto const& line : it_.evidence) {
            pages_.keep_together(46);
            line_row({std::to_string(line.number), instant(line.time), left_to_right(line.code) + "  " + say(line.code),
                      line.place ? std::to_string(*line.place) : "–"},
                     body, 7, "TD");
            auto const beneath = [&](std::string text) {
                pages_.row({Cell{.text = std::move(text),
                                 .from = event_from,
                                 .width = text_width - event_from,
                                 .style = {.size = 8, .colour = Colour::muted}}},
                           1);
            };
            beneath(left_to_right(line.name) + " · " + say("clause", {{"clause", left_to_right(line.clause)}}));
            for (auto const& reason : line.reasons) beneath(reason_text(reason));
            if (line.stamped) beneath(say("stamped", {{"time", instant(*line.stamped)}}));
        }
        pages_.text(say("utc"), muted, 6);
    }

    void log() {
        section("log");
        pages_.text(say("log_text"), body, 4);
        fact("origin", left_to_right(it_.log.origin), small_mono);
        fact("size", std::to_string(it_.log.size));
        fact("root", left_to_right(it_.log.root), small_mono);
        if (it_.log.stamped) fact("logged_before", instant(*it_.log.stamped));
        fact("seal", left_to_right(it_.seal_subject));
        fact("fingerprint", left_to_right(grouped(it_.seal_fingerprint)), {.size = 7.5, .mono = true});
    }

    void verification() {
        pages_.keep_together(170);  // the heading does not stay behind
        section("verify");
        std::unique_ptr<QRcode, FreedBy<QRcode_free>> const code(
            QRcode_encodeString8bit(it_.entry_url.c_str(), 0, QR_ECLEVEL_M));
        std::vector<Cell> beside;
        beside.push_back(Cell{.text = say("verify_text", {{"verify", left_to_right(it_.verify_url)}})});
        beside.push_back(Cell{.text = left_to_right(it_.entry_url), .style = small_mono, .link = it_.entry_url});
        if (!code) {  // longer than any code holds
            for (auto& cell : beside) pages_.row({std::move(cell)}, 4);
            return;
        }
        auto const side = static_cast<std::size_t>(code->width);
        std::vector<bool> modules(side * side);
        for (std::size_t i = 0; i < modules.size(); ++i) modules[i] = (code->data[i] & 1) != 0;
        pages_.code(std::move(modules), side, it_.entry_url, std::move(beside));
    }

    Typesetter pages_;
    Locale locale_;
    Certificate const& it_;
};

// The newest thing that the certificate speaks of: not the clock, so that the same evidence gives the same bytes.
Time newest(Certificate const& certificate) {
    Time at{};
    for (auto const& line : certificate.evidence) at = std::max({at, line.time, line.stamped.value_or(line.time)});
    return std::max(at, certificate.log.stamped.value_or(at));
}

bool complete(Fonts& all, Locale locale) {
    if (all.complete.contains(locale)) return true;
    Typesetter probe(all.map.get(), locale);
    for (auto const key :
         {"title", "non_qualified", "view_note", "verify_text", "log_text", "outcome_expired", "C5", "ServerRefused"})
        probe.text(word(locale, key), {});
    if (probe.unknown_characters() > 0) return false;
    all.complete.insert(locale);
    return true;
}

bool open(Fonts& all) {
    if (!all.map) all.map = new_font_map();
    return all.map != nullptr;
}

}  // namespace

bool can_be_drawn(Locale locale) {
    auto& all = fonts();
    std::lock_guard const lock(all.mutex);
    return open(all) && complete(all, locale);
}

Expected<Bytes> render(Certificate const& certificate) {
    auto& all = fonts();
    std::lock_guard const lock(all.mutex);
    if (!open(all))
        return fail(ErrorKind::unavailable, "certificate_fonts_missing",
                    "No font is installed on the server, so no certificate can be drawn: install fonts-noto-core and "
                    "fonts-noto-cjk.");
    auto const locale = complete(all, certificate.locale) ? certificate.locale : Locale::en;
    Drawing drawing(all.map.get(), locale, certificate);
    auto& pages = drawing.draw();
    if (pages.pages() > most_pages)
        return fail(ErrorKind::too_large, "certificate_too_long",
                    "The delivery has more evidence than a certificate shows: use the package.");
    return pages.pdf({.title = word(locale, "title") + " " + certificate.delivery,
                      .author = certificate.sender,
                      .subject = certificate.delivery,
                      .made = newest(certificate),
                      .footer = [&](std::size_t page, std::size_t count) {
                          return left_to_right(certificate.delivery) + "  ·  " +
                                 word(locale, "page",
                                      {{"page", std::to_string(page)}, {"pages", std::to_string(count)}});
                      }});
}

}  // namespace rapport::certificate
