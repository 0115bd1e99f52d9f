// HTML from an allow list: no element, attribute or address is written that does not stand in this file.
#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"
#include "markdown/parse.hpp"

namespace rapport::markdown {
namespace {

constexpr std::size_t most_findings = 100, most_links = 5000;

struct CalloutRow {
    Callout kind;
    std::string_view mark, name, words;
};
constexpr CalloutRow callout_rows[] = {
    {Callout::note, "[!NOTE]", "note", "Note"},
    {Callout::tip, "[!TIP]", "tip", "Tip"},
    {Callout::important, "[!IMPORTANT]", "important", "Important"},
    {Callout::warning, "[!WARNING]", "warning", "Warning"},
    {Callout::caution, "[!CAUTION]", "caution", "Caution"},
};

std::string_view tag_of(Block block) {
    switch (block) {
        case Block::bullets:
            return "ul";
        case Block::numbers:
            return "ol";
        case Block::item:
            return "li";
        case Block::paragraph:
            return "p";
        case Block::head:
            return "thead";
        case Block::body:
            return "tbody";
        case Block::row:
            return "tr";
        case Block::head_cell:
            return "th";
        case Block::cell:
            return "td";
        default:
            return {};
    }
}

std::string_view tag_of(Span span) {
    switch (span) {
        case Span::emphasis:
            return "em";
        case Span::strong:
            return "strong";
        case Span::code:
            return "code";
        case Span::deleted:
            return "del";
        default:
            return {};
    }
}

std::string_view class_of(Align align) {
    switch (align) {
        case Align::left:
            return " class=\"left\"";
        case Align::center:
            return " class=\"center\"";
        case Align::right:
            return " class=\"right\"";
        default:
            return {};
    }
}

// Spaces and what is no part of an address, as browsers would write them (WHATWG URL §4.4 does the same).
std::string written_address(std::string_view address) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (char const c : address) {
        auto const octet = static_cast<unsigned char>(c);
        if (octet > 0x20 && octet < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '`' && c != '^' &&
            c != '{' && c != '}' && c != '|')
            out += c;
        else
            (out += '%') += std::string{hex[octet >> 4], hex[octet & 15]};
    }
    return out;
}

// A quote that may turn out to be a callout when its first line has been read.
struct Quote {
    explicit Quote(std::size_t at) : begin(at) {}
    std::size_t begin;  // where its element will stand
    bool reads_first_line = false, is_fresh = true;
    std::size_t line_begin = 0;
    std::string line;
    CalloutRow const* callout = nullptr;
};

class Html final : public Sink {
  public:
    explicit Html(Options const& options) : options_(options) {}

    void enter(Block block, Detail const& detail) override {
        switch (block) {
            case Block::document:
                return;
            case Block::quote:
                not_fresh();
                quotes_.push_back(Quote(out_.size()));
                return;
            case Block::heading:
                not_fresh();
                return begin_heading(detail.level);
            case Block::code:
                not_fresh();
                return begin_code(detail.language);
            case Block::rule:
                not_fresh();
                out_ += "<hr>\n";
                return;
            case Block::table:
                not_fresh();
                out_ += "<div class=\"table\" tabindex=\"0\"><table dir=\"auto\">\n";
                return;
            case Block::item:
                return begin_item(detail);
            case Block::numbers:
                return begin_numbers(detail.start);
            case Block::bullets:
                not_fresh();
                out_ += "<ul dir=\"auto\">\n";
                return;
            case Block::head_cell:
                out_ += "<th scope=\"col\" dir=\"auto\"";
                break;
            case Block::cell:
                out_ += "<td dir=\"auto\"";
                break;
            case Block::paragraph:
                return begin_paragraph();
            default:
                (out_ += '<') += tag_of(block);
                out_ += ">\n";
                return;
        }
        out_ += class_of(detail.align);
        out_ += '>';
    }

    void leave(Block block) override {
        switch (block) {
            case Block::document:
            case Block::rule:
                return;
            case Block::quote:
                return end_quote();
            case Block::heading:
                return end_heading();
            case Block::code:
                out_ += "</code></pre>\n";
                return;
            case Block::table:
                out_ += "</table></div>\n";
                return;
            case Block::paragraph:
                end_first_line();
                if (out_.ends_with("<p dir=\"auto\">"))
                    out_.resize(out_.size() - 14);
                else
                    out_ += "</p>\n";
                return;
            default:
                (out_ += "</") += tag_of(block);
                out_ += ">\n";
        }
    }

    void enter(Span span, Detail const& detail) override {
        if (images_ > 0) {  // the words of an image are text alone
            images_ += span == Span::image;
            return;
        }
        if (span == Span::link) return begin_link(detail);
        if (span == Span::image) {
            images_ = 1;
            alternative_.clear();
            image_ = detail;
            return;
        }
        ((out_ += '<') += tag_of(span)) += span == Span::code ? " dir=\"auto\">" : ">";
    }

    void leave(Span span) override {
        if (images_ > 0) {
            if (span == Span::image && --images_ == 0) write_image();
            return;
        }
        if (span == Span::link) {
            if (links_.empty()) return;
            if (links_.back()) out_ += "</a>";
            links_.pop_back();
            return;
        }
        ((out_ += "</") += tag_of(span)) += '>';
    }

    void text(std::string_view utf8) override {
        if (images_ > 0) {
            alternative_ += utf8;
            return;
        }
        if (in_heading_) heading_ += utf8;
        if (!quotes_.empty() && quotes_.back().reads_first_line && quotes_.back().line.size() < 40)
            quotes_.back().line += utf8;
        out_ += escape_markup(utf8);
    }

    void line_break(bool is_hard) override {
        if (images_ > 0) {
            alternative_ += ' ';
            return;
        }
        if (in_heading_) heading_ += ' ';
        if (end_first_line()) return;
        out_ += is_hard ? "<br>\n" : "\n";
    }

    std::size_t written() const override { return out_.size() + alternative_.size() + heading_.size(); }

    Rendered take() {
        rendered_.html = std::move(out_);
        return std::move(rendered_);
    }

  private:
    void not_fresh() {
        if (!quotes_.empty()) quotes_.back().is_fresh = false;
    }

    void begin_paragraph() {
        out_ += "<p dir=\"auto\">";
        if (quotes_.empty() || !quotes_.back().is_fresh) return;
        auto& quote = quotes_.back();
        quote.is_fresh = false;
        quote.reads_first_line = true;
        quote.line_begin = out_.size();
    }

    // True: the line was a callout's mark, and is gone.
    bool end_first_line() {
        if (quotes_.empty() || !quotes_.back().reads_first_line) return false;
        auto& quote = quotes_.back();
        quote.reads_first_line = false;
        auto const line = trimmed(quote.line);
        auto const* found = std::ranges::find(callout_rows, line, [](auto const& row) { return row.mark; });
        if (found == std::end(callout_rows)) return false;
        quote.callout = found;
        out_.resize(quote.line_begin);
        return true;
    }

    void end_quote() {
        auto const quote = std::move(quotes_.back());
        quotes_.pop_back();
        if (!quote.callout) {
            out_.insert(quote.begin, "<blockquote dir=\"auto\">\n");
            out_ += "</blockquote>\n";
            return;
        }
        auto const words = options_.callouts.find(quote.callout->kind);
        std::string begin = "<div class=\"callout ";
        begin += quote.callout->name;
        begin += "\" dir=\"auto\"><p class=\"callout-name\">";
        begin += escape_markup(words == options_.callouts.end() ? quote.callout->words : words->second);
        begin += "</p>\n";
        out_.insert(quote.begin, begin);
        out_ += "</div>\n";
    }

    void begin_heading(int level) {
        while (!above_.empty() && above_.back() >= level) above_.pop_back();
        heading_level_ = std::min(6, options_.first_heading + static_cast<int>(above_.size()));
        above_.push_back(level);
        in_heading_ = true;
        heading_.clear();
        heading_begin_ = out_.size();
    }

    void end_heading() {
        in_heading_ = false;
        auto const name = "h" + std::to_string(heading_level_);
        std::string begin = "<" + name + " dir=\"auto\"";
        auto const words = std::string(trimmed(heading_));
        std::string anchor;
        if (options_.anchors) {
            anchor = slug_of(words, 60);
            if (anchor.empty()) anchor = "section";
            auto const before = ++anchors_[anchor];
            if (before > 1) anchor = free_anchor(anchor, before);
            begin += " id=\"" + anchor + "\"";
        }
        out_.insert(heading_begin_, begin + ">");
        out_ += "</" + name + ">\n";
        if (rendered_.outline.size() < 1000) rendered_.outline.push_back({heading_level_, words, anchor});
    }

    // "prices-2" may be a heading of its own.
    std::string free_anchor(std::string const& wanted, int number) {
        for (;; ++number) {
            auto made = wanted + '-' + std::to_string(number);
            if (anchors_.contains(made)) continue;
            anchors_[made] = 1;
            anchors_[wanted] = number;
            return made;
        }
    }

    void begin_code(std::string_view language) {
        out_ += "<pre dir=\"ltr\" tabindex=\"0\"><code";
        bool const good = !language.empty() && language.size() <= 20 && std::ranges::all_of(language, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
                   c == '#';
        });
        if (good) (out_ += " class=\"language-") += std::string(language) + '"';
        out_ += '>';
    }

    void begin_item(Detail const& detail) {
        out_ += detail.is_task ? "<li dir=\"auto\" class=\"task\">" : "<li dir=\"auto\">";
        if (detail.is_task) out_ += detail.is_done ? "<span class=\"box\">☑</span> " : "<span class=\"box\">☐</span> ";
    }

    void begin_numbers(std::int64_t start) {
        not_fresh();
        out_ += "<ol dir=\"auto\"";
        if (start != 1) out_ += " start=\"" + std::to_string(start) + '"';
        out_ += ">\n";
    }

    void find(std::string rule, Detail const& detail) {
        if (rendered_.findings.size() < most_findings)
            rendered_.findings.push_back({std::move(rule), detail.address.substr(0, 300), detail.line});
    }

    std::optional<std::string> address_of(std::string const& address) const {
        if (options_.link)
            if (auto made = options_.link(address)) return made;
        if (is_safe_address(address)) return address;
        return std::nullopt;
    }

    void begin_link(Detail const& detail) {
        if (rendered_.links.size() < most_links) rendered_.links.push_back(detail.address);
        bool const nested = std::ranges::find(links_, true) != links_.end();
        auto const address = nested ? std::nullopt : address_of(detail.address);
        if (!address && !nested) find("link_refused", detail);
        links_.push_back(address.has_value());
        if (!address) return;
        out_ += "<a href=\"" + escape_markup(written_address(*address)) + '"';
        if (!detail.title.empty()) out_ += " title=\"" + escape_markup(detail.title) + '"';
        bool const elsewhere = address->starts_with("http:") || address->starts_with("https:");
        if (options_.is_ugc)
            out_ += " rel=\"nofollow ugc noopener\"";
        else if (elsewhere)
            out_ += " rel=\"noopener\"";
        out_ += '>';
    }

    void write_image() {
        if (rendered_.images.size() < most_links) rendered_.images.push_back(image_.address);
        auto const words = escape_markup(alternative_);
        auto const image = options_.image ? options_.image(image_.address) : std::nullopt;
        if (!image) {
            find("image_missing", image_);
            if (!words.empty()) out_ += "<span class=\"no-image\">" + words + "</span>";
            return;
        }
        out_ += "<img src=\"" + escape_markup(written_address(image->address)) + "\" alt=\"" + words + '"';
        if (image->width > 0 && image->height > 0)
            out_ += " width=\"" + std::to_string(image->width) + "\" height=\"" + std::to_string(image->height) + '"';
        if (!image_.title.empty()) out_ += " title=\"" + escape_markup(image_.title) + '"';
        out_ += " loading=\"lazy\" decoding=\"async\">";
    }

    Options const& options_;
    Rendered rendered_;
    std::string out_, alternative_, heading_;
    std::vector<Quote> quotes_;
    std::vector<bool> links_;                                       // whether each has an element
    std::map<std::string, int, std::less<>> anchors_{{"main", 1}};  // the frame of pages has that one
    Detail image_;
    int images_ = 0, heading_level_ = 0;
    std::vector<int> above_;  // levels, as they were written, of the headings that this one stands below
    std::size_t heading_begin_ = 0;
    bool in_heading_ = false;
};

}  // namespace

bool is_safe_address(std::string_view address) {
    if (address.empty() || address.size() > 4000) return false;
    // Browsers leave control characters and blanks in front out (WHATWG URL §4.4): none may stand in one here.
    if (std::ranges::any_of(address, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
        return false;
    if (address.front() == ' ') return false;
    auto const end = address.find_first_of(":/?#");
    if (end != address.npos && address[end] == ':') {
        constexpr std::array<std::string_view, 4> schemes{"http", "https", "mailto", "tel"};
        auto const scheme = ascii_lower(address.substr(0, end));
        return std::ranges::find(schemes, scheme) != schemes.end();
    }
    // "//host" and what browsers read as it lead elsewhere without saying so.
    auto const second = address.size() > 1 ? address[1] : ' ';
    bool const slash = address.front() == '/' || address.front() == '\\';
    return address.front() != '\\' && !(slash && (second == '/' || second == '\\'));
}

Expected<Rendered> render(std::string_view source, Options const& options) {
    Html html(options);
    if (auto const done = parse(source, options.limits, html); !done) return fail(done.error());
    return html.take();
}

}  // namespace rapport::markdown
