// Plurals and choices, in ICU MessageFormat's syntax, read by ICU's own parser (MessagePattern) and carried out here,
// so that values within are escaped like all others.
#include <unicode/messagepattern.h>
#include <unicode/unistr.h>

#include "templates/parser.hpp"

namespace rapport::templates {
namespace {

// MessagePattern's names have no dots; this letter stands in for them.
constexpr std::string_view dot = "\uA78F";

std::string without_dots(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        if (text[i] != '{') continue;
        auto const end = text.find_first_of(",{}", i + 1);
        if (end == std::string_view::npos || text[end] == '{') continue;
        for (++i; i < end; ++i) {
            if (text[i] == '.')
                out += dot;
            else
                out += text[i];
        }
        --i;
    }
    return out;
}

std::string with_dots(std::string text) {
    for (auto at = text.find(dot); at != std::string::npos; at = text.find(dot, at + 1))
        text.replace(at, dot.size(), ".");
    return text;
}

struct Reader {
    Parser& parser;
    icu::MessagePattern const& pattern;

    std::string text(std::int32_t from, std::int32_t to) const {
        std::string out;
        pattern.getPatternString().tempSubStringBetween(from, to).toUTF8String(out);
        return with_dots(std::move(out));
    }
    std::string text(icu::MessagePattern::Part const& part) const { return text(part.getIndex(), part.getLimit()); }

    // The message whose MSG_START is part `i`; ends at its MSG_LIMIT, which is returned.
    std::int32_t message(std::int32_t i, Nodes& into) const;
    // The argument whose ARG_START is part `i`.
    std::int32_t argument(std::int32_t i, Nodes& into) const;
    void cases(std::int32_t i, std::int32_t end, Choice& choice) const;
};

std::int32_t Reader::message(std::int32_t i, Nodes& into) const {
    parser.enter();
    auto from = pattern.getPart(i).getLimit();
    auto const limit = pattern.getLimitPartIndex(i);
    for (++i; i <= limit; ++i) {
        auto const& part = pattern.getPart(i);
        parser.add_text(into, text(from, part.getIndex()));
        from = part.getLimit();
        switch (part.getType()) {
            case UMSGPAT_PART_TYPE_REPLACE_NUMBER:
                parser.count_node();
                into.emplace_back(Count{parser.place_here()});
                break;
            case UMSGPAT_PART_TYPE_ARG_START:
                i = argument(i, into);
                from = pattern.getPart(i).getLimit();
                break;
            case UMSGPAT_PART_TYPE_INSERT_CHAR:
                parser.add_text(into, std::string(1, static_cast<char>(part.getValue())));
                break;
            default:  // MSG_LIMIT, SKIP_SYNTAX
                break;
        }
    }
    parser.leave();
    return limit;
}

void Reader::cases(std::int32_t i, std::int32_t end, Choice& choice) const {
    auto const before = parser.places();
    while (i < end) {
        Case one;
        one.keyword = text(pattern.getPart(i++));
        auto const type = pattern.getPart(i).getType();
        if (type == UMSGPAT_PART_TYPE_ARG_INT || type == UMSGPAT_PART_TYPE_ARG_DOUBLE)
            one.exactly = pattern.getNumericValue(pattern.getPart(i++));
        parser.places() = before;
        i = message(i, one.body) + 1;
        if (parser.is_html())
            if (auto const wrong = parser.places().end_part(before); !wrong.empty())
                parser.fault("ends the case " + one.keyword + " " + wrong, "let each case hold whole elements");
        choice.cases.push_back(std::move(one));
    }
}

std::int32_t Reader::argument(std::int32_t i, Nodes& into) const {
    auto const limit = pattern.getLimitPartIndex(i);
    auto const type = pattern.getPart(i).getArgType();
    auto const name = text(pattern.getPart(i + 1));
    parser.count_node();
    if (type == UMSGPAT_ARG_TYPE_NONE || type == UMSGPAT_ARG_TYPE_SIMPLE) {
        Format format;
        if (type == UMSGPAT_ARG_TYPE_SIMPLE) {
            auto words = text(pattern.getPart(i + 2));
            if (i + 3 < limit) words += ", " + text(pattern.getPart(i + 3));
            format = parser.format(words);
        }
        into.emplace_back(Slot{parser.path(name), std::move(format), parser.place_here()});
        return limit;
    }
    if (type == UMSGPAT_ARG_TYPE_CHOICE) parser.fault("must not use choice", "use plural or select");
    Choice choice;
    choice.path = parser.path(name);
    choice.by = type == UMSGPAT_ARG_TYPE_SELECT          ? Choice::By::word
                : type == UMSGPAT_ARG_TYPE_SELECTORDINAL ? Choice::By::ordinal
                                                         : Choice::By::plural;
    std::int32_t first = i + 2;
    if (choice.by != Choice::By::word) {
        choice.offset = pattern.getPluralOffset(first);
        auto const begins = pattern.getPart(first).getType();
        if (begins == UMSGPAT_PART_TYPE_ARG_INT || begins == UMSGPAT_PART_TYPE_ARG_DOUBLE) ++first;
    }
    cases(first, limit, choice);
    into.emplace_back(std::move(choice));
    return limit;
}

}  // namespace

Node Parser::message(std::string_view tag) {
    auto const source = without_dots("{" + std::string(tag) + "}");
    UErrorCode status = U_ZERO_ERROR;
    UParseError where{};
    icu::MessagePattern const pattern(icu::UnicodeString::fromUTF8(source), &where, status);
    if (U_FAILURE(status)) {
        std::string near;
        icu::UnicodeString(where.postContext).toUTF8String(near);
        fault("has a plural or select that ICU MessageFormat does not understand" +
                  (near.empty() ? std::string() : ", near: " + with_dots(near)),
              "write it like {{count, plural, one {# parcel} other {# parcels}}}; other {…} is always needed");
    }
    Nodes nodes;
    Reader{*this, pattern}.message(0, nodes);
    if (nodes.size() != 1) fault("has text beside a plural or select in one tag", "close the tag after its last brace");
    return std::move(nodes.front());
}

}  // namespace rapport::templates
