// Reading the words after a subcommand.
#include "app/arguments.hpp"

#include <algorithm>

namespace rapport::app {
namespace {

std::unexpected<Error> wrong(std::string text) { return fail(ErrorKind::invalid, "bad_arguments", std::move(text)); }

std::string known(Grammar const& grammar) {
    std::string out;
    for (auto const& name : grammar.valued) out += " --" + name + " …";
    for (auto const& name : grammar.switches) out += " --" + name;
    return out.empty() ? " none" : out;
}

}  // namespace

Expected<Arguments> Arguments::parse(std::vector<std::string> const& from, Grammar const& grammar) {
    Arguments out;
    bool only_words = false;
    for (std::size_t i = 0; i < from.size(); ++i) {
        auto const& word = from[i];
        if (only_words || !word.starts_with("--")) {
            out.words_.push_back(word);
            continue;
        }
        if (word == "--") {
            only_words = true;
            continue;
        }
        auto const equals = word.find('=');
        auto const name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
        if (std::ranges::find(grammar.switches, name) != grammar.switches.end()) {
            if (equals != std::string::npos) return wrong("--" + name + " takes no value.");
            out.switches_.insert(name);
        } else if (std::ranges::find(grammar.valued, name) != grammar.valued.end()) {
            if (equals == std::string::npos && i + 1 == from.size()) return wrong("--" + name + " needs a value.");
            out.values_[name].push_back(equals == std::string::npos ? from[++i] : word.substr(equals + 1));
        } else {
            return wrong("--" + name + " is not known here. Known options:" + known(grammar) + ".");
        }
    }
    if (out.words_.size() < grammar.least_words) return wrong("Something is missing after the options.");
    if (out.words_.size() > grammar.most_words)
        return wrong("\"" + out.words_[grammar.most_words] + "\" is not expected here.");
    return out;
}

std::optional<std::string> Arguments::value(std::string const& name) const {
    auto const found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second.back();
}

std::vector<std::string> Arguments::values(std::string const& name) const {
    auto const found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace rapport::app
