// Page tokens, proofs and suspicions.
#include "forms/guard.hpp"

#include <charconv>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace rapport::forms {
namespace {

constexpr std::size_t longest_token = 200, longest_proof = 20;
constexpr auto clock_skew = std::chrono::minutes(2);  // between nodes
constexpr std::string_view alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

ByteView view(Key256 const& key) { return {reinterpret_cast<char const*>(key.data()), key.size()}; }

std::string mac_of(std::string_view text, Key256 const& key) {
    return to_base64url(hmac_sha256(view(key), "page " + std::string(text)).view().substr(0, 18));
}

std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

std::vector<std::string_view> pieces_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (true) {
        auto const dot = text.find('.');
        out.push_back(text.substr(0, dot));
        if (dot == text.npos) return out;
        text.remove_prefix(dot + 1);
    }
}

std::unexpected<Error> refused() {
    return fail(ErrorKind::invalid, "page_refused", "This page was not drawn here; open the form again.");
}

}  // namespace

PageToken new_token(FormId form, std::int64_t number, FormDefinition const& definition, Time now) {
    auto const chance = random_bytes(2);
    bool const works = !definition.guard || definition.guard->work.value_or(true);
    return {form,
            number,
            now,
            random_token(15),
            2 + static_cast<unsigned char>(chance[0]) % 8,
            1 + static_cast<unsigned char>(chance[1]) % 9,
            works ? usual_work : 0};
}

std::string sign(PageToken const& token, Key256 const& key) {
    auto text = to_text(token.form) + '.' + std::to_string(token.number) + '.' +
                std::to_string(micros(token.drawn_at)) + '.' + token.key + '.' + std::to_string(token.a) + '.' +
                std::to_string(token.b) + '.' + std::to_string(token.work);
    return text + '.' + mac_of(text, key);
}

Expected<PageToken> read_token(std::string_view text, FormId form, Key256 const& key, Time now) {
    if (text.size() > longest_token) return refused();
    auto const last = text.rfind('.');
    auto const pieces = pieces_of(text);
    if (last == text.npos || pieces.size() != 8 ||
        !equal_in_constant_time(mac_of(text.substr(0, last), key), pieces[7]))
        return refused();
    PageToken token;
    auto const number = whole(pieces[1]), drawn = whole(pieces[2]), a = whole(pieces[4]), b = whole(pieces[5]),
               work = whole(pieces[6]);
    if (!from_text(pieces[0], token.form) || token.form != form || !number || !drawn || !a || !b || !work)
        return refused();
    token.number = *number;
    token.drawn_at = time_from_micros(*drawn);
    token.key = pieces[3];
    token.a = static_cast<int>(*a);
    token.b = static_cast<int>(*b);
    token.work = static_cast<int>(*work);
    if (now > token.drawn_at + page_life || token.drawn_at > now + clock_skew)
        return fail(ErrorKind::gone, "page_expired", "This page has been open for too long.");
    return token;
}

bool is_work(std::string_view token, std::string_view proof, int bits) {
    if (proof.empty() || proof.size() > longest_proof || !whole(proof)) return false;
    auto const digest = sha256(std::string(token) + ':' + std::string(proof));
    for (int bit = 0; bit < bits; ++bit)
        if (digest.octets[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) return false;
    return true;
}

bool is_sum(PageToken const& token, std::string_view answer) {
    auto const typed = whole(plain_digits(trimmed(answer)));
    return typed && *typed == token.a + token.b;
}

std::vector<std::string> suspicions(FormDefinition const& definition, PageToken const& token, Typed const& typed,
                                    Answers const& answers, Time now) {
    std::vector<std::string> out;
    auto const guard = definition.guard.value_or(FormGuard{});
    if (!trimmed(typed.value(trap_name)).empty()) out.emplace_back("honeypot");
    if (now - token.drawn_at < std::chrono::seconds(guard.least_seconds.value_or(3))) out.emplace_back("too_fast");
    std::size_t links = 0;
    for (auto const& field : definition.fields)
        if (field.kind == FormFieldKind::short_text || field.kind == FormFieldKind::long_text)
            if (field.pattern != FormPattern::url) links += count_links(answers.value(field.key.value));
    if (static_cast<std::int64_t>(links) > guard.most_links.value_or(3)) out.emplace_back("links");
    return out;
}

bool says_enough(FormDefinition const& definition, Answers const& answers) {
    constexpr std::size_t enough = 40;
    for (auto const& field : definition.fields) {
        if (field.kind == FormFieldKind::email && answers.values.contains(field.key.value)) return true;
        if (field.kind == FormFieldKind::long_text && answers.value(field.key.value).size() >= enough) return true;
    }
    return false;
}

Digest likeness_of(FormId form, FormDefinition const& definition, Answers const& answers, Key256 const& key) {
    std::string all = "likeness " + to_text(form);
    for (auto const& field : definition.fields) {
        auto const value = answers.value(field.key.value);
        all += '\n' + field.key.value + ' ' + std::to_string(value.size()) + ' ' + value;
    }
    for (auto const& file : answers.files) all += '\n' + to_hex(sha256(file.bytes).view());
    if (definition.consent) all += answers.consented ? "\nagreed" : "\nnot agreed";
    return hmac_sha256(view(key), all);
}

std::string new_reference() {
    auto const chance = random_bytes(8);
    std::string out;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == 4) out += '-';
        out += alphabet[static_cast<unsigned char>(chance[i]) % 31];
    }
    return out;
}

bool is_reference(std::string_view text) {
    if (text.size() != 9 || text[4] != '-') return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i != 4 && alphabet.find(text[i]) == alphabet.npos) return false;
    return true;
}

}  // namespace rapport::forms
