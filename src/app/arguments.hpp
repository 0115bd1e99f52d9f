// The words after a subcommand: options with a value, switches, and the rest. Unknown ones are errors that say so.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace rapport::app {

// What a subcommand takes; `valued` and `switches` are names without the dashes.
struct Grammar {
    std::vector<std::string> valued = {};
    std::vector<std::string> switches = {};
    std::size_t least_words = 0;
    std::size_t most_words = 0;
};

class Arguments {
  public:
    // "--name value", "--name=value", "--switch", words; after "--" only words. An option may be repeated.
    static Expected<Arguments> parse(std::vector<std::string> const& from, Grammar const& grammar);

    std::optional<std::string> value(std::string const& name) const;  // the last one given
    std::vector<std::string> values(std::string const& name) const;
    bool has(std::string const& name) const { return switches_.contains(name); }
    std::vector<std::string> const& words() const { return words_; }

  private:
    std::map<std::string, std::vector<std::string>> values_;
    std::set<std::string> switches_;
    std::vector<std::string> words_;
};

}  // namespace rapport::app
