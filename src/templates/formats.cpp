// ICU behind formats.hpp.
#include "templates/formats.hpp"

#include <unicode/currunit.h>
#include <unicode/dtptngen.h>
#include <unicode/numberformatter.h>
#include <unicode/plurrule.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>
#include <unicode/ucurr.h>

#include <array>
#include <cmath>
#include <map>

#include "base/time.hpp"

namespace rapport::templates {
namespace {

using icu::UnicodeString;

constexpr std::size_t most_kept = 256;  // formatters of one kind in one thread

icu::Locale const& locale_of(Locale locale) {
    // English as most of the world writes dates: 21 November 2026, 14:30.
    static std::array<icu::Locale, 6> const all{icu::Locale("en_GB"), icu::Locale("it_IT"), icu::Locale("th_TH"),
                                                icu::Locale("ja_JP"), icu::Locale("ko_KR"), icu::Locale("fa_IR")};
    return all[static_cast<std::size_t>(locale)];
}

std::string utf8(UnicodeString const& text) {
    std::string out;
    text.toUTF8String(out);
    return out;
}

template <class T, class Make>
T& kept(std::map<std::string, T, std::less<>>& all, std::string const& key, Make const& make) {
    auto found = all.find(key);
    if (found != all.end()) return found->second;
    if (all.size() >= most_kept) all.clear();
    return all.emplace(key, make()).first->second;
}

using Numbers = icu::number::LocalizedNumberFormatter;

Numbers const& number_formatter(Locale locale, std::string const& style) {
    thread_local std::map<std::string, Numbers, std::less<>> all;
    return kept(all, to_text(locale) + style, [&] {
        UErrorCode status = U_ZERO_ERROR;
        if (style.starts_with("::")) {
            UParseError where{};
            auto made =
                icu::number::NumberFormatter::forSkeleton(UnicodeString::fromUTF8(style.substr(2)), where, status);
            if (U_SUCCESS(status)) return made.locale(locale_of(locale));
        }
        auto made = icu::number::NumberFormatter::withLocale(locale_of(locale));
        if (style == "integer") return made.precision(icu::number::Precision::integer());
        if (style == "percent") return made.unit(icu::NoUnit::percent()).scale(icu::number::Scale::powerOfTen(2));
        return made;
    });
}

Formatted number_text(json::Value const& value, std::string const& style, Locale locale) {
    UErrorCode status = U_ZERO_ERROR;
    auto const& formatter = number_formatter(locale, style);
    icu::number::FormattedNumber text;
    if (value.is_int64())
        text = formatter.formatInt(value.get_int64(), status);
    else if (value.is_uint64())
        text = formatter.formatDecimal(std::to_string(value.get_uint64()), status);
    else if (value.is_double())
        text = formatter.formatDouble(value.get_double(), status);
    else
        return std::unexpected("must be a number");
    auto out = text.toString(status);
    if (U_FAILURE(status)) return std::unexpected("cannot be formatted as a number");
    return utf8(out);
}

Formatted money_text(json::Value const& value, Locale locale) {
    static constexpr auto rule = R"(must be money: {"amount": 1234, "currency": "EUR"}, the amount in cents)";
    auto const* object = value.if_object();
    auto const* amount = object ? object->if_contains("amount") : nullptr;
    auto const* currency = object ? object->if_contains("currency") : nullptr;
    if (!amount || !currency || !amount->is_int64() || !currency->is_string()) return std::unexpected(rule);
    std::string const code(std::string_view(currency->get_string()));
    thread_local std::map<std::string, std::pair<Numbers, int>, std::less<>> all;
    if (!all.contains(to_text(locale) + code) && !is_currency(code)) return std::unexpected(rule);
    auto const& [formatter, digits] = kept(all, to_text(locale) + code, [&] {
        UErrorCode status = U_ZERO_ERROR;
        auto const iso = UnicodeString::fromUTF8(code);
        icu::CurrencyUnit const unit(iso.getBuffer(), status);
        int const minor =
            ucurr_getDefaultFractionDigits(const_cast<UnicodeString&>(iso).getTerminatedBuffer(), &status);
        return std::pair(icu::number::NumberFormatter::withLocale(locale_of(locale)).unit(unit), minor);
    });
    UErrorCode status = U_ZERO_ERROR;
    auto const decimal =
        std::to_string(amount->get_int64()) + "E-" + std::to_string(digits);  // exact, no floating point
    auto const out = formatter.formatDecimal(decimal, status).toString(status);
    if (U_FAILURE(status)) return std::unexpected(rule);
    return utf8(out);
}

struct Moment {
    Time time{};
    bool is_day = false;  // without a time of day: the same everywhere
};

std::optional<Moment> moment_of(std::string_view text) {
    if (text.size() == 10) {
        auto const time = time_from_text(std::string(text) + "T00:00:00Z");
        if (time) return Moment{*time, true};
        return std::nullopt;
    }
    auto const time = time_from_text(text);
    if (time) return Moment{*time, false};
    return std::nullopt;
}

// What each style shows, as a skeleton (UTS 35); j is the hour as the language counts it.
std::string skeleton_of(Format const& format, bool is_day) {
    if (format.style.starts_with("::")) return format.style.substr(2);
    auto const& style = format.style;
    std::string const day = style == "short"    ? "yMdd"
                            : style == "medium" ? "yMMMd"
                            : style == "full"   ? "yMMMMEEEEd"
                                                : "yMMMMd";
    std::string const clock = style == "short" ? "jm" : "jmz";
    switch (format.how) {
        case How::time:
            return clock;
        case How::datetime:
            return is_day ? day : day + clock;
        default:
            return day;
    }
}

icu::SimpleDateFormat* date_formatter(Locale locale, std::string_view zone, std::string const& skeleton) {
    thread_local std::map<std::string, std::unique_ptr<icu::SimpleDateFormat>, std::less<>> all;
    auto const key = to_text(locale) + ' ' + std::string(zone) + ' ' + skeleton;
    return kept(all, key,
                [&]() -> std::unique_ptr<icu::SimpleDateFormat> {
                    UErrorCode status = U_ZERO_ERROR;
                    thread_local std::array<std::unique_ptr<icu::DateTimePatternGenerator>, 6> generators;
                    auto& generator = generators[static_cast<std::size_t>(locale)];
                    if (!generator)
                        generator.reset(icu::DateTimePatternGenerator::createInstance(locale_of(locale), status));
                    if (U_FAILURE(status)) return nullptr;
                    auto const pattern = generator->getBestPattern(UnicodeString::fromUTF8(skeleton), status);
                    auto made = std::make_unique<icu::SimpleDateFormat>(pattern, locale_of(locale), status);
                    if (U_FAILURE(status)) return nullptr;
                    made->adoptTimeZone(icu::TimeZone::createTimeZone(
                        UnicodeString::fromUTF8(is_time_zone(zone) ? std::string(zone) : "UTC")));
                    return made;
                })
        .get();
}

Formatted date_text(json::Value const& value, Format const& format, Setting const& setting) {
    static constexpr auto rule = "must be a date like 2026-12-01, or an instant like 2026-12-01T09:30:00Z";
    auto const* text = value.if_string();
    auto const moment = text ? moment_of(std::string_view(*text)) : std::nullopt;
    if (!moment) return std::unexpected(rule);
    if (moment->is_day && format.how == How::time)
        return std::unexpected("must have a time of day to be shown as a time");
    auto* formatter =
        date_formatter(setting.locale, moment->is_day ? "UTC" : setting.zone, skeleton_of(format, moment->is_day));
    if (!formatter) return std::unexpected("cannot be shown with this skeleton");
    UnicodeString out;
    formatter->format(static_cast<UDate>(micros(moment->time) / 1000), out);
    return utf8(out);
}

}  // namespace

Formatted format_value(json::Value const& value, Format const& format, Setting const& setting) {
    switch (format.how) {
        case How::number:
            return number_text(value, format.style, setting.locale);
        case How::money:
            return money_text(value, setting.locale);
        case How::date:
        case How::time:
        case How::datetime:
            return date_text(value, format, setting);
        case How::plain:
            break;
    }
    if (auto const* text = value.if_string()) return std::string(std::string_view(*text));
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    if (value.is_double()) return json::encode(value);
    return std::unexpected("must be a text or a number to be shown");
}

bool is_skeleton(Format const& format) {
    auto const text = format.style.substr(2);
    if (format.how == How::number) {
        UErrorCode status = U_ZERO_ERROR;
        UParseError where{};
        icu::number::NumberFormatter::forSkeleton(UnicodeString::fromUTF8(text), where, status);
        return U_SUCCESS(status);
    }
    return text.find_first_not_of("GyYuUrQqMLwWdDFgEecabBhHkKjJCmsSAzZOvVxX") == std::string::npos;
}

std::string format_number(double number, Locale locale) {
    json::Value const value(number);
    auto text = number_text(value, {}, locale);
    return text ? std::move(*text) : std::to_string(number);
}

std::string plural_keyword(double number, bool ordinal, Locale locale) {
    thread_local std::array<std::unique_ptr<icu::PluralRules>, 12> all;
    auto& rules = all[static_cast<std::size_t>(locale) * 2 + (ordinal ? 1 : 0)];
    if (!rules) {
        UErrorCode status = U_ZERO_ERROR;
        rules.reset(icu::PluralRules::forLocale(locale_of(locale),
                                                ordinal ? UPLURAL_TYPE_ORDINAL : UPLURAL_TYPE_CARDINAL, status));
        if (U_FAILURE(status)) rules.reset();
    }
    return rules ? utf8(rules->select(number)) : "other";
}

bool is_currency(std::string_view code) {
    if (code.size() != 3) return false;
    for (char const c : code)
        if (c < 'A' || c > 'Z') return false;
    UErrorCode status = U_ZERO_ERROR;
    auto const iso = UnicodeString::fromUTF8(std::string(code));
    std::int32_t length = 0;
    // An unknown code's name is the code itself.
    auto const* name = ucurr_getName(const_cast<UnicodeString&>(iso).getTerminatedBuffer(), "en", UCURR_LONG_NAME,
                                     nullptr, &length, &status);
    return U_SUCCESS(status) && UnicodeString(name, length) != iso;
}

bool is_date(std::string_view text) {
    auto const moment = moment_of(text);
    return moment && moment->is_day;
}

bool is_time_zone(std::string_view name) {
    if (name.empty() || name.size() > 64) return false;
    std::unique_ptr<icu::TimeZone> const zone(
        icu::TimeZone::createTimeZone(UnicodeString::fromUTF8(std::string(name))));
    return *zone != icu::TimeZone::getUnknown();
}

}  // namespace rapport::templates
