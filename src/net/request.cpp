// What a request says: query, cookies, bearer token, media type.
#include "net/request.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

namespace rapport::net {

bool Viewer::may(Permission permission) const {
    for (auto const& name : permissions)
        if (name == permission.name) return true;
    return false;
}

std::string_view to_text(Method method) {
    constexpr std::string_view names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"};
    return names[static_cast<std::size_t>(method)];
}

Request::Request(RequestParts parts) : parts_(std::move(parts)) { reset(); }

void Request::reset() {
    auto const mark = parts_.target.find('?');
    path_size_ = mark == std::string::npos ? parts_.target.size() : mark;
    parameters_.clear();
    viewer_.reset();
    stream = nullptr;
}

std::string_view Request::query() const {
    std::string_view const target = parts_.target;
    return path_size_ < target.size() ? target.substr(path_size_ + 1) : std::string_view();
}

std::optional<std::string> Request::query(std::string_view name) const {
    for (auto& [key, value] : query_all())
        if (key == name) return std::move(value);
    return {};
}

std::vector<std::pair<std::string, std::string>> Request::query_all() const { return parse_form(query()); }

std::optional<std::string> Request::cookie(std::string_view name) const {
    for (std::size_t i = 0; i < parts_.headers.size(); ++i) {
        auto const field = parts_.headers[i];
        if (!equal_without_case(field.name, "Cookie")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            auto const end = rest.find(';');
            std::string_view const pair = trimmed(rest.substr(0, end));
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
            auto const equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
            std::string_view value = pair.substr(equals + 1);
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
                value = value.substr(1, value.size() - 2);
            return std::string(value);
        }
    }
    return {};
}

std::optional<std::string> Request::bearer() const {
    std::string_view const value = header("Authorization");
    if (value.size() < 8 || !equal_without_case(value.substr(0, 7), "Bearer ")) return {};
    return std::string(trimmed(value.substr(7)));
}

std::string Request::media_type() const {
    std::string_view const value = header("Content-Type");
    return ascii_lower(trimmed(value.substr(0, value.find(';'))));
}

std::string Request::origin() const { return (parts_.secure ? "https://" : "http://") + std::string(header("Host")); }

Viewer const& Request::viewer() const {
    require(viewer_.has_value(), "a route for anyone has no viewer");
    return *viewer_;
}

}  // namespace rapport::net
