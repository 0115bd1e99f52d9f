// RFC 3339 (§5.6) reading and writing.
#include "base/time.hpp"

namespace rapport {
namespace {

// Reads exactly `digits` decimal digits.
std::optional<int> number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool skip(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<Duration> fraction(std::string_view& text) {
    if (!skip(text, ".")) return Duration(0);
    std::int64_t us = 0, unit = 100'000;
    std::size_t n = 0;
    for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n, unit /= 10) us += (text[n] - '0') * unit;
    if (n == 0) return std::nullopt;
    text.remove_prefix(n);
    return Duration(us);
}

std::optional<Duration> offset(std::string_view& text) {
    if (skip(text, "Zz")) return Duration(0);
    bool const behind = !text.empty() && text.front() == '-';
    if (!skip(text, "+-")) return std::nullopt;
    auto const hours = number(text, 2);
    if (!hours || *hours > 23 || !skip(text, ":")) return std::nullopt;
    auto const minutes = number(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    Duration const total = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return behind ? -total : total;
}

}  // namespace

Time system_now() { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }

namespace {
// With leading zeros. By hand: a page of a list has 150 times, and printf takes longer than all else about them.
void put(std::string& out, int value, int digits) {
    for (int place = digits == 6 ? 100'000 : digits == 4 ? 1'000 : 10; place > 0; place /= 10)
        out += static_cast<char>('0' + value / place % 10);
}
}  // namespace

std::string to_text(Time time) {
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(time - day);
    std::string out;
    out.reserve(sizeof "2026-11-22T01:02:03.456789Z");
    int const year = static_cast<int>(date.year());
    if (year >= 0 && year <= 9999)
        put(out, year, 4);
    else
        out += std::to_string(year);
    auto const add = [&out](char before, auto value) {
        out += before;
        put(out, static_cast<int>(value), 2);
    };
    add('-', static_cast<unsigned>(date.month()));
    add('-', static_cast<unsigned>(date.day()));
    add('T', clock.hours().count());
    add(':', clock.minutes().count());
    add(':', clock.seconds().count());
    if (auto const us = static_cast<int>(clock.subseconds().count())) {
        out += '.';
        put(out, us, 6);
    }
    return out + 'Z';
}

std::optional<Time> time_from_text(std::string_view text) {
    auto const year = number(text, 4);
    if (!year || !skip(text, "-")) return std::nullopt;
    auto const month = number(text, 2);
    if (!month || !skip(text, "-")) return std::nullopt;
    auto const day = number(text, 2);
    if (!day || !skip(text, "Tt ")) return std::nullopt;
    auto const hour = number(text, 2);
    if (!hour || *hour > 23 || !skip(text, ":")) return std::nullopt;
    auto const minute = number(text, 2);
    if (!minute || *minute > 59 || !skip(text, ":")) return std::nullopt;
    auto const second = number(text, 2);
    if (!second || *second > 60) return std::nullopt;
    auto const part = fraction(text);
    auto const shift = part ? offset(text) : std::nullopt;
    if (!shift || !text.empty()) return std::nullopt;

    std::chrono::year_month_day const date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return Time(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) + *part - *shift;
}

}  // namespace rapport
