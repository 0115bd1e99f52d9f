// Header fields in one string.
#include "net/headers.hpp"

#include "base/error.hpp"

namespace rapport::net {

namespace {
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_clean(std::string_view text) {
    for (char c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
    return true;
}
}  // namespace

bool equal_without_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
    return true;
}

Headers& Headers::add(std::string_view name, std::string_view value) {
    require(is_clean(name) && is_clean(value), "a header field has no control characters");
    add_received(name, value);
    return *this;
}

void Headers::add_received(std::string_view name, std::string_view value) {
    auto const at = static_cast<std::uint32_t>(text_.size());
    text_ += name;
    text_ += value;
    auto const name_size = static_cast<std::uint32_t>(name.size());
    spans_.push_back({at, name_size, at + name_size, static_cast<std::uint32_t>(value.size())});
}

Headers& Headers::set(std::string_view name, std::string_view value) {
    std::erase_if(spans_, [&](Span const& s) {
        return equal_without_case(std::string_view(text_).substr(s.name_at, s.name_size), name);
    });
    return add(name, value);
}

Headers::Field Headers::operator[](std::size_t index) const {
    Span const& s = spans_[index];
    std::string_view const text = text_;
    return {text.substr(s.name_at, s.name_size), text.substr(s.value_at, s.value_size)};
}

std::string_view Headers::find(std::string_view name) const {
    for (std::size_t i = 0; i < spans_.size(); ++i) {
        if (spans_[i].name_size != name.size()) continue;
        Field const field = (*this)[i];
        if (equal_without_case(field.name, name)) return field.value;
    }
    return {};
}

bool Headers::has(std::string_view name) const { return count(name) > 0; }

std::size_t Headers::count(std::string_view name) const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < spans_.size(); ++i) n += equal_without_case((*this)[i].name, name);
    return n;
}

void Headers::clear() {
    text_.clear();
    spans_.clear();
}

}  // namespace rapport::net
