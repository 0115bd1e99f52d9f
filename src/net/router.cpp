// A tree of path segments.
#include "net/router.hpp"

#include <map>

#include "base/log.hpp"

namespace rapport::net {

struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::vector<Route const*> rows;       // that end here
    std::vector<Route const*> rest_rows;  // whose "{rest...}" begins here

    static Route const* of(std::vector<Route const*> const& rows, Method method) {
        for (auto const* row : rows)
            if (row->method == method) return row;
        return nullptr;
    }
};

namespace {
std::string_view next_segment(std::string_view& path) {  // path begins after a '/'
    auto const slash = path.find('/');
    auto const segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    return segment;
}

std::string allow_of(std::vector<Route const*> const& rows) {
    std::string out;
    for (auto const* row : rows) {
        if (row->method == Method::get)
            out += "GET, HEAD, ";
        else
            out += std::string(to_text(row->method)) + ", ";
    }
    return out + "OPTIONS";
}

struct Finder {
    Method method;
    Match best;
    std::vector<std::string_view> taken;

    bool take(std::vector<Route const*> const& rows, std::vector<Route const*>::value_type row, std::string_view rest,
              bool has_rest) {
        if (rows.empty()) return false;
        std::vector<std::string> parameters;
        for (auto const& raw : taken) {
            auto decoded = percent_decoded(raw, false);
            if (!decoded) return false;
            parameters.push_back(std::move(*decoded));
        }
        if (has_rest) {
            auto decoded = percent_decoded(rest, false);
            if (!decoded) return false;
            parameters.push_back(std::move(*decoded));
        }
        if (best.allow.empty()) best.allow = allow_of(rows);
        if (!row) return false;
        best.route = row;
        best.parameters = std::move(parameters);
        return true;
    }

    template <class Node>
    bool walk(Node const& node, std::string_view path) {  // path is empty or begins with '/'
        if (path.empty()) return take(node.rows, Node::of(node.rows, method), {}, false);
        std::string_view rest = path.substr(1);
        std::string_view const whole = rest;
        auto const segment = next_segment(rest);
        if (auto const found = node.literals.find(segment); found != node.literals.end() && walk(*found->second, rest))
            return true;
        if (node.parameter && !segment.empty()) {
            taken.push_back(segment);
            if (walk(*node.parameter, rest)) return true;
            taken.pop_back();
        }
        return take(node.rest_rows, Node::of(node.rest_rows, method), whole, true);
    }
};
}  // namespace

Router::Router(Routes routes) : routes_(std::move(routes)), root_(std::make_unique<Node>()) {
    for (auto const& row : routes_.rows()) {
        Node* node = root_.get();
        std::string_view path = row.path;
        bool rest_row = false;
        while (!path.empty()) {
            path.remove_prefix(1);
            auto const segment = next_segment(path);
            if (segment.ends_with("...}")) {
                rest_row = true;
                break;
            }
            auto& child = segment.starts_with('{') ? node->parameter : node->literals[std::string(segment)];
            if (!child) child = std::make_unique<Node>();
            node = child.get();
        }
        auto& rows = rest_row ? node->rest_rows : node->rows;
        if (Node::of(rows, row.method))
            log::error("duplicate_route", {{"method", to_text(row.method)}, {"path", row.path}});
        require(!Node::of(rows, row.method), "each method and path is routed once");
        rows.push_back(&row);
    }
}

Router::~Router() = default;

Match Router::find(Method method, std::string_view path) const {
    if (!path.starts_with('/')) return {};
    Finder finder{method == Method::head ? Method::get : method, {}, {}};
    finder.walk(*root_, path);
    return std::move(finder.best);
}

}  // namespace rapport::net
