// Catalogues, places, and values that cannot turn the text around them.
#include "certificate/words.hpp"

#include <array>
#include <map>

#include "base/error.hpp"
#include "base/json.hpp"
#include "certificate/assets.hpp"
#include "certificate/certificate.hpp"

namespace rapport::certificate {
namespace {

using Catalogue = std::map<std::string, std::string, std::less<>>;
constexpr std::string_view isolate_ltr = "\u2066", isolate_first = "\u2068", isolate_end = "\u2069";

Catalogue read(std::string const& name) {
    for (auto const& asset : assets()) {
        if (asset.name != name) continue;
        auto const value = json::parse(asset.content);
        require(value && value->is_object(), "a message catalogue is a JSON object");
        Catalogue out;
        for (auto const& [key, text] : value->get_object())
            out[std::string(key)] = std::string(std::string_view(text.as_string()));
        return out;
    }
    require(false, "every language has its catalogue");
    return {};
}

Catalogue const& catalogue(Locale locale) {
    static std::array<Catalogue, 6> const all = [] {
        std::array<Catalogue, 6> out;
        for (auto const each : {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa})
            out[static_cast<std::size_t>(each)] = read(to_text(each) + ".json");
        return out;
    }();
    return all[static_cast<std::size_t>(locale)];
}

// Explicit embeddings, overrides, isolates and marks (UAX #9), and the Arabic letter mark.
bool turns_text(std::string_view sequence) {
    if (sequence == "\u061C" || sequence == "\u200E" || sequence == "\u200F") return true;
    return sequence.size() == 3 &&
           ((sequence >= "\u202A" && sequence <= "\u202E") || (sequence >= "\u2066" && sequence <= "\u2069"));
}

std::string plain(std::string_view value, std::size_t most) {
    std::string out;
    std::size_t characters = 0;
    for (std::size_t at = 0; at < value.size();) {
        auto const lead = static_cast<unsigned char>(value[at]);
        std::size_t const size = std::min<std::size_t>(lead < 0x80   ? 1
                                                       : lead < 0xE0 ? 2
                                                       : lead < 0xF0 ? 3
                                                                     : 4,
                                                       value.size() - at);
        auto const sequence = value.substr(at, size);
        at += size;
        if (turns_text(sequence)) continue;
        bool const breaks =
            lead < 0x20 || lead == 0x7F || sequence == "\u2028" || sequence == "\u2029" || sequence == "\u0085";
        if (++characters > most) return out + "…";
        out += breaks ? std::string_view(" ") : sequence;
    }
    return out;
}

}  // namespace

std::string word(Locale locale, std::string_view key, Values const& values) {
    auto const& texts = catalogue(locale);
    auto const found = texts.find(key);
    if (found == texts.end()) return {};
    std::string out;
    std::string_view rest = found->second;
    for (auto begin = rest.find('{'); begin != rest.npos; begin = rest.find('{')) {
        auto const end = rest.find('}', begin);
        require(end != rest.npos, "a place in a message is closed");
        out += rest.substr(0, begin);
        auto const name = rest.substr(begin + 1, end - begin - 1);
        for (auto const& [place, value] : values)
            if (place == name) out += value;
        rest.remove_prefix(end + 1);
    }
    return out.append(rest);
}

std::string event_name(Locale locale, std::string_view code) {
    bool const is_code = code.size() == 2 && code[0] >= 'A' && code[0] <= 'F' && code[1] >= '1' && code[1] <= '9';
    return is_code ? word(locale, code) : std::string();
}

std::string isolated(std::string_view value, std::size_t most) {
    return std::string(isolate_first) + plain(value, most) + std::string(isolate_end);
}

std::string left_to_right(std::string_view value) {
    return std::string(isolate_ltr) + plain(value, 600) + std::string(isolate_end);
}

}  // namespace rapport::certificate
